import { z } from 'zod';
import { PeerId, Time } from './ids.ts';

/**
 * Whether others can reach this machine from elsewhere, the best first.
 * - `unknown`: nothing has been tested yet
 * - `open`: a public address of this machine answers
 * - `mapped`: an address of the router answers, which forwards to this machine
 * - `punchable`: behind a router that lets two sides meet in the middle, with a relay's help
 * - `relay-only`: by way of a relay, and no other
 * - `lan-only`: from the same network only
 * - `offline`: no network at all
 */
export const Verdict = z.enum([
  'unknown',
  'open',
  'mapped',
  'punchable',
  'relay-only',
  'lan-only',
  'offline',
]);
export type Verdict = z.infer<typeof Verdict>;

/** Where an address of ours comes from. */
export const AddressSource = z.enum(['interface', 'router', 'observed', 'relay', 'announced']);
export type AddressSource = z.infer<typeof AddressSource>;

/** One address at which others may reach this machine, and what is known of it. */
export const AddressEvidence = z.strictObject({
  /** A multiaddr without `/p2p/…` of this host at its end. */
  address: z.string(),
  source: AddressSource,
  scope: z.enum(['machine', 'lan', 'public']),
  /** The last time that somebody elsewhere connected to it. `by` is null where libp2p's AutoNAT says so. */
  verified: z.strictObject({ at: Time, by: PeerId.nullable() }).nullable(),
  /** The last time that somebody tried in vain, since it was verified. `why` is a sentence. */
  failed: z.strictObject({ at: Time, by: PeerId.nullable(), why: z.string() }).nullable(),
});
export type AddressEvidence = z.infer<typeof AddressEvidence>;

/** Of TCP or UDP. */
const Port = z.int().min(1).max(65_535);

/** A router that was found by UPnP. It says what it likes, so that all of it is bounded. */
export const RouterView = z.strictObject({
  /** Where it was found, such as `http://192.168.1.1:5000/`. */
  location: z.string().max(300),
  /** Its address on the other side; null while unknown. */
  externalIp: z.union([z.ipv4(), z.ipv6()]).nullable(),
  /** That address is private or shared (RFC 1918, RFC 6598): there is another router behind it. */
  doubleNat: z.boolean(),
  mappings: z
    .array(
      z.strictObject({
        protocol: z.enum(['tcp', 'udp']),
        internalPort: Port,
        externalPort: Port,
        renewedAt: Time,
      }),
    )
    .max(32),
  /** Why it did not map a port, as a sentence. */
  problem: z.string().max(300).nullable(),
});
export type RouterView = z.infer<typeof RouterView>;

/**
 * How the router maps UDP (RFC 4787, section 4.1), found by asking STUN servers.
 * - `none`: the address is not translated
 * - `same`: endpoint-independent, so that a hole can be punched
 * - `varies`: another port for each destination, so that it cannot
 * - `blocked`: no server answers; UDP does not get out
 */
export const NatMapping = z.enum(['unknown', 'none', 'same', 'varies', 'blocked']);
export type NatMapping = z.infer<typeof NatMapping>;

/** A relay that this host asked for a reservation (Circuit Relay v2). */
export const RelayUse = z.strictObject({
  peerId: PeerId,
  state: z.enum(['reserved', 'trying', 'failed']),
  since: Time,
  expiresAt: Time.nullable(),
  /** Why it failed, as a sentence. */
  why: z.string().nullable(),
});
export type RelayUse = z.infer<typeof RelayUse>;

/** What is known of how this machine can be reached; the verdict follows from it. */
export const ReachEvidence = z.strictObject({
  /** Some interface other than loopback is up. */
  online: z.boolean(),
  addresses: z.array(AddressEvidence).max(128),
  routers: z.array(RouterView).max(8),
  mapping: NatMapping,
  /** As STUN servers or peers elsewhere see it; null while unknown. */
  externalIps: z.array(z.string()).max(8),
  relays: z.array(RelayUse).max(16),
});
export type ReachEvidence = z.infer<typeof ReachEvidence>;

export const Reachability = z.strictObject({
  verdict: Verdict,
  since: Time,
  /** What follows from it, in one sentence. */
  consequence: z.string(),
  /** What to do, in one sentence; null where there is nothing to do. */
  action: z.string().nullable(),
  testing: z.boolean(),
  /** When the last test ended. */
  testedAt: Time.nullable(),
  /** What came of the last test, as a sentence: who was asked and what they found. Null before the first. */
  testResult: z.string().nullable(),
  evidence: ReachEvidence,
});
export type Reachability = z.infer<typeof Reachability>;

/** One entry of the history: the verdict from then on. */
export const VerdictChange = z.strictObject({ at: Time, verdict: Verdict, why: z.string() });
export type VerdictChange = z.infer<typeof VerdictChange>;

export const unknownReachability = (now: number): Reachability => ({
  verdict: 'unknown',
  since: now,
  consequence: 'Whether others can reach this machine has not been tested yet.',
  action: null,
  testing: false,
  testedAt: null,
  testResult: null,
  evidence: { online: true, addresses: [], routers: [], mapping: 'unknown', externalIps: [], relays: [] },
});

/** What a host that serves as a relay does for others. */
export const RelayView = z.strictObject({
  reservations: z.int().nonnegative(),
  maxReservations: z.int().nonnegative(),
  /** Relayed connections that are open now. */
  circuits: z.int().nonnegative(),
  /** Carried for others since the start, both directions. */
  bytes: z.number().nonnegative(),
  /** Of one circuit. */
  limits: z.strictObject({ seconds: z.int().positive(), bytes: z.int().positive() }),
  /** UDP ports of the STUN server; empty where it could not listen. */
  stunPorts: z.array(z.int()),
});
export type RelayView = z.infer<typeof RelayView>;
