import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJudge, type GateQuestion, type UsageOf } from '../../../../../main/host/gate/index.ts';
import type { Budget, Rule } from '../../../../../shared/rules.ts';
import { args, crowdedRules, fullArgs, rules, T } from './rule-arbitraries.ts';
import { modelDecides } from './rule-model.ts';
import {
  alice,
  files,
  inShort,
  makeWorld,
  notes,
  pinA,
  pinB,
  question,
  readOnly,
  unstated,
  type World,
} from './setup.ts';

const asked: fc.Arbitrary<GateQuestion> = fc
  .record({
    agent: fc.constantFrom(notes, notes, files),
    tool: fc.constantFrom('add', 'add', 'drop'),
    trust: fc.constantFrom('unknown' as const, 'known' as const, 'trusted' as const, 'blocked' as const),
    path: fc.oneof(
      { weight: 5, arbitrary: fc.constant('lan' as const) },
      { weight: 1, arbitrary: fc.constant('legacy' as const) },
    ),
    annotations: fc.constantFrom(readOnly, unstated),
    args,
  })
  .map((change) => question({ peerId: alice, ...change }));
const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);
const surroundings = fc.record({
  stopped: rarely,
  trustedMayRead: fc.boolean(),
  paused: rarely,
  quiet: rarely,
  pin: fc.constantFrom(null, null, pinA, pinB),
  usedUp: fc.boolean(),
});
type Surroundings = typeof surroundings extends fc.Arbitrary<infer T> ? T : never;

const used = (subject: string, calls: number): UsageOf => ({
  subject,
  at: T - 300_000,
  calls,
  bytes: 0,
  seconds: 0,
});
const oneCall: Budget = { calls: 1, bytes: null, seconds: null };
const always = { days: [0, 1, 2, 3, 4, 5, 6], from: '00:00', to: '00:00', refuse: true };

function worldOf(list: readonly Rule[], around: Surroundings, tool: string): World {
  const usage = list.filter(() => around.usedUp).map(({ id }) => used(`rule:${id}`, 5));
  if (around.paused) usage.push(used(`peer:${alice}`, 1));
  const world = makeWorld(list, { usage });
  world.clock.wall = T;
  if (around.paused) world.budgets.set(alice, oneCall);
  if (around.pin !== null) world.pins.set(tool, around.pin);
  world.settings.trustedMayRead = around.trustedMayRead;
  world.settings.quietHours = around.quiet ? always : null;
  world.gate.setStopped(around.stopped);
  return world;
}

function decided(world: World, one: GateQuestion): string {
  const verdict = world.gate.decide(one);
  if (verdict.kind === 'decided') return inShort(verdict);
  const isReviewed = world.gate.approvals()[0]?.reviewed === true;
  verdict.cancel();
  return isReviewed ? 'review' : 'ask';
}

describe('the order of decisions', { timeout: 60_000 }, () => {
  it('is that of a small model that filters and sorts all rules, over thousands of cases', () => {
    fc.assert(
      fc.property(rules, asked, surroundings, (list, one, around) => {
        const world = worldOf(list, around, `${one.agent}/${one.tool}`);
        const expected = modelDecides(one, list, {
          ...around,
          at: T,
          usedUp: (rule) => rule.limits !== null && around.usedUp,
        });
        expect(decided(world, one)).toBe(expected);
      }),
      { numRuns: 4000 },
    );
  });

  it('is that of the model among many rules that only the arguments tell apart', () => {
    const around = {
      stopped: false,
      trustedMayRead: false,
      paused: false,
      quiet: false,
      pin: null,
      usedUp: false,
    };
    fc.assert(
      fc.property(crowdedRules, fullArgs, (list, some) => {
        const one = question({ args: some });
        const expected = modelDecides(one, list, { ...around, at: T, usedUp: () => false });
        expect(decided(worldOf(list, around, 'notes/add'), one)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('is the same whatever the order in which the rules came', () => {
    const twice = rules.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(twice, asked, surroundings, ([list, shuffled], one, around) => {
        const tool = `${one.agent}/${one.tool}`;
        const explain = (of: readonly Rule[]) => worldOf(of, around, tool).gate.explain(one, null);
        expect(explain(shuffled)).toEqual(explain(list));
      }),
      { numRuns: 1000 },
    );
  });

  it('is what an explanation says, with the rule that decides', () => {
    fc.assert(
      fc.property(rules, asked, surroundings, (list, one, around) => {
        const world = worldOf(list, around, `${one.agent}/${one.tool}`);
        const { effect, by, ruleId, steps, rules: looked, sentence } = world.gate.explain(one, null);
        const short = decided(world, one);
        expect(short.split(':')[0]).toBe(effect === 'ask-and-review' ? 'review' : effect);
        expect(steps.filter((step) => step.decided).map(({ step }) => step)).toEqual([by]);
        expect(steps.at(-1)?.decided).toBe(true);
        expect(steps.at(-1)?.text).toBe(sentence);
        const deciding = looked.filter(({ outcome }) => outcome === 'decides' || outcome === 'used-up');
        expect(deciding.map((rule) => rule.ruleId)).toEqual(ruleId === null ? [] : [ruleId]);
      }),
      { numRuns: 2000 },
    );
  });

  it('is that of the judge, where nothing but rules decides', () => {
    fc.assert(
      fc.property(rules, asked, (list, one) => {
        fc.pre(one.trust !== 'blocked');
        const plain = list.map((rule) => ({ ...rule, pin: null }));
        const world = makeWorld(plain);
        world.clock.wall = T;
        const explained = world.gate.explain({ ...one, path: 'lan' }, null);
        const judged = createJudge(plain).judge({ ...one, at: T, bytes: 0, seconds: 0 });
        if (explained.ruleId === null) expect(judged).toBeNull();
        else expect(judged).toEqual({ effect: explained.effect, ruleId: explained.ruleId });
      }),
      { numRuns: 1500 },
    );
  });
});
