import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { allowOnce, ApprovalView, denyOnce } from '../../../../../shared/gate.ts';
import {
  alice,
  expectAllowed,
  inShort,
  makeWorld,
  only,
  pinA,
  question,
  readOnly,
  rule,
  sourceA,
} from './setup.ts';
import type { World } from './setup.ts';
import { answer, ask, isSettled, later, theQuestion } from './asking.ts';

let world: World;
beforeEach(() => {
  vi.useFakeTimers();
  world = makeWorld();
});
afterEach(() => {
  world.gate.stop();
  vi.useRealTimers();
});

const edit = (edited: string) => ({ kind: 'allow-once', edited }) as const;
const now = { pin: pinA, source: sourceA };

describe('changed arguments', () => {
  it('are what may run, and nothing else', async () => {
    const { outcome } = ask(world);
    answer(world, edit('{"times": 1, "text": "bye"}'));
    const allowed = expectAllowed(await outcome);
    expect(allowed).toMatchObject({ args: { text: 'bye', times: 1 }, edited: true });
    expect(allowed.check({ ...now, args: allowed.args })).toBeNull();
    expect(allowed.check({ ...now, args: allowed.args })).toMatchObject({ code: -32060 });
  });

  it.each([
    ['the arguments that were asked for', { text: 'hello', times: 2 }],
    ['others still', { text: 'bye', times: 2 }],
  ])('do not let %s run', async (_, args) => {
    const { outcome } = ask(world);
    answer(world, edit('{"times": 1, "text": "bye"}'));
    expect(expectAllowed(await outcome).check({ ...now, args })).toMatchObject({
      data: { reason: 'tool-changed' },
    });
  });

  it('that are the same are no change', async () => {
    const { outcome } = ask(world);
    answer(world, edit(' {"times":2.0, "text":"hello"} '));
    expect(expectAllowed(await outcome)).toMatchObject({ edited: false, args: { text: 'hello', times: 2 } });
  });

  it.each([
    ['', /no JSON/u],
    ['{', /no JSON/u],
    ['[1]', /no JSON object/u],
    ['null', /no JSON object/u],
    ['"text"', /no JSON object/u],
    [`{"deep":${'['.repeat(200)}${']'.repeat(200)}}`, /too deeply/u],
    [String.raw`{"half":"\ud800"}`, /broken characters/u],
    ['{"big":1e999}', /too large/u],
  ])('%s are refused, and the question goes on waiting', async (text, why) => {
    const { outcome } = ask(world);
    for (const undoMs of [0, 1000]) {
      expect(() => answer(world, edit(text), undoMs)).toThrow(
        expect.objectContaining({ code: 'INVALID', message: expect.stringMatching(why) }),
      );
    }
    expect(theQuestion(world).answered).toBeNull();
    expect(await isSettled(outcome)).toBe(false);
  });

  it('keep an argument named __proto__ as what it is', async () => {
    const { outcome } = ask(world);
    answer(world, edit('{"__proto__": {"admin": true}}'));
    const allowed = expectAllowed(await outcome);
    expect(JSON.stringify(allowed.args)).toBe('{"__proto__":{"admin":true}}');
    expect(allowed.check({ ...now, args: allowed.args })).toBeNull();
    expect(Object.getPrototypeOf(allowed.args)).toBe(Object.prototype);
  });
});

describe('a lasting answer', () => {
  it('makes a rule with the limits that were given', () => {
    ask(world);
    const none = { calls: null, bytes: null, seconds: null };
    const limits = { hour: { ...none, calls: 1 }, day: none };
    answer(world, { kind: 'allow-for', seconds: 60, limits });
    expect(only(world.gate.rules())).toMatchObject({ effect: 'allow', limits });
    expect(inShort(world.gate.decide(question()))).toBe('ask');
  });
});

