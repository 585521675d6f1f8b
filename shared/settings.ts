import { z } from 'zod';
import { Time } from './ids.ts';
import { Budget, Hours } from './rules.ts';
import { TransportChoice, WebSocketAddress } from './transports.ts';

/** Checked in full where it is used: only the host has the multiaddr library. */
const Address = z
  .string()
  .trim()
  .max(1000)
  .regex(/^\/[a-z0-9-]+(\/[^/\s]+)+$/, 'An address looks like /ip4/0.0.0.0/tcp/4001.');
const PeerAddress = Address.regex(
  /\/p2p\/12D3Koo[1-9A-HJ-NP-Za-km-z]{45}$/,
  'An address of a peer looks like /ip4/192.0.2.7/tcp/4001/p2p/12D3Koo… and ends with the peer id.',
);
const StunServer = z
  .string()
  .trim()
  .max(300)
  .regex(/^(\[[0-9a-fA-F:]+\]|[^\s:/[\]]+):\d{1,5}$/, 'A STUN server looks like stun.example.org:3478.');

const HostPort = z
  .string()
  .trim()
  .max(300)
  .regex(/^(\[[0-9a-fA-F:]+\]|[^\s:/[\]]+):\d{1,5}$/, 'This looks like 0.0.0.0:8000 or [::]:8000.');

/** `masked`: what looks like a secret is replaced; the hash is that of the whole. */
export const Bodies = z.enum(['whole', 'masked', 'hash']);
export type Bodies = z.infer<typeof Bodies>;

/** What the person can change while the host runs. */
export const Settings = z.strictObject({
  /** What this host calls itself to its peers. */
  name: z.string().trim().min(1, 'Give this machine a name.').max(60),
  /** Which transports carry calls. Takes effect at once: calls under way end where they are, or move. */
  transport: TransportChoice,
  /** Where the WebSocket transport listens, as `host:port`; empty: everywhere, on port 8000. Takes effect at once. */
  webSocketListen: z.array(HostPort).max(8),
  /** Files, in PEM, with which the WebSocket transport listens as `wss://`; null: `ws://`. */
  webSocketTls: z
    .strictObject({
      certificate: z.string().trim().min(1).max(1000),
      key: z.string().trim().min(1).max(1000),
    })
    .nullable(),
  /** Dawn nodes, and other peers, to keep a WebSocket link to. */
  webSocketPeers: z.array(WebSocketAddress).max(32),
  /** Finds peers on the same network (mDNS). */
  mdns: z.boolean(),
  /** Finds peers and agents anywhere through the distributed table (Kad-DHT), and announces ours there. */
  dht: z.boolean(),
  /** Hears, and passes on, announcements of agents (GossipSub). */
  gossip: z.boolean(),
  /** Peers to keep a link to from the start: multiaddrs that end in `/p2p/<peer id>`. */
  bootstrap: z.array(PeerAddress).max(32),
  /** Asks the router to open our ports (UPnP). Takes effect at the next start. */
  upnp: z.boolean(),
  /** Keeps reservations on two relays, so that others reach us through them. */
  relays: z.boolean(),
  /** STUN servers beside those of our relays, as `host:port`. */
  stun: z.array(StunServer).max(8),
  /** Where to listen, as multiaddrs; empty: everywhere, on ports 4001 and 4002. Takes effect at the next start. */
  listen: z.array(Address).max(16),
  /** Addresses to tell others beside those that were verified, as multiaddrs. Takes effect at the next start. */
  announce: z.array(Address).max(16),
  /** How long a question waits for the person, in seconds. */
  approvalSeconds: z.int().min(10).max(3600),
  /** How long an agent may work on one allowed call, in seconds. */
  executionSeconds: z.int().min(1).max(3600),
  /** Trusted peers may use tools that state they only read, unasked. */
  trustedMayRead: z.boolean(),
  /** For how long an answer given in the window can be taken back before it is carried out, in seconds. */
  undoSeconds: z.int().min(0).max(30),
  /** Questions about calls of one peer that may wait at once; more are refused as busy. */
  questionsPerPeer: z.int().min(1).max(50),
  /**
   * When nobody is to be disturbed: questions wait without a sound, or, with `refuse`, calls that would have to be
   * asked about are refused.
   */
  quietHours: Hours.extend({ refuse: z.boolean() }).nullable(),
  /** As in quiet hours, without refusing, until then; null: no. */
  doNotDisturbUntil: Time.nullable(),
  /** What each peer may use on one day, where it has no budget of its own; null: no end. */
  budget: Budget.nullable(),
  /** What is kept of arguments and results, where the agent says nothing else. */
  bodies: Bodies,
  /** Calls older than this many days are deleted. */
  keepDays: z.int().min(1).max(3650),
  /** The oldest calls are deleted while what calls take up in the records is more than this many MiB; null: no end. */
  keepMebibytes: z.int().min(10).max(1_048_576).nullable(),
  theme: z.enum(['system', 'light', 'dark']),
});
export type Settings = z.infer<typeof Settings>;

/** What is left out, or undefined, stays as it is. */
export const SettingsChange = Settings.partial();
export type SettingsChange = z.infer<typeof SettingsChange>;

export const defaultSettings = (name: string): Settings => ({
  name,
  transport: 'libp2p',
  webSocketListen: [],
  webSocketTls: null,
  webSocketPeers: [],
  mdns: true,
  dht: true,
  gossip: true,
  bootstrap: [],
  upnp: true,
  relays: true,
  stun: [],
  listen: [],
  announce: [],
  approvalSeconds: 300,
  executionSeconds: 60,
  trustedMayRead: false,
  undoSeconds: 3,
  questionsPerPeer: 8,
  quietHours: null,
  doNotDisturbUntil: null,
  budget: null,
  bodies: 'whole',
  keepDays: 90,
  keepMebibytes: null,
  theme: 'system',
});

export type SettingKey = keyof Settings;

/** Settings that the environment sets for this run, by the name of the variable. They cannot be changed meanwhile. */
export const SettingOverrides = z.partialRecord(z.keyof(Settings), z.string());
export type SettingOverrides = z.infer<typeof SettingOverrides>;
