import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GateOutcome } from '../../../../../main/host/gate/index.ts';
import { allowOnce, denyOnce, type Answer } from '../../../../../shared/gate.ts';
import {
  alice,
  bob,
  expectAllowed,
  expectDecided,
  inShort,
  makeWorld,
  only,
  pinA,
  pinB,
  question,
  readOnly,
  rule,
  sourceA,
  sourceB,
  unstated,
  type World,
} from './setup.ts';
import { answer, ask, later, theQuestion } from './asking.ts';

/** What a hostile caller, or agent, may try at the gate; each is refused, and the refusal says so. */
let world: World;
beforeEach(() => {
  vi.useFakeTimers();
  world = makeWorld();
});
afterEach(() => {
  world.gate.stop();
  vi.useRealTimers();
});

const same = { args: { text: 'hello', times: 2 }, pin: pinA, source: sourceA };
const notRun = { code: -32060, data: { reason: 'tool-changed' } };
const always: Answer = { kind: 'allow-always', limits: null };
const allowed = (outcome: GateOutcome) => expectAllowed(outcome);
const nested = (depth: number): Record<string, unknown> => {
  let value: Record<string, unknown> = { end: true };
  for (let level = 1; level < depth; level += 1) value = { in: value };
  return value;
};

describe('changed arguments between approval and execution', () => {
  it.each([
    ['a value', { text: 'hello', times: 3 }],
    ['an argument more', { text: 'hello', times: 2, force: true }],
    ['an argument less', { text: 'hello' }],
    ['another type', { text: 'hello', times: '2' }],
    [
      'another form of the same letters',
      { text: 'hello'.normalize('NFD').replace('e', 'e\u0301'), times: 2 },
    ],
  ])('do not run: %s', async (_, args) => {
    const { outcome } = ask(world);
    answer(world, allowOnce);
    expect(allowed(await outcome).check({ ...same, args })).toMatchObject(notRun);
  });

  it('do not run in place of what the person wrote', async () => {
    const { outcome } = ask(world);
    answer(world, { kind: 'allow-once', edited: '{"text":"safe"}' });
    const { check, args } = allowed(await outcome);
    args['text'] = 'unsafe';
    expect(check({ ...same, args })).toMatchObject(notRun);
  });

  it('do not run where they changed while the answer could still be taken back', async () => {
    const args: Record<string, unknown> = { path: '/tmp/a' };
    const { outcome } = ask(world, { args });
    answer(world, allowOnce, 3000);
    args['path'] = '/etc/passwd';
    later(world, 3000);
    const verdict = allowed(await outcome);
    expect(verdict.check({ ...same, args: verdict.args })).toMatchObject(notRun);
  });
});

describe('a replayed approval', () => {
  it('runs nothing a second time', async () => {
    const { outcome } = ask(world);
    answer(world, allowOnce);
    const { check } = allowed(await outcome);
    expect(check(same)).toBeNull();
    expect(check(same)).toMatchObject({ code: -32060 });
  });

  it('is no answer to the next question like it', () => {
    ask(world);
    const first = answer(world, allowOnce);
    ask(world);
    const second = theQuestion(world);
    expect(second.digest).toBe(first.digest);
    expect(() => world.gate.answer(first.id, first.digest, allowOnce)).toThrow(
      expect.objectContaining({ code: 'NOT_FOUND' }),
    );
    expect(world.gate.approvals()).toEqual([second]);
  });

  it('is none after it was taken back: what was taken back is never carried out', async () => {
    const { outcome } = ask(world);
    const { id, digest } = answer(world, always, 3000);
    world.gate.undo([id]);
    later(world, 10_000);
    expect(world.gate.rules()).toEqual([]);
    expect(world.pins.size).toBe(0);
    world.gate.answer(id, digest, denyOnce);
    expect(await outcome).toMatchObject({ effect: 'deny', decision: { by: 'person' } });
    expect(() => world.gate.answer(id, digest, allowOnce)).toThrow(
      expect.objectContaining({ code: 'NOT_FOUND' }),
    );
  });

  it('is none for another peer, agent, tool or direction', () => {
    ask(world);
    const { digest } = theQuestion(world);
    for (const change of [{ peerId: bob }, { tool: 'drop' }, { source: sourceB }, { pin: pinB }] as const) {
      ask(world, change);
    }
    for (const other of world.gate.approvals().slice(1)) {
      expect(() => world.gate.answer(other.id, digest, allowOnce)).toThrow(
        expect.objectContaining({ code: 'CONFLICT' }),
      );
    }
    expect(world.gate.approvals()).toHaveLength(5);
  });
});

describe('a tool that is not what it was', () => {
  beforeEach(() => {
    ask(world, { annotations: readOnly });
    answer(world, always);
    expect(inShort(world.gate.decide(question({ annotations: readOnly })))).toBe('allow:rule');
  });

  it('is a new one under another name', () => {
    for (const tool of ['add ', 'Add', 'ad\u0064\u200b', '\u0430dd']) {
      ask(world, { tool });
      expect(theQuestion(world).toolChanged).toBe(false);
      answer(world, denyOnce);
    }
  });

  it('is asked about where its annotations have changed, with the risk of now', async () => {
    // Annotations are a part of the definition, and so of the pin.
    const { outcome } = ask(world, { annotations: unstated, pin: pinB });
    expect(theQuestion(world)).toMatchObject({ toolChanged: true, risk: 'destroys', ruleId: null });
    answer(world, denyOnce);
    expect(await outcome).toMatchObject({ effect: 'deny' });
    ask(world, { annotations: unstated, pin: pinB }).cancel();
  });

  it('does not run where it changed after it was allowed', async () => {
    const decided = allowed(expectDecided(world.gate.decide(question())));
    expect(decided.check({ args: decided.args, pin: pinB, source: sourceA })).toMatchObject(notRun);
    const { outcome } = ask(world, { tool: 'other' });
    answer(world, allowOnce);
    expect(allowed(await outcome).check({ ...same, pin: pinB })).toMatchObject(notRun);
  });

  it('does not run as another program of the same name, and keeps no permission there', async () => {
    const { outcome } = ask(world, { tool: 'other' });
    answer(world, allowOnce);
    expect(allowed(await outcome).check({ ...same, source: sourceB })).toMatchObject(notRun);
    world.gate.forgetAgent(question().agent);
    expect(inShort(world.gate.decide(question({ source: sourceB })))).toBe('ask');
  });

  it('is not made harmless by what its caller says of it', () => {
    ask(world, { annotations: unstated, tool: 'other', raised: 'reads' });
    expect(theQuestion(world)).toMatchObject({ risk: 'destroys', riskRaised: false });
  });
});

