/** The gate room: decides on each incoming call. */
import type { EventEmitter } from 'node:events';
import type { ToolAnnotations } from '../../../shared/agents.ts';
import type {
  Answer,
  ApprovalView,
  Decision,
  DefinitionDifference,
  ReviewAnswer,
  ReviewView,
  Risk,
} from '../../../shared/gate.ts';
import type {
  Budget,
  Effect,
  Explanation,
  NewRule,
  Rule,
  RulesVersion,
  RuleView,
  Used,
} from '../../../shared/rules.ts';
import type { Settings } from '../../../shared/settings.ts';
import type { AgentName, ApprovalId, CallId, PeerId, RuleId } from '../../../shared/ids.ts';
import type { Path, Trust } from '../../../shared/peers.ts';
import type { RpcError } from '../../../shared/errors.ts';
import { TheGate } from './gate.ts';

/** The parts of the records that the gate needs. All synchronous and in memory or nearly so. */
export interface RuleStore {
  list(): Rule[];
  /**
   * Writes what changed and one step of the history, in one transaction.
   * @returns the version that this made
   * @throws where it could not be written: nothing is in force then. What was forgotten of a peer or an agent waits for
   * a disk that refuses
   */
  commit(change: Omit<RulesVersion, 'version'>): number;
  /** The newest; 0 before the first. */
  version(): number;
  /** Newest first. */
  history(query: { readonly before?: number; readonly limit: number }): RulesVersion[];
}
/** The definition of a tool that was granted, by its hash. */
export interface Pinned {
  readonly pin: string;
  /** Canonical JSON (RFC 8785); null where it was not kept. */
  readonly definition: string | null;
  readonly at: number | null;
}
export interface PinStore {
  get(agent: AgentName, tool: string): string | null;
  pinned(agent: AgentName, tool: string): Pinned | null;
  put(agent: AgentName, tool: string, pinned: Pinned): void;
  /** Forgets the pins of all tools of an agent. */
  removeAgent(agent: AgentName): void;
}
/** What was used of limits and budgets, in pieces of five minutes, so that a restart forgives nothing. */
export interface UsageStore {
  /** Of the last 24 hours. */
  list(): UsageOf[];
  /** Adds up. Waits for a disk that refuses. Called at most once a second. */
  add(usage: readonly UsageOf[]): void;
}
export interface UsageOf {
  /** `peer:<peer id>` or `rule:<rule id>`. */
  readonly subject: string;
  /** Begin of the five minutes, in milliseconds since 1970. */
  readonly at: number;
  readonly calls: number;
  readonly bytes: number;
  readonly seconds: number;
}
export interface PastCalls {
  /** Calls of a peer to a tool so far, by what came of them; `out`: ours to a tool of the peer's. */
  count(
    peerId: PeerId,
    agent: string,
    tool: string,
    direction: 'in' | 'out',
  ): { allowed: number; denied: number };
}

export type GateSettings = Pick<
  Settings,
  | 'approvalSeconds'
  | 'executionSeconds'
  | 'trustedMayRead'
  | 'questionsPerPeer'
  | 'quietHours'
  | 'doNotDisturbUntil'
  | 'budget'
>;

/** What the gate is told of a call. */
export interface GateQuestion {
  /** `out`: a call of ours over a legacy link. The person is asked each time, whatever the rules say. `in` by default. */
  readonly direction?: 'in' | 'out';
  readonly callId: CallId;
  readonly peerId: PeerId;
  readonly trust: Trust;
  readonly path: Path;
  /** Ours; where we call, the peer's. */
  readonly agent: AgentName;
  /** Digest of the agent's source: what the call waits for is this program, not another of its name. */
  readonly source: string;
  /** Tool name, or `method:name`. */
  readonly tool: string;
  readonly args: Record<string, unknown>;
  /** Null for what has no definition (methods other than tools/call). */
  readonly pin: string | null;
  readonly annotations: ToolAnnotations;
  /** How bad the caller says it is; only ever raises the risk. Null by default. */
  readonly raised?: Risk | null;
  /** Canonical JSON of the tool's definition, kept where it is granted. */
  readonly definition?: () => string | null;
  /** Bytes of the request, for limits and budgets. */
  readonly bytes?: number;
}

/** What an agent answered, to be shown to the person before it leaves. */
export interface ReviewQuestion extends Pick<GateQuestion, 'callId' | 'peerId' | 'path' | 'agent' | 'tool'> {
  readonly ruleId: RuleId | null;
  readonly result: Record<string, unknown>;
}

