import { EventEmitter } from 'node:events';
import type {
  Answer,
  ApprovalView,
  DefinitionDifference,
  ReviewAnswer,
  ReviewView,
} from '../../../shared/gate.ts';
import type { AgentName, ApprovalId, PeerId, RuleId } from '../../../shared/ids.ts';
import type { Explanation, NewRule, Rule, RuleView } from '../../../shared/rules.ts';
import { Answering } from './answering.ts';
import { approvalOf } from './approval-of.ts';
import { definitionDifference } from './definition-difference.ts';
import { isTooDeep } from './depth.ts';
import { canonicalArguments } from './digest.ts';
import { Engine } from './engine.ts';
import { GateError, gone } from './gate-error.ts';
import { definitionOf } from './grant-pin.ts';
import type {
  Gate,
  GateEvents,
  GateModules,
  GateOptions,
  GateQuestion,
  GateVerdict,
  ReviewOutcome,
  ReviewQuestion,
  WaitingReview,
} from './index.ts';
import { previewOf } from './preview.ts';
import { Quiet } from './quiet.ts';
import { refusal } from './refusals.ts';
import { reviewRefusal } from './review-refusals.ts';
import { ReviewRoom } from './reviews.ts';
import type { Asking } from './rulings.ts';
import { WaitingRoom, type Waiting } from './waiting-room.ts';

/** See `createGate` for the order of decisions. */
export class TheGate extends EventEmitter<GateEvents> implements Gate {
  readonly #now: () => number;
  readonly #modules: GateModules;
  readonly #engine: Engine;
  readonly #room: WaitingRoom;
  readonly #reviews: ReviewRoom;
  readonly #quiet: Quiet;
  readonly #answering: Answering;

