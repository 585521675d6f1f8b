import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { AgentSpec, LogLine, Tool } from './agents.ts';
import { CallDetail, CallQuery, CallView } from './calls.ts';
import { Answer, AnswerToMany, DefinitionDifference, ReviewAnswer } from './gate.ts';
import { AgentName, ApprovalId, CallId, PeerId, RuleId, Sha256Hex } from './ids.ts';
import { InviteId, InvitePreview, InviteView, MAX_INVITE_TEXT, NewInvite } from './invites.ts';
import { CompareMessage, CompareRequest, PastComparison } from './compare.ts';
import { LiveMessage } from './live.ts';
import { PanicReport } from './panic.ts';
import { PeerView, Trust } from './peers.ts';
import { Reachability, VerdictChange } from './reachability.ts';
import { Capability, RegistryQuery, SeenAgent } from './registry.ts';
import { ChainCheck, Receipt } from './receipts.ts';
import {
  Budget,
  Explanation,
  ImaginedCall,
  MAX_RULES_FILE,
  NewRule,
  Proposal,
  Replay,
  RulesDifference,
  RulesVersion,
  RuleView,
} from './rules.ts';
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
    stopAll: oc.output(PanicReport),
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
    /** How the tool's definition differs from the one that was granted. */
    definition: oc.input(z.strictObject({ id: ApprovalId })).output(DefinitionDifference),
    /**
     * Answers what was shown. Refused where `digest` is not that of the waiting question. Carried out after
     * `undoSeconds`, until when it can be taken back; the time of a question that is answered no longer runs.
     */
    answer: oc
      .input(
        z.strictObject({
          id: ApprovalId,
          digest: Sha256Hex,
          answer: Answer,
          undoSeconds: z.int().min(0).max(30).default(0),
        }),
      )
      .output(none),
    /** The same answer, without changed arguments, to several; each is told by itself what came of it: null, or why not. */
    answerMany: oc
      .input(
        z.strictObject({
          questions: z
            .array(z.strictObject({ id: ApprovalId, digest: Sha256Hex }))
            .min(1)
            .max(200),
          answer: AnswerToMany,
          undoSeconds: z.int().min(0).max(30).default(0),
        }),
      )
      .output(z.array(z.strictObject({ id: ApprovalId, problem: z.string().nullable() }))),
    /** Takes answers back that are not carried out yet. CONFLICT where one of them is. */
    undo: oc.input(z.strictObject({ ids: z.array(ApprovalId).min(1).max(200) })).output(none),
  },
  reviews: {
    /** The whole result as JSON text. */
    result: oc.input(z.strictObject({ id: ApprovalId })).output(z.strictObject({ json: z.string() })),
    answer: oc
      .input(z.strictObject({ id: ApprovalId, digest: Sha256Hex, answer: ReviewAnswer }))
      .output(none),
  },
  rules: {
    add: oc.input(NewRule).output(RuleView),
    /** Puts another in its place, with the same id. */
    change: oc.input(z.strictObject({ id: RuleId, rule: NewRule })).output(RuleView),
    remove: oc.input(z.strictObject({ id: RuleId })).output(none),
    /** Which rule or step would decide on a call, real or imagined, and why. */
    explain: oc.input(ImaginedCall).output(Explanation),
    /** Why a recorded call would be decided as it would be today. INVALID where its arguments are not in the records. */
    explainCall: oc.input(z.strictObject({ id: CallId })).output(Explanation),
    /** What a rule, new or in place of another, would have made of the recorded calls. */
    replay: oc.input(z.strictObject({ rule: NewRule, inPlaceOf: RuleId.optional() })).output(Replay),
    /** Rules that past approvals speak for, strongest first, at most 20. */
    proposals: oc.output(z.array(Proposal)),
    /** It is not made again from what speaks for it now. */
    dismissProposal: oc.input(z.strictObject({ id: z.string().max(64) })).output(none),
    /** Newest first. */
    history: oc
      .input(z.strictObject({ before: z.int().optional(), limit: z.int().min(1).max(200).default(50) }))
      .output(z.array(RulesVersion)),
    /** Makes the rules what they were after that version (0: none), as one more version. `from` guards against a change meanwhile. */
    restore: oc
      .input(z.strictObject({ version: z.int().nonnegative(), from: z.int().nonnegative() }))
      .output(none),
    /** All rules that outlive the host, as a readable text (YAML). */
    export: oc.output(z.strictObject({ text: z.string() })),
    /** Reads such a text. INVALID with the line and what is wrong. */
    checkImport: oc
      .input(z.strictObject({ text: z.string().max(MAX_RULES_FILE), mode: z.enum(['replace', 'add']) }))
      .output(RulesDifference),
    /** Does what was shown: CONFLICT where the text or the rules are others now. */
    import: oc
      .input(
        z.strictObject({
          text: z.string().max(MAX_RULES_FILE),
          mode: z.enum(['replace', 'add']),
          version: z.int().nonnegative(),
          digest: Sha256Hex,
        }),
      )
      .output(none),
  },
  budgets: {
    /** Null: the one of the settings. */
    set: oc.input(ofPeer.extend({ budget: Budget.nullable() })).output(PeerView),
  },
  calls: {
    /** Newest first. */
    page: oc.input(CallQuery).output(z.array(CallView)),
    detail: oc.input(z.strictObject({ id: CallId })).output(CallDetail),
    /** Asks the peer what came of a call of ours whose answer was lost. */
    redeem: oc.input(z.strictObject({ id: CallId })).output(CallView),
    /** NOT_FOUND where there is none. */
    receipt: oc.input(z.strictObject({ id: CallId })).output(Receipt),
  },
  records: {
    /** Checks the chain from its first entry. */
    verify: oc.output(ChainCheck),
    /** Calls as text, in pieces, oldest first: JSON lines, or one HTML page that needs nothing else. */
    export: oc
      .input(
        z.strictObject({
          format: z.enum(['jsonl', 'html']),
          bodies: z.enum(['masked', 'whole', 'none']).default('masked'),
          query: CallQuery.omit({ limit: true, before: true }).default({}),
          /** At most this many, the newest. */
          limit: z.int().min(1).max(1_000_000).default(10_000),
        }),
      )
      .output(eventIterator(z.string())),
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