describe('arguments that nobody could take in', () => {
  it.each([129, 1000, 100_000])('are refused when they are nested %i deep', (depth) => {
    expect(expectDecided(world.gate.decide(question({ args: nested(depth) })))).toMatchObject({
      effect: 'deny',
      decision: { by: 'limits' },
      error: { code: -32602, data: { reason: 'bad-message' } },
    });
    expect(world.gate.approvals()).toEqual([]);
  });

  it('are still shown when they are nested 128 deep', () => {
    ask(world, { args: nested(128) });
  });

  it('are refused when one peer has too much of them, and told in their full size until then', () => {
    const args = { text: 'x'.repeat(9 * 1024 * 1024) };
    ask(world, { args });
    expect(theQuestion(world).arguments).toEqual([
      { name: 'text', preview: `"${'x'.repeat(1999)}`, length: args.text.length + 2 },
    ]);
    expect(inShort(world.gate.decide(question({ args })))).toBe('deny:limits');
  });

  it('do not hide in a name that is too long to be shown', () => {
    const name = `safe${'\u200b'.repeat(500)}/etc/passwd`;
    ask(world, { args: { [name]: 1 } });
    const [shown] = theQuestion(world).arguments;
    expect(shown?.name).toMatch(/… \(515 characters\)$/u);
    expect(world.gate.argumentsOf(theQuestion(world).id)).toContain('/etc/passwd');
  });

  it('do not hide in their number', () => {
    const args = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`a${at}`, at]));
    ask(world, { args });
    expect(theQuestion(world).arguments.at(-1)?.preview).toMatch(/^436 more arguments/u);
  });
});

describe('a peer that floods the person', () => {
  it('has so many questions and no more, and others are still heard', () => {
    const decided = Array.from({ length: 10_000 }, () => inShort(world.gate.decide(question())));
    expect(decided.filter((one) => one === 'ask')).toHaveLength(8);
    expect(new Set(decided.slice(8))).toEqual(new Set(['deny:limits']));
    expect(expectDecided(world.gate.decide(question()))).toMatchObject({
      error: { code: -32065, data: { reason: 'too-many-questions' } },
    });
    ask(world, { peerId: bob });
  });

  it('gains no room by going away, by coming back, or by answers that can be taken back', () => {
    const waiting = Array.from({ length: 8 }, () => ask(world));
    for (const verdict of waiting) verdict.away(true);
    for (const { id, digest } of world.gate.approvals()) world.gate.answer(id, digest, denyOnce, 3000);
    expect(inShort(world.gate.decide(question()))).toBe('deny:limits');
    later(world, 3000);
    ask(world);
  });

  it('does not push aside what waits already when the settings become stricter', () => {
    const waiting = Array.from({ length: 8 }, () => ask(world));
    world.settings.questionsPerPeer = 1;
    expect(inShort(world.gate.decide(question()))).toBe('deny:limits');
    expect(world.gate.approvals()).toHaveLength(waiting.length);
  });
});

describe('whoever calls', () => {
  it('makes, changes and removes no rule, whatever is asked and however it is called', () => {
    const made = world.gate.addRule(rule({ effect: 'ask', peerId: alice }));
    const before = JSON.stringify([world.gate.rules().map(({ id, effect }) => [id, effect]), world.history]);
    const hostile = [
      { tool: 'rules.add', args: { ...rule(), effect: 'allow' } },
      { tool: 'approvals.answer', args: { id: made.id, answer: always } },
      { agent: question().agent, args: { __proto__: null, rule: rule() } },
      { tool: 'settings.set', args: { trustedMayRead: true } },
      { raised: 'reads' as const, args: {} },
    ];
    for (const change of hostile) {
      const verdict = ask(world, change);
      verdict.away(true);
      verdict.cancel();
    }
    expect(JSON.stringify([world.gate.rules().map(({ id, effect }) => [id, effect]), world.history])).toBe(
      before,
    );
    expect(world.settings.trustedMayRead).toBe(false);
    expect(world.pins.size).toBe(0);
    expect(world.events.blocked).toEqual([]);
    expect(only(world.gate.rules()).id).toBe(made.id);
  });

  it('is given nothing to do so with: a verdict only withdraws, and says that its caller is away', () => {
    expect(Object.keys(ask(world)).toSorted()).toEqual([
      'away',
      'cancel',
      'deadline',
      'kind',
      'onDeadline',
      'outcome',
    ]);
  });

  it('gains nothing from an answer of the person that was for once', async () => {
    const { outcome } = ask(world);
    answer(world, allowOnce);
    await outcome;
    expect(world.gate.rules()).toEqual([]);
    ask(world);
  });
});