/** `release` with what is to leave: the result itself, or what the person made of it. */
export type ReviewOutcome =
  | { readonly effect: 'release'; readonly result: Record<string, unknown>; readonly changed: boolean }
  | { readonly effect: 'refuse'; readonly decision: Decision; readonly error: RpcError };

/** What is about to run, to be compared with what was decided on. */
export interface AboutToRun {
  readonly args: Record<string, unknown>;
  readonly pin: string | null;
  readonly source: string;
}

/** `decision` is final. While waiting, `cancel` withdraws the question (the caller went away). */
export type GateVerdict =
  | { readonly kind: 'decided'; readonly outcome: GateOutcome }
  | {
      readonly kind: 'waiting';
      readonly deadline: number;
      readonly outcome: Promise<GateOutcome>;
      cancel(): void;
      /** The caller has gone, or is back: shown with the question. */
      away(isAway: boolean): void;
      /** Told when the deadline has moved, since the person put the question off. */
      onDeadline: ((deadline: number) => void) | null;
    };

export interface WaitingReview {
  readonly deadline: number;
  readonly outcome: Promise<ReviewOutcome>;
  cancel(): void;
  away(isAway: boolean): void;
}

export type GateOutcome =
  | {
      readonly effect: 'allow';
      readonly decision: Decision;
      /** What may run: the arguments of the question, or what the person made of them. */
      readonly args: Record<string, unknown>;
      readonly edited: boolean;
      /** What the agent answers goes to `review` first. */
      readonly review: boolean;
      /** To be told once what was checked has ended: bytes of the answer, and for how long the agent worked, in seconds. */
      readonly used: (bytes: number, seconds: number) => void;
      /**
       * Checks right before execution that what is about to run is what was decided on; uses the approval up. An error
       * means: do not run. Null: it is counted. To be called in the turn in which the outcome comes.
       */
      readonly check: (now: AboutToRun) => RpcError | null;
    }
  | { readonly effect: 'deny'; readonly decision: Decision; readonly error: RpcError };

export interface GateEvents {
  /** A question is new, or gone (null). */
  approval: [ApprovalId, ApprovalView | null];
  rule: [RuleId, RuleView | null];
  review: [ApprovalId, ReviewView | null];
  /** The rules are at another version. */
  rulesVersion: [number];
  /** Until when nobody is to be disturbed; null: they are heard again. */
  quiet: [number | null];
  /** What a peer has used, or is allowed to, has changed, or it is paused or no longer; at most once a second for each. */
  budget: [PeerId];
  /** The person answered with "deny and block". The peer's rules are gone by then. */
  block: [PeerId];
}

