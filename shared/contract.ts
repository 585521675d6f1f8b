import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { AgentSpec, LogLine, Tool } from './agents.ts';
import { CallDetail, CallQuery, CallView } from './calls.ts';
import { Answer } from './gate.ts';
import { AgentName, ApprovalId, CallId, PeerId, RuleId, Sha256Hex } from './ids.ts';
import { InviteId, InvitePreview, InviteView, MAX_INVITE_TEXT, NewInvite } from './invites.ts';
import { CompareMessage, CompareRequest, PastComparison } from './compare.ts';
import { LiveMessage } from './live.ts';
import { PeerView, Trust } from './peers.ts';
import { Reachability, VerdictChange } from './reachability.ts';
import { Capability, RegistryQuery, SeenAgent } from './registry.ts';
import { Settings, SettingsChange } from './settings.ts';
import { TransportChoice } from './transports.ts';

const none = z.void();
const ofAgent = z.strictObject({ name: AgentName });
const ofPeer = z.strictObject({ peerId: PeerId });

/**
 * Everything a window, a browser or the command line can ask of the host. Carried by a MessagePort or a
 * WebSocket; validated on both sides. Errors arrive as `ORPCError` with a `code` of {@link HostErrorCode} and
 * a sentence for the person.
 */
export const contract = {
  live: {
    /** A snapshot, then deltas, at most ten a second. `resume` continues an earlier watch where it can. */
    watch: oc
      .input(z.strictObject({ resume: z.strictObject({ epoch: z.string(), seq: z.int() }).optional() }))
      .output(eventIterator(LiveMessage)),
    /** Says that all up to `seq` has been taken in, so that more may come. */
    ack: oc.input(z.strictObject({ watch: z.string(), seq: z.int() })).output(none),
  },
  host: {
    /** Refuses all that waits, stops every agent, cuts every link; holds until `resume`, over restarts too. */
    stopAll: oc.output(none),
    resume: oc.output(none),
    dismissNotice: oc.input(z.strictObject({ id: z.string() })).output(none),
  },
  peers: {
    /** Connects to a multiaddr that ends in `/p2p/<peer id>`, a `ws://` address, or a peer already known. */
    dial: oc.input(z.strictObject({ address: z.string().trim().min(1).max(1000) })).output(PeerView),
    /** Cuts the links and stops redialling until `dial`. */
    disconnect: oc.input(ofPeer).output(none),
    /** Fetches the peer's cards anew. */
    refresh: oc.input(ofPeer).output(PeerView),
    /** Null: as the settings say. Takes effect at once. */
    setTransport: oc.input(ofPeer.extend({ transport: TransportChoice.nullable() })).output(PeerView),
    /**
     * Whether a Dawn node may be called although its answers are not encrypted.
     * CONFLICT for a peer that is known to speak Gatehouse.
     */
    allowLegacy: oc.input(ofPeer.extend({ allowed: z.boolean() })).output(PeerView),
  },
  comparing: {
    /** The same calls over each way, in turns. One at a time: BUSY otherwise. Ends with the request. */
    run: oc.input(CompareRequest).output(eventIterator(CompareMessage)),
    /** What past calls took, by way. */
    past: oc
      .input(z.strictObject({ peerId: PeerId.optional(), days: z.int().min(1).max(365).default(30) }))
      .output(PastComparison),
  },
  contacts: {
    /** Makes the peer a contact, tells it so, and keeps a link to it. */
    accept: oc
      .input(
        ofPeer.extend({
          alias: z.string().trim().min(1).max(60).optional(),
          trust: z.enum(['known', 'trusted']).default('known'),
        }),
      )
      .output(PeerView),
    setTrust: oc.input(ofPeer.extend({ trust: Trust })).output(PeerView),
    rename: oc.input(ofPeer.extend({ alias: z.string().trim().min(1).max(60).nullable() })).output(PeerView),
    block: oc.input(ofPeer).output(PeerView),
    /** Forgets the contact, its rules and its pending request. */
    remove: oc.input(ofPeer).output(none),
  },
  invites: {
    /** Makes an invite; whoever brings it first becomes a contact of that trust. The text is given this once only. */
    create: oc
      .input(
        z.strictObject({
          hours: z.int().min(1).max(720).default(24),
          trust: z.enum(['known', 'trusted']).default('known'),
        }),
      )
      .output(NewInvite),
    /** Newest first; those that are over for 30 days are left out. */
    list: oc.output(z.array(InviteView)),
    /** Nobody can use it any more. */
    withdraw: oc.input(z.strictObject({ id: InviteId })).output(none),
    /** What an invite says; nothing is dialled. */
    preview: oc
      .input(z.strictObject({ text: z.string().trim().min(1).max(MAX_INVITE_TEXT) }))
      .output(InvitePreview),
    /** Makes the inviter a contact, dials it and shows it the secret. */
    accept: oc
      .input(
        z.strictObject({
          text: z.string().trim().min(1).max(MAX_INVITE_TEXT),
          alias: z.string().trim().min(1).max(60).optional(),
          trust: z.enum(['known', 'trusted']).default('known'),
        }),
      )
      .output(PeerView),
  },
  reachability: {
    /** Asks peers elsewhere to connect back, and STUN servers how we look; resolves with what came of it. */
    test: oc.output(Reachability),
    /** Newest first. */
    history: oc
      .input(z.strictObject({ limit: z.int().min(1).max(1000).default(100) }))
      .output(z.array(VerdictChange)),
  },
  registry: {
    /** Agents seen: own first, then contacts', then the network's; newest first in each. */
    search: oc.input(RegistryQuery).output(z.array(SeenAgent)),
    /** Asks the distributed table who offers a capability, and those for their cards. */
    lookUp: oc.input(z.strictObject({ capability: Capability })).output(z.array(SeenAgent)),
  },
  agents: {
    /** Adds an agent in state `unconfirmed`; nothing runs before `confirm`. */
    add: oc.input(AgentSpec).output(none),
    /** A changed source must be confirmed again. A value `•` in env or headers keeps the stored one. */
    edit: oc.input(z.strictObject({ name: AgentName, spec: AgentSpec })).output(none),
    remove: oc.input(ofAgent).output(none),
    /** Confirms the command line or URL that was shown, named by its digest. */
    confirm: oc.input(ofAgent.extend({ sourceDigest: Sha256Hex })).output(none),
    /** Starts, and resolves once the agent runs or has failed to. */
    start: oc.input(ofAgent).output(none),
    stop: oc.input(ofAgent).output(none),
    restart: oc.input(ofAgent).output(none),
    logs: oc.input(ofAgent).output(z.array(LogLine)),
    tools: oc.input(ofAgent).output(z.array(Tool)),
  },
  tools: {
    /** The tools of a peer's agent, with schemas, fetched over the link. */
    list: oc.input(ofPeer.extend({ agent: AgentName })).output(z.array(Tool)),
    /**
     * Calls a tool of a peer's agent and resolves with the MCP result, however long their person takes
     * (an hour at most). Ends with the call: closing the connection, or `cancel`, withdraws it.
     */
    call: oc
      .input(
        ofPeer.extend({
          agent: AgentName,
          tool: z.string().min(1).max(256),
          arguments: z.record(z.string(), z.unknown()),
          /** A name of the asker's own for `cancel`. */
          ticket: z.string().max(64).optional(),
        }),
      )
      .output(z.looseObject({ content: z.array(z.unknown()).optional(), isError: z.boolean().optional() })),
    cancel: oc.input(z.strictObject({ ticket: z.string().max(64) })).output(none),
  },
  approvals: {
    /** The exact arguments in full, as canonical JSON text. */
    arguments: oc.input(z.strictObject({ id: ApprovalId })).output(z.strictObject({ json: z.string() })),
    /** Answers what was shown. Refused where `digest` is not that of the waiting question. */
    answer: oc.input(z.strictObject({ id: ApprovalId, digest: Sha256Hex, answer: Answer })).output(none),
  },
  rules: {
    remove: oc.input(z.strictObject({ id: RuleId })).output(none),
  },
  calls: {
    /** Newest first. */
    page: oc.input(CallQuery).output(z.array(CallView)),
    detail: oc.input(z.strictObject({ id: CallId })).output(CallDetail),
  },
  settings: {
    set: oc.input(SettingsChange).output(Settings),
  },
};
export type Contract = typeof contract;

/** What can go wrong with a request, by its stable code. */
export const HostErrorCode = z.enum([
  'NOT_FOUND',
  'INVALID',
  'CONFLICT',
  'UNREACHABLE',
  'DENIED',
  'EXPIRED',
  'STOPPED',
  'UNAVAILABLE',
  'BUSY',
  'CANCELLED',
]);
export type HostErrorCode = z.infer<typeof HostErrorCode>;