describe('a denial', () => {
  it('tells the caller the reason, visibly', async () => {
    const { outcome } = ask(world);
    answer(world, { kind: 'deny', always: false, reason: 'Not today\u202e\u0007 ⟨x' });
    expect(await outcome).toMatchObject({
      error: {
        code: -32060,
        message: 'The person there denied this call: Not today⟨U+202E⟩⟨U+0007⟩ ⟨U+27E8⟩x',
        data: { reason: 'denied-by-person', said: 'Not today⟨U+202E⟩⟨U+0007⟩ ⟨U+27E8⟩x' },
      },
    });
  });

  it('tells no more than 200 characters, and nothing where nothing was said', async () => {
    const long = ask(world);
    answer(world, { kind: 'deny', always: false, reason: '\u0000'.repeat(200) });
    const outcome = await long.outcome;
    if (outcome.effect !== 'deny') throw new Error('allowed');
    expect(String(outcome.error.data?.['said']).length).toBeLessThanOrEqual(200);
    const silent = ask(world);
    answer(world, denyOnce);
    expect(await silent.outcome).toMatchObject({
      error: { message: 'The person there denied this call.', data: { reason: 'denied-by-person' } },
    });
  });
});

describe('a question that is put off', () => {
  it('waits on, with its time beginning anew then, and tells the caller', () => {
    const verdict = ask(world);
    const told: number[] = [];
    verdict.onDeadline = (deadline) => told.push(deadline);
    const begun = world.clock.wall;
    answer(world, { kind: 'later', minutes: 20 });
    const deadline = begun + 20 * 60_000 + 300_000;
    expect(ApprovalView.parse(theQuestion(world))).toMatchObject({
      laterUntil: begun + 20 * 60_000,
      deadline,
      answered: null,
    });
    expect(told).toEqual([deadline]);
    later(world, 20 * 60_000);
    expect(theQuestion(world).laterUntil).toBeNull();
    expect(world.events.approvals.at(-1)?.[1]?.laterUntil).toBeNull();
    later(world, 299_999);
    expect(world.gate.approvals()).toHaveLength(1);
    later(world, 1);
    expect(world.gate.approvals()).toEqual([]);
  });

  it('ends 55 minutes after it was asked, whatever is answered', async () => {
    const verdict = ask(world);
    const { askedAt } = theQuestion(world);
    answer(world, { kind: 'later', minutes: 50 });
    expect(theQuestion(world).deadline).toBe(askedAt + 55 * 60_000);
    later(world, 50 * 60_000);
    expect(() => answer(world, { kind: 'later', minutes: 5 })).toThrow(
      expect.objectContaining({ code: 'INVALID', message: expect.stringMatching(/by 4 minutes at most/u) }),
    );
    answer(world, { kind: 'later', minutes: 4 });
    later(world, 5 * 60_000 - 1);
    expect(await isSettled(verdict.outcome)).toBe(false);
    later(world, 1);
    expect(await verdict.outcome).toMatchObject({ decision: { by: 'expired' } });
  });

  it('can be answered at any time, and over a legacy link too', async () => {
    const verdict = ask(world, { path: 'legacy' });
    answer(world, { kind: 'later', minutes: 10 });
    later(world, 60_000);
    answer(world, allowOnce);
    expect(await verdict.outcome).toMatchObject({ effect: 'allow' });
  });
});