export interface Gate extends EventEmitter<GateEvents> {
  start(): void;
  /** Withdraws all questions (`stopping`) and drops the until-quit rules. */
  stop(): void;
  decide(question: GateQuestion): GateVerdict;
  approvals(): ApprovalView[];
  rules(): RuleView[];
  /** The exact arguments in full as canonical JSON. @throws {GateError} NOT_FOUND */
  argumentsOf(id: ApprovalId): string;
  /**
   * @param undoMs how long it can be taken back before it is carried out
   * @throws {GateError} NOT_FOUND (carried out, expired or withdrawn), CONFLICT (another digest, answered already, or it
   * would allow something to a peer whose budget is used up),
   * INVALID (an answer that does not fit the question, see `fits`, or arguments that are no JSON object)
   */
  answer(id: ApprovalId, digest: string, answer: Answer, undoMs?: number): void;
  /** @throws {GateError} CONFLICT where one of them is carried out already; the others are taken back all the same */
  undo(ids: readonly ApprovalId[]): void;
  /** How the definition of the tool in question differs from the one that was granted. @throws {GateError} NOT_FOUND */
  definition(id: ApprovalId): DefinitionDifference;
  /** Shows an answer to the person before it leaves. Null: too many wait, and it is refused. */
  review(question: ReviewQuestion): WaitingReview | { readonly refused: ReviewOutcome };
  reviews(): ReviewView[];
  /** @throws {GateError} NOT_FOUND */
  resultOf(id: ApprovalId): string;
  /** @throws {GateError} NOT_FOUND, CONFLICT, INVALID */
  answerReview(id: ApprovalId, digest: string, answer: ReviewAnswer): void;
  /** @throws {GateError} INVALID where there are too many rules; or what the store throws */
  addRule(rule: NewRule & { readonly pin?: string | null }): Rule;
  /** @throws {GateError} NOT_FOUND */
  changeRule(id: RuleId, rule: NewRule & { readonly pin?: string | null }): Rule;
  removeRule(id: RuleId): void;
  /** Puts these in the place of all rules that outlive the host, as one version. Rules until quit stay. */
  replaceRules(rules: readonly Rule[], by: 'import' | 'restore'): void;
  rulesVersion(): number;
  /** What would be decided, and why; nothing is used up and nobody is asked. `at`: null for now. */
  explain(question: Omit<GateQuestion, 'callId'>, at: number | null): Explanation;
  /** What a peer has used and when it may go on, where a budget holds for it. */
  budgetOf(peerId: PeerId): {
    readonly budget: Budget | null;
    readonly used: Used | null;
    readonly pausedUntil: number | null;
  };
  /** Until when nobody is to be disturbed; null: questions are to be heard. */
  quietUntil(): number | null;
  /** Tells at once what follows from other settings, instead of within half a minute. */
  settingsChanged(): void;
  /** A peer is trusted more or less than before: what waits of it is judged anew. */
  trustChanged(peerId: PeerId): void;
  /** Forgets all rules and questions of a peer. */
  forgetPeer(peerId: PeerId): void;
  /**
   * Forgets what was decided for an agent, since another program may have its name now: the rules that name it, its
   * questions and its pins. Rules for any agent stay.
   */
  forgetAgent(name: AgentName): void;
  /** The definitions of an agent's tools as it lists them now: what was granted for others is shown as suspended. */
  toolsListed(agent: AgentName, pins: ReadonlyMap<string, string>): void;
  /** The panic switch: refuses what waits and all that comes, until lifted. */
  setStopped(stopped: boolean): void;
  /** Questions and reviews that wait. */
  waiting(): number;
}

/** Rules as a function, without clocks or stores: for replays and proposals. */
export interface Judge {
  /** The effect of the rule that decides; null: none does. Limits are used up as the calls go by, in order of time. */
  judge(call: JudgedCall): { readonly effect: Effect; readonly ruleId: RuleId } | null;
}
export interface JudgedCall extends Pick<GateQuestion, 'peerId' | 'trust' | 'agent' | 'tool'> {
  /** Null: not known; no rule with constraints on arguments is met then. */
  readonly args: Record<string, unknown> | null;
  readonly at: number;
  readonly bytes: number;
  readonly seconds: number;
}

export interface GateOptions {
  /** The wall clock, in milliseconds since 1970. */
  readonly now?: () => number;
  /** A clock that never jumps, in milliseconds. */
  readonly monotonic?: () => number;
}
export interface GateModules {
  readonly rules: RuleStore;
  readonly pins: PinStore;
  readonly past: PastCalls;
  readonly usage: UsageStore;
  /** Budgets of peers that have one of their own. */
  readonly budgets: () => ReadonlyMap<PeerId, Budget>;
  readonly settings: () => GateSettings;
  /** How far a peer is trusted now, for questions that wait; without it, as far as when they were asked. */
  readonly trust?: (peerId: PeerId) => Trust;
}

/**
 * Makes the gate. It decides in this order; the first that applies:
 *
 * 1. the host is stopped: refused
 * 2. the peer is blocked: denied
 * 3. the rule by which it stands (see `RuleIndex` and `standingRule`) denies: denied, nobody is asked
 * 4. the peer is unknown and no rule that allows or asks names this very peer: denied
 * 5. the peer's budget is used up: refused until there is room again
 * 6. the path is `legacy`: the person is asked, whatever a rule allows
 * 7. the tool's definition is not the one that the rule was made for or, where it was made for none or none matches, the
 *    one that was granted first, or for good: the person is asked
 * 8. that rule: allowed or asked; asked where its limits are used up
 * 9. by trust: known peers ask, trusted ones ask too, or may use tools that state they only read, where the person
 *    chose that
 *
 * Where the person would be asked and wants no questions at this time, it is refused.
 *
 * Of a call of ours over a legacy link, which has `direction` `out`, the first two hold, and then the person is asked:
 * rules, pins and trust are about what others may do here.
 */
export const createGate = (options: GateOptions, modules: GateModules): Gate => new TheGate(options, modules);

export { createJudge } from './judge.ts';
export { GateError } from './gate-error.ts';
