import { RuleId, type PeerId } from '../../../shared/ids.ts';
import type { Explanation, RuleView } from '../../../shared/rules.ts';
import { ArgumentFacts } from './argument-facts.ts';
import { Budgets } from './budgets.ts';
import { explained } from './explain.ts';
import { Moment } from './hours.ts';
import type { GateModules } from './index.ts';
import type { Pending } from './limits.ts';
import { RuleBook } from './rule-book.ts';
import { Rulings, type Asked } from './rulings.ts';
import { UnderWay } from './under-way.ts';
import { UsageClock } from './usage-clock.ts';
import { UsageMeter } from './usage-meter.ts';

interface EngineOptions {
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly modules: GateModules;
  /** Whether nobody is to be asked at that time. */
  readonly refusesToAsk: (at: number) => boolean;
  readonly onRule: (id: RuleId, view: RuleView | null) => void;
  readonly onVersion: (version: number) => void;
  readonly onBudget: (peerId: PeerId) => void;
}

/** How often what was used is written and told, and, at the latest, expired rules are swept away. */
const SWEEP_MS = 1000;
const RULE = /^rule:(.+)$/;

/** The parts that decide without asking anybody: rules, what is used of limits and budgets, and what is made of both. */
export class Engine {
  readonly rules: RuleBook;
  readonly rulings: Rulings;
  readonly budgets: Budgets;
  readonly #options: EngineOptions;
  readonly #meter: UsageMeter;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: EngineOptions) {
    const { now, monotonic, modules, refusesToAsk, onRule, onVersion, onBudget } = options;
    const { pins, settings, budgets } = modules;
    this.#options = options;
    const stored = modules.usage.list();
    const newest = stored.reduce((latest, { at }) => Math.max(latest, at), 0);
    const clock = new UsageClock(now, monotonic, newest);
    const meter = new UsageMeter(() => clock.now(), stored);
    this.#meter = meter;
    const underWay = new UnderWay(monotonic);
    const pendingOf = (subject: string): Pending | null => {
      const running = underWay.of(subject);
      return running === null ? null : { ...running, longest: settings().executionSeconds };
    };
    this.rules = new RuleBook({
      now,
      monotonic,
      pins,
      store: modules.rules,
      usageOf: (of) => meter.used(of),
      onChange: onRule,
      onVersion,
    });
    this.budgets = new Budgets({ budgets, settings, meter, pendingOf, clock, onChange: onBudget });
    this.rulings = new Rulings({
      rules: this.rules,
      budgets: this.budgets,
      meter,
      underWay,
      pendingOf,
      pins,
      settings,
      refusesToAsk,
    });
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#meter.flush(this.#options.modules.usage);
    this.rules.stop();
  }

  /** See `Gate.explain`. */
  explain(question: Asked, at: number | null): Explanation {
    const moment = at === null ? this.rules.moment() : new Moment(at, null);
    const facts = new ArgumentFacts(question.args);
    const finding = this.rulings.find(question, facts, moment);
    const { index } = this.rules;
    return explained({
      question,
      facts,
      finding,
      moment,
      bearings: () => index.bearings(question, facts, moment),
      usageOf: (meter) => (at === null ? this.#meter.used(meter) : this.#meter.usedAt(meter, at)),
      budgetOf: (peerId) => this.budgets.of(peerId),
    });
  }

  #sweep(): void {
    this.#meter.flush(this.#options.modules.usage);
    const changed = this.#meter.takeChanged();
    for (const subject of changed) {
      const id = RULE.exec(subject)?.[1];
      if (id !== undefined) this.rules.note(RuleId.parse(id));
    }
    this.rules.sweep();
    this.budgets.tell(changed);
    this.#meter.sweep();
  }
}