describe('an answer that can be taken back', () => {
  it('is carried out when its time is over, and not before', async () => {
    const { outcome } = ask(world);
    const { id } = answer(world, { kind: 'allow-always', limits: null }, 3000);
    expect(ApprovalView.parse(theQuestion(world)).answered).toEqual({
      kind: 'allow-always',
      at: world.clock.wall + 3000,
    });
    later(world, 2999);
    expect(await isSettled(outcome)).toBe(false);
    expect(world.gate.rules()).toEqual([]);
    later(world, 1);
    expect(await outcome).toMatchObject({ effect: 'allow' });
    expect(only(world.gate.rules()).effect).toBe('allow');
    expect(world.events.approvals.at(-1)).toEqual([id, null]);
  });

  it('is taken back, and the question waits as long as it still had', async () => {
    const { outcome } = ask(world);
    later(world, 299_000);
    const { id, deadline } = answer(world, denyOnce, 3000);
    // Its time does not run meanwhile.
    later(world, 2500);
    world.gate.undo([id]);
    expect(theQuestion(world)).toMatchObject({ answered: null, deadline: deadline + 2500 });
    later(world, 999);
    expect(await isSettled(outcome)).toBe(false);
    later(world, 1);
    expect(await outcome).toMatchObject({ decision: { by: 'expired' } });
  });

  it('tells the caller of the deadline that has moved', () => {
    const verdict = ask(world);
    const told: number[] = [];
    verdict.onDeadline = (deadline) => told.push(deadline);
    const { id } = answer(world, denyOnce, 3000);
    later(world, 1000);
    world.gate.undo([id]);
    expect(told).toEqual([theQuestion(world).deadline]);
  });

  it('given and taken back again and again gains no more than 55 minutes', () => {
    ask(world);
    const { id, askedAt } = theQuestion(world);
    for (let time = 0; time < 200; time += 1) {
      answer(world, denyOnce, 30_000);
      later(world, 29_999);
      world.gate.undo([id]);
      later(world, 0);
      if (world.gate.approvals().length === 0) break;
      expect(theQuestion(world).deadline).toBeLessThanOrEqual(askedAt + 55 * 60_000);
    }
    expect(world.gate.approvals()).toEqual([]);
    expect(world.clock.wall).toBeLessThan(askedAt + 56 * 60_000);
  });

  it('stands in the way of a second one', async () => {
    const { outcome } = ask(world);
    const view = answer(world, denyOnce, 3000);
    for (const given of [allowOnce, denyOnce, { kind: 'later', minutes: 1 } as const]) {
      expect(() => world.gate.answer(view.id, view.digest, given)).toThrow(
        expect.objectContaining({ code: 'CONFLICT', message: expect.stringMatching(/answered already/u) }),
      );
    }
    later(world, 3000);
    expect(await outcome).toMatchObject({ effect: 'deny', decision: { by: 'person' } });
  });

  it('cannot be taken back once it is carried out; the others still are', async () => {
    const first = ask(world);
    const early = answer(world, allowOnce, 1000);
    ask(world, { tool: 'drop' });
    const [, view] = world.gate.approvals();
    if (view === undefined) throw new Error('no second');
    world.gate.answer(view.id, view.digest, denyOnce, 5000);
    later(world, 1000);
    expect(await first.outcome).toMatchObject({ effect: 'allow' });
    expect(() => world.gate.undo([early.id, view.id])).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
    expect(theQuestion(world).answered).toBeNull();
    world.gate.undo([view.id]);
  });

  it.each<[string, string, (gate: World['gate']) => void]>([
    ['stop all', 'stopped', (gate) => gate.setStopped(true)],
    ['the end of the host', 'withdrawn', (gate) => gate.stop()],
    ['the end of the contact', 'withdrawn', (gate) => gate.forgetPeer(alice)],
    ['another agent of this name', 'withdrawn', (gate) => gate.forgetAgent(question().agent)],
    ['a rule that denies', 'rule', (gate) => void gate.addRule(rule({ effect: 'deny', peerId: alice }))],
  ])('is overtaken by %s', async (_, by, happens) => {
    const { outcome } = ask(world);
    answer(world, { kind: 'allow-always', limits: null }, 3000);
    happens(world.gate);
    expect(await outcome).toMatchObject({ effect: 'deny', decision: { by } });
    later(world, 5000);
    expect(world.gate.rules().filter(({ effect }) => effect === 'allow')).toEqual([]);
    expect(world.pins.size).toBe(0);
  });

  it('is overtaken by the caller, who withdraws', async () => {
    const idle = vi.getTimerCount();
    const verdict = ask(world);
    answer(world, allowOnce, 3000);
    verdict.cancel();
    expect(vi.getTimerCount()).toBe(idle);
    expect(await verdict.outcome).toMatchObject({ decision: { by: 'withdrawn' } });
    later(world, 3000);
    expect(world.pins.size).toBe(0);
  });

  it('is overtaken by a block of its peer', async () => {
    const blocked = ask(world);
    ask(world, { tool: 'drop' });
    const [first, second] = world.gate.approvals();
    if (first === undefined || second === undefined) throw new Error('two wait');
    world.gate.answer(first.id, first.digest, allowOnce, 3000);
    world.gate.answer(second.id, second.digest, { kind: 'deny-and-block' });
    expect(await blocked.outcome).toMatchObject({ effect: 'deny', decision: { by: 'blocked' } });
    expect(world.events.blocked).toEqual([alice]);
  });

  it('is looked at anew when it is carried out: a rule whose hours have begun denies', async () => {
    const at = new Date(2026, 5, 1, 8, 59, 59).getTime();
    world.clock.wall = at;
    world.gate.addRule(
      rule({ effect: 'deny', hours: { days: [0, 1, 2, 3, 4, 5, 6], from: '09:00', to: '10:00' } }),
    );
    const { outcome } = ask(world);
    answer(world, allowOnce, 3000);
    later(world, 3000);
    expect(await outcome).toMatchObject({ effect: 'deny', decision: { by: 'rule' } });
  });

  it('that allows is not hurried by a rule that allows; one that denies goes on denying', async () => {
    const { outcome } = ask(world);
    answer(world, denyOnce, 3000);
    world.gate.addRule(rule());
    expect(await isSettled(outcome)).toBe(false);
    later(world, 3000);
    expect(await outcome).toMatchObject({ effect: 'deny', decision: { by: 'person' } });
  });

  it('that could not be stored leaves the question waiting', async () => {
    const { outcome } = ask(world);
    answer(world, { kind: 'allow-always', limits: null }, 1000);
    world.failStore.rules = true;
    later(world, 1000);
    expect(theQuestion(world).answered).toBeNull();
    expect(await isSettled(outcome)).toBe(false);
    world.failStore.rules = false;
    answer(world, allowOnce);
    expect(await outcome).toMatchObject({ effect: 'allow' });
  });
});