  constructor(options: GateOptions, modules: GateModules) {
    super();
    const { now = () => Date.now(), monotonic = () => performance.now() } = options;
    const { settings, pins, trust } = modules;
    this.#now = now;
    this.#modules = modules;
    this.#quiet = new Quiet({ now, settings, onChange: (until) => this.emit('quiet', until) });
    this.#engine = new Engine({
      now,
      monotonic,
      modules,
      refusesToAsk: (at) => this.#quiet.refuses(at),
      onRule: (id, view) => this.emit('rule', id, view),
      onVersion: (version) => this.emit('rulesVersion', version),
      onBudget: (peerId) => this.emit('budget', peerId),
    });
    this.#room = new WaitingRoom({
      now,
      monotonic,
      ofPeer: () => settings().questionsPerPeer,
      onChange: (id, view) => this.emit('approval', id, view),
    });
    this.#reviews = new ReviewRoom({
      now,
      monotonic,
      settings,
      onChange: (id, view) => this.emit('review', id, view),
    });
    this.#answering = new Answering({
      now,
      rules: this.#engine.rules,
      rulings: this.#engine.rulings,
      room: this.#room,
      pins,
      asOfNow: (question) => ({ ...question, trust: trust?.(question.peerId) ?? question.trust }),
      budgets: this.#engine.budgets,
      approvalSeconds: () => settings().approvalSeconds,
      block: (peerId) => this.#block(peerId),
    });
  }

  start(): void {
    this.#engine.rulings.ended = false;
    this.#engine.start();
    this.#quiet.start();
  }

  stop(): void {
    this.#engine.rulings.ended = true;
    this.#quiet.stop();
    this.#room.settleAll(refusal.stopping);
    this.#reviews.settleAll(reviewRefusal.stopping);
    this.#engine.stop();
  }

  settingsChanged(): void {
    this.#quiet.look();
  }

  decide(question: GateQuestion): GateVerdict {
    const { rules, rulings } = this.#engine;
    const ruling = rulings.decide(question);
    const ruleId = 'kind' in ruling ? ruling.ruleId : ruling.decision.ruleId;
    if (ruleId !== null) rules.used(ruleId);
    return 'kind' in ruling ? this.#ask(question, ruling) : { kind: 'decided', outcome: ruling };
  }

  approvals(): ApprovalView[] {
    return this.#room.list().map(({ view }) => view);
  }

  rules(): RuleView[] {
    return this.#engine.rules.views();
  }

  addRule(rule: NewRule & { readonly pin?: string | null }): Rule {
    const made = this.#engine.rules.add(rule);
    this.#answering.settleCovered({ ruleId: made.id });
    return made;
  }

  changeRule(id: RuleId, rule: NewRule & { readonly pin?: string | null }): Rule {
    const changed = this.#engine.rules.change(id, rule);
    this.#answering.settleCovered({ ruleId: id });
    return changed;
  }

  removeRule(id: RuleId): void {
    if (!this.#engine.rules.remove(id)) throw new GateError('NOT_FOUND', 'This rule is gone already.');
  }

  replaceRules(rules: readonly Rule[], by: 'import' | 'restore'): void {
    this.#engine.rules.replaceAll(rules, by);
    this.#answering.settleCovered(null);
  }

  rulesVersion(): number {
    return this.#engine.rules.version();
  }

  explain(question: Omit<GateQuestion, 'callId'>, at: number | null): Explanation {
    return this.#engine.explain(question, at);
  }

  trustChanged(peerId: PeerId): void {
    this.#answering.settleCovered({ peerId });
  }

  setBudget(peerId: PeerId): void {
    this.#engine.budgets.tell([`peer:${peerId}`]);
  }

  budgetOf(peerId: PeerId): ReturnType<Gate['budgetOf']> {
    return this.#engine.budgets.of(peerId);
  }

  argumentsOf(id: ApprovalId): string {
    return this.#waiting(id).canonicalArgs;
  }

  definition(id: ApprovalId): DefinitionDifference {
    const { question } = this.#waiting(id);
    const pinned = this.#modules.pins.pinned(question.agent, question.tool);
    const ours = (question.direction ?? 'in') === 'in';
    if (!ours || pinned === null) return { lines: null, grantedAt: null };
    const [before, now] = [pinned.definition, definitionOf(question)];
    const lines = before === null || now === null ? null : definitionDifference(before, now);
    return { lines, grantedAt: pinned.at };
  }

  answer(id: ApprovalId, digest: string, answer: Answer, undoMs = 0): void {
    this.#answering.answer(id, digest, answer, undoMs);
  }

  undo(ids: readonly ApprovalId[]): void {
    this.#answering.undo(ids);
  }

  review(question: ReviewQuestion): WaitingReview | { readonly refused: ReviewOutcome } {
    if (this.#engine.rulings.ended) return { refused: reviewRefusal.stopping() };
    if (this.#engine.rulings.stopped) return { refused: reviewRefusal.stopped() };
    return this.#reviews.review(question);
  }

  reviews(): ReviewView[] {
    return this.#reviews.views();
  }

  resultOf(id: ApprovalId): string {
    return this.#reviews.resultOf(id);
  }

  answerReview(id: ApprovalId, digest: string, answer: ReviewAnswer): void {
    this.#reviews.answer(id, digest, answer);
  }

  quietUntil(): number | null {
    return this.#quiet.until();
  }

  waiting(): number {
    return this.#room.size + this.#reviews.size;
  }

  forgetPeer(peerId: PeerId): void {
    this.#room.settleAll(refusal.forgotten, ({ question }) => question.peerId === peerId);
    this.#reviews.settleAll(reviewRefusal.forgotten, peerId);
    this.#engine.rules.forgetPeer(peerId);
  }

  toolsListed(agent: AgentName, pins: ReadonlyMap<string, string>): void {
    this.#engine.rules.toolsListed(agent, pins);
  }

  forgetAgent(name: AgentName): void {
    // Agents of peers that are called from here are others, whatever their name.
    const ours = ({ question }: Waiting): boolean => question.direction !== 'out' && question.agent === name;
    this.#room.settleAll(refusal.agentChanged, ours);
    try {
      this.#engine.rules.forgetAgent(name);
    } finally {
      this.#modules.pins.removeAgent(name);
    }
  }

  setStopped(stopped: boolean): void {
    this.#engine.rulings.stopped = stopped;
    if (!stopped) return;
    this.#room.settleAll(refusal.stopped);
    this.#reviews.settleAll(reviewRefusal.stopped);
  }

  #ask(question: GateQuestion, { toolChanged, ruleId, review }: Asking): GateVerdict {
    const canonicalArgs = isTooDeep(question.args) ? null : canonicalArguments(question.args);
    if (canonicalArgs === null) return { kind: 'decided', outcome: refusal.notCanonical() };
    const full = this.#room.refusalFor(question, canonicalArgs.length);
    if (full !== null) return { kind: 'decided', outcome: full };

    const { direction = 'in', peerId, agent, tool } = question;
    const waitMs = this.#modules.settings().approvalSeconds * 1000;
    const askedAt = this.#now();
    const view = approvalOf(question, {
      id: this.#room.freshId(),
      canonicalArgs,
      arguments: previewOf(question.args),
      askedAt,
      deadline: askedAt + waitMs,
      before: this.#modules.past.count(peerId, agent, tool, direction),
      toolChanged,
      ruleId,
      reviewed: review,
    });
    const { waiting, outcome } = this.#room.add({ view, question, canonicalArgs }, waitMs);
    return {
      kind: 'waiting',
      deadline: view.deadline,
      outcome,
      cancel: () => this.#room.settle(view.id, refusal.cancelled()),
      away: (callerAway) => this.#room.show(waiting, { callerAway }),
      get onDeadline() {
        return waiting.onDeadline;
      },
      set onDeadline(listener) {
        waiting.onDeadline = listener;
      },
    };
  }

  /** The peer's rules do not wait for its return, even where the disk refuses. */
  #block(peerId: PeerId): void {
    this.#room.settleAll(refusal.blocked, ({ question }) => question.peerId === peerId);
    this.#reviews.settleAll(reviewRefusal.forgotten, peerId);
    try {
      this.#engine.rules.forgetPeer(peerId);
    } finally {
      this.emit('block', peerId);
    }
  }

  #waiting(id: ApprovalId): Waiting {
    const waiting = this.#room.get(id);
    if (waiting === null) throw gone();
    return waiting;
  }
}
