import { EventEmitter } from 'node:events';
import {
  fits,
  type Answer,
  type ApprovalView,
  type Decision,
  type Rule,
  type RuleView,
} from '../../../shared/gate.ts';
import type { AgentName, ApprovalId, PeerId, RuleId } from '../../../shared/ids.ts';
import { approvalOf } from './approval-of.ts';
import { asShown } from './checks.ts';
import { canonicalArguments } from './digest.ts';
import { GateError, unfit } from './gate-error.ts';
import type { Gate, GateEvents, GateModules, GateOptions, GateQuestion, GateVerdict } from './index.ts';
import { previewOf } from './preview.ts';
import { refusal } from './refusals.ts';
import { RuleBook } from './rule-book.ts';
import { Rulings } from './rulings.ts';
import { WaitingRoom, type Waiting } from './waiting-room.ts';

/** See `createGate` for the order of decisions. */
export class TheGate extends EventEmitter<GateEvents> implements Gate {
  readonly #now: () => number;
  readonly #modules: GateModules;
  readonly #rules: RuleBook;
  readonly #rulings: Rulings;
  readonly #room: WaitingRoom;

  constructor(options: GateOptions, modules: GateModules) {
    super();
    this.#now = options.now ?? (() => Date.now());
    this.#modules = modules;
    const monotonic = options.monotonic ?? (() => performance.now());
    this.#rules = new RuleBook({
      now: this.#now,
      monotonic,
      store: modules.rules,
      onChange: (id, view) => this.emit('rule', id, view),
    });
    this.#rulings = new Rulings(this.#rules, modules);
    this.#room = new WaitingRoom(monotonic, (id) => this.emit('approval', id, null));
  }

  start(): void {
    this.#rulings.ended = false;
    this.#rules.start();
  }

  stop(): void {
    this.#rulings.ended = true;
    this.#room.settleAll(refusal.stopping);
    this.#rules.stop();
  }

  decide(question: GateQuestion): GateVerdict {
    const ruling = this.#rulings.rule(question);
    const ruleId = 'kind' in ruling ? ruling.ruleId : ruling.decision.ruleId;
    if (ruleId !== null) this.#rules.used(ruleId);
    return 'kind' in ruling ? this.#ask(question, ruling.toolChanged) : { kind: 'decided', outcome: ruling };
  }

  approvals(): ApprovalView[] {
    return this.#room.list().map(({ view }) => view);
  }

  rules(): RuleView[] {
    return this.#rules.views();
  }

  argumentsOf(id: ApprovalId): string {
    return this.#waiting(id).canonicalArgs;
  }

  answer(id: ApprovalId, digest: string, answer: Answer): void {
    const waiting = this.#waiting(id);
    if (waiting.view.digest !== digest) {
      throw new GateError(
        'CONFLICT',
        'This answer is for another question than the one that waits. Look again.',
      );
    }
    if (!fits(waiting.view, answer)) throw unfit(waiting.view);
    switch (answer.kind) {
      case 'allow-once':
        this.#allow(waiting, null);
        return;
      case 'allow-for':
        this.#allow(waiting, { expiresAt: this.#now() + answer.seconds * 1000, untilQuit: false });
        return;
      case 'allow-until-quit':
        this.#allow(waiting, { expiresAt: null, untilQuit: true });
        return;
      case 'allow-always':
        this.#allow(waiting, { expiresAt: null, untilQuit: false });
        return;
      case 'deny':
        this.#deny(waiting, answer.always);
        return;
      case 'deny-and-block':
        this.#block(waiting);
        return;
      default:
        answer satisfies never;
    }
  }

  addRule(rule: Omit<Rule, 'id' | 'createdAt'>): Rule {
    const made = this.#rules.add(rule);
    this.#settleCovered(made.id);
    return made;
  }

  removeRule(id: RuleId): void {
    if (!this.#rules.remove(id)) throw new GateError('NOT_FOUND', 'This rule is gone already.');
  }

  forgetPeer(peerId: PeerId): void {
    this.#room.settleAll(refusal.forgotten, ({ question }) => question.peerId === peerId);
    this.#rules.forgetPeer(peerId);
  }

  forgetAgent(name: AgentName): void {
    // Agents of peers that are called from here are others, whatever their name.
    const ours = ({ question }: Waiting): boolean => question.direction !== 'out' && question.agent === name;
    this.#room.settleAll(refusal.agentChanged, ours);
    try {
      this.#rules.forgetAgent(name);
    } finally {
      this.#modules.pins.removeAgent(name);
    }
  }

  setStopped(stopped: boolean): void {
    this.#rulings.stopped = stopped;
    if (stopped) this.#room.settleAll(refusal.stopped);
  }

  #ask(question: GateQuestion, toolChanged: boolean): GateVerdict {
    const canonicalArgs = canonicalArguments(question.args);
    const previews = canonicalArgs === null ? null : previewOf(question.args);
    if (canonicalArgs === null || previews === null) {
      return { kind: 'decided', outcome: refusal.notCanonical() };
    }
    const full = this.#room.refusalFor(question, canonicalArgs.length);
    if (full !== null) return { kind: 'decided', outcome: full };

    const { direction = 'in', peerId, agent, tool } = question;
    const waitMs = this.#modules.settings().approvalSeconds * 1000;
    const askedAt = this.#now();
    const view = approvalOf(question, {
      id: this.#room.freshId(),
      canonicalArgs,
      arguments: previews,
      askedAt,
      deadline: askedAt + waitMs,
      before: this.#modules.past.count(peerId, agent, tool, direction),
      toolChanged,
    });
    const outcome = this.#room.add(view, question, canonicalArgs, waitMs);
    this.emit('approval', view.id, view);
    return {
      kind: 'waiting',
      deadline: view.deadline,
      outcome,
      cancel: () => {
        this.#room.settle(view.id, refusal.cancelled());
      },
    };
  }

  /** The rule and the pin are stored first: if that fails, the question still waits and the person is told. */
  #allow(waiting: Waiting, lasting: { expiresAt: number | null; untilQuit: boolean } | null): void {
    const { question, view } = waiting;
    const { peerId, agent, tool, pin } = question;
    if (pin !== null) {
      this.#modules.pins.put(agent, tool, pin);
      const standing = this.#rulings.ruleFor(question);
      // Only this peer's rule: what others were promised, they are asked about themselves.
      if (standing?.rule.effect === 'allow' && standing.rule.peerId === peerId) {
        this.#rules.renewPin(standing, pin);
      }
    }
    const rule =
      lasting === null ? null : this.#rules.answer({ peerId, agent, tool, effect: 'allow', pin, ...lasting });
    const decision: Decision = { effect: 'allow', by: 'person', ruleId: rule?.id ?? null };
    this.#room.settle(view.id, this.#rulings.allowed(decision, asShown(waiting)));
    if (rule !== null) this.#settleCovered(rule.id);
  }

  /** A denial holds even where the rule for the future cannot be stored. */
  #deny(waiting: Waiting, always: boolean): void {
    const { question, view } = waiting;
    const { peerId, agent, tool, pin } = question;
    let ruleId: RuleId | null = null;
    try {
      if (always) {
        const lasting = { expiresAt: null, untilQuit: false };
        ruleId = this.#rules.answer({ peerId, agent, tool, effect: 'deny', pin, ...lasting }).id;
      }
    } finally {
      this.#room.settle(view.id, refusal.byPerson(ruleId));
    }
    if (ruleId !== null) this.#settleCovered(ruleId);
  }

  /** The peer is blocked, and its rules do not wait for its return, even where the disk refuses. */
  #block({ view, question }: Waiting): void {
    const { peerId } = question;
    this.#room.settle(view.id, refusal.byPerson());
    this.#room.settleAll(refusal.blocked, (other) => other.question.peerId === peerId);
    try {
      this.#rules.forgetPeer(peerId);
    } finally {
      this.emit('block', peerId);
    }
  }

  /** Settles the other questions that a new rule answers. */
  #settleCovered(ruleId: RuleId): void {
    for (const waiting of this.#room.list()) {
      const ruling = this.#rulings.rule(waiting.question);
      if ('kind' in ruling || ruling.decision.ruleId !== ruleId) continue;
      const { decision } = ruling;
      this.#rules.used(ruleId);
      this.#room.settle(
        waiting.view.id,
        decision.effect === 'allow' ? this.#rulings.allowed(decision, asShown(waiting)) : ruling,
      );
    }
  }

  #waiting(id: ApprovalId): Waiting {
    const waiting = this.#room.get(id);
    if (waiting !== null) return waiting;
    throw new GateError(
      'NOT_FOUND',
      'This question no longer waits: it was answered, withdrawn or has expired.',
    );
  }
}