describe('a question', () => {
  it.each([
    ['reads', 'destroys', 'destroys', true],
    ['reads', 'changes', 'changes', true],
    ['destroys', 'reads', 'destroys', false],
    ['reads', 'reads', 'reads', false],
  ] as const)(
    'whose tool %s is, if the caller says that it %s, one that %s',
    (own, raised, risk, isRaised) => {
      const annotations = own === 'reads' ? readOnly : { ...readOnly, readOnly: false, destructive: true };
      ask(world, { annotations, raised });
      expect(theQuestion(world)).toMatchObject({ risk, riskRaised: isRaised });
    },
  );

  it('says which rule it is asked because of, and that its answer comes back', async () => {
    const made = world.gate.addRule(rule({ effect: 'ask-and-review', peerId: alice }));
    const { outcome } = ask(world);
    expect(theQuestion(world)).toMatchObject({ ruleId: made.id, reviewed: true });
    answer(world, allowOnce);
    expect(expectAllowed(await outcome).review).toBe(true);
  });

  it('says that its caller is away, and back', () => {
    const verdict = ask(world);
    verdict.away(true);
    expect(theQuestion(world).callerAway).toBe(true);
    verdict.away(false);
    expect(theQuestion(world).callerAway).toBe(false);
    verdict.cancel();
    verdict.away(true);
    expect(world.events.approvals.at(-1)?.[1]).toBeNull();
  });

  it('is refused beyond as many as the settings let one peer wait for', () => {
    world.settings.questionsPerPeer = 2;
    ask(world);
    ask(world);
    expect(inShort(world.gate.decide(question()))).toBe('deny:limits');
    expect(world.gate.waiting()).toBe(2);
  });
});
