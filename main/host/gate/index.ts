/** The gate room: decides on each incoming call. */
import type { EventEmitter } from 'node:events';
import type { ToolAnnotations } from '../../../shared/agents.ts';
import type { Answer, ApprovalView, Decision, Rule, RuleView } from '../../../shared/gate.ts';
import type { AgentName, ApprovalId, CallId, PeerId, RuleId } from '../../../shared/ids.ts';
import type { Path, Trust } from '../../../shared/peers.ts';
import type { RpcError } from '../../../shared/errors.ts';
import { TheGate } from './gate.ts';

/** The parts of the records that the gate needs. All synchronous and in memory or nearly so. */
export interface RuleStore {
  list(): Rule[];
  put(rule: Rule): void;
  remove(id: RuleId): void;
}
export interface PinStore {
  get(agent: AgentName, tool: string): string | null;
  put(agent: AgentName, tool: string, pin: string): void;
  /** Forgets the pins of all tools of an agent. */
  removeAgent(agent: AgentName): void;
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

export interface GateSettings {
  approvalSeconds: number;
  trustedMayRead: boolean;
}

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
}

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
    };

export type GateOutcome =
  | {
      readonly effect: 'allow';
      readonly decision: Decision;
      /**
       * Checks right before execution that what is about to run is what was decided on; uses the approval up.
       * An error means: do not run.
       */
      readonly check: (now: AboutToRun) => RpcError | null;
    }
  | { readonly effect: 'deny'; readonly decision: Decision; readonly error: RpcError };

export interface GateEvents {
  /** A question is new, or gone (null). */
  approval: [ApprovalId, ApprovalView | null];
  rule: [RuleId, RuleView | null];
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
   * @throws {GateError} NOT_FOUND (answered, expired or withdrawn), CONFLICT (another digest), INVALID (an answer that
   * does not fit the question, see `fits`)
   */
  answer(id: ApprovalId, digest: string, answer: Answer): void;
  /** Rules added by hand, such as by the demo or the bench. */
  addRule(rule: Omit<Rule, 'id' | 'createdAt'>): Rule;
  removeRule(id: RuleId): void;
  /** Forgets all rules and questions of a peer. */
  forgetPeer(peerId: PeerId): void;
  /**
   * Forgets what was decided for an agent, since another program may have its name now: the rules that name it, its
   * questions and its pins. Rules for any agent stay.
   */
  forgetAgent(name: AgentName): void;
  /** The panic switch: refuses what waits and all that comes, until lifted. */
  setStopped(stopped: boolean): void;
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
  readonly settings: () => GateSettings;
}

/**
 * Makes the gate. It decides in this order; the first that applies:
 *
 * 1. the host is stopped: refused
 * 2. the peer is blocked: denied
 * 3. the most specific rule that matches (see `RuleIndex`) denies: denied, nobody is asked
 * 4. the peer is unknown and no rule that allows or asks names this very peer: denied
 * 5. the path is `legacy`: the person is asked, whatever a rule allows
 * 6. the tool's definition is not the one that was last allowed, for all or by the rule that matches: the person is
 *    asked
 * 7. that rule: allowed or asked
 * 8. by trust: known peers ask, trusted ones ask too, or may use tools that state they only read, where the person
 *    chose that
 *
 * Of a call of ours over a legacy link, which has `direction` `out`, the first two hold, and then the person is asked:
 * rules, pins and trust are about what others may do here.
 */
export const createGate = (options: GateOptions, modules: GateModules): Gate => new TheGate(options, modules);

export { GateError } from './gate-error.ts';
