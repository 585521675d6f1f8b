import { describe, expect, it } from 'vitest';
import { fits, type Answer, type ApprovalView } from '../../../../../shared/gate.ts';
import {
  alice,
  bob,
  expectAllowed,
  expectWaiting,
  inShort,
  makeWorld,
  notes,
  only,
  pinA,
  pinB,
  question,
  readOnly,
  rule,
  type World,
} from './setup.ts';

const answers: Answer[] = [
  { kind: 'allow-once', edited: null },
  { kind: 'allow-for', seconds: 60, limits: null },
  { kind: 'allow-until-quit', limits: null },
  { kind: 'allow-always', limits: null },
  { kind: 'deny', always: false, reason: null },
  { kind: 'deny', always: true, reason: null },
  { kind: 'deny-and-block' },
];
const view = ({ gate }: World): ApprovalView => only(gate.approvals());
const answer = (world: World, given: Answer): void =>
  world.gate.answer(view(world).id, view(world).digest, given);

describe('a call over a legacy link', () => {
  it('is asked about whatever a rule allows, however much the peer is trusted', () => {
    for (const change of [{}, { peerId: alice }, { peerId: alice, agent: notes, tool: 'add', pin: pinA }]) {
      const world = makeWorld();
      world.settings.trustedMayRead = true;
      world.gate.addRule(rule(change));
      expect(inShort(world.gate.decide(question()))).toBe('allow:rule');
      const asked = question({ path: 'legacy', trust: 'trusted', annotations: readOnly });
      expect(inShort(world.gate.decide(asked))).toBe('ask');
      expect(view(world)).toMatchObject({ path: 'legacy', direction: 'in', toolChanged: false });
      world.gate.stop();
    }
  });

  it('is refused as any other is', () => {
    const world = makeWorld();
    const legacy = (change = {}) => inShort(world.gate.decide(question({ path: 'legacy', ...change })));
    expect(legacy({ trust: 'unknown' })).toBe('deny:unknown-peer');
    expect(legacy({ trust: 'blocked' })).toBe('deny:blocked');
    world.gate.addRule(rule({ effect: 'deny', agent: notes }));
    expect(legacy()).toBe('deny:rule');
    world.gate.setStopped(true);
    expect(legacy()).toBe('deny:stopped');
  });

  it('says that its tool has changed', () => {
    const world = makeWorld();
    world.pins.set('notes/add', pinA);
    expectWaiting(world.gate.decide(question({ path: 'legacy', pin: pinB })));
    expect(view(world).toolChanged).toBe(true);
  });

  it.each(answers)('is answered for itself only: %o', async (given) => {
    const world = makeWorld();
    const verdict = expectWaiting(world.gate.decide(question({ path: 'legacy' })));
    const may = !['allow-for', 'allow-until-quit', 'allow-always'].includes(given.kind);
    expect(fits(view(world), given)).toBe(may);
    if (!may) {
      expect(() => answer(world, given)).toThrow(
        expect.objectContaining({ code: 'INVALID', message: expect.stringMatching(/each time/u) }),
      );
      expect(world.gate.rules()).toEqual([]);
      expect(inShort(world.gate.decide(question({ path: 'legacy' })))).toBe('ask');
      return;
    }
    answer(world, given);
    expect((await verdict.outcome).effect).toBe(given.kind === 'allow-once' ? 'allow' : 'deny');
  });

  it('goes on waiting when another call makes a rule that would allow it', async () => {
    const world = makeWorld();
    const waiting = expectWaiting(world.gate.decide(question({ path: 'legacy' })));
    world.gate.addRule(rule());
    expect(view(world)).toMatchObject({ path: 'legacy' });
    world.gate.addRule(rule({ effect: 'deny' }));
    expect(await waiting.outcome).toMatchObject({ effect: 'deny', decision: { by: 'rule' } });
  });
});

describe('a call of our own over a legacy link', () => {
  const own = (change = {}) =>
    question({ direction: 'out', path: 'legacy', pin: null, source: '', trust: 'trusted', ...change });

  it('is asked about whatever the rules say, and runs once as it was shown', async () => {
    const world = makeWorld();
    for (const effect of ['allow', 'deny'] as const) world.gate.addRule(rule({ effect }));
    for (const trust of ['unknown', 'known', 'trusted'] as const) {
      const asked = own({ trust });
      const verdict = expectWaiting(world.gate.decide(asked));
      expect(view(world)).toMatchObject({ direction: 'out', before: { allowed: 7, denied: 0 } });
      answer(world, { kind: 'allow-once', edited: null });
      const { check, decision } = expectAllowed(await verdict.outcome);
      expect(decision).toEqual({ effect: 'allow', by: 'person', ruleId: null });
      const now = { args: { times: 2, text: 'hello' }, pin: null, source: '' };
      expect(check(now)).toBeNull();
      expect(check(now)).not.toBeNull();
    }
    expect(world.pins.size).toBe(0);
  });

  it('does not run with other arguments than were shown', async () => {
    const world = makeWorld();
    const verdict = expectWaiting(world.gate.decide(own()));
    answer(world, { kind: 'allow-once', edited: null });
    const { check } = expectAllowed(await verdict.outcome);
    expect(check({ args: { text: 'bye' }, pin: null, source: '' })).toMatchObject({ code: -32060 });
  });

  it('has a digest of its own', () => {
    const world = makeWorld();
    world.gate.decide(question({ path: 'legacy' }));
    world.gate.decide(question({ path: 'legacy', direction: 'out' }));
    expect(new Set(world.gate.approvals().map(({ digest }) => digest)).size).toBe(2);
  });

  it('is stopped with all else, and never goes to a blocked peer', async () => {
    const world = makeWorld();
    expect(inShort(world.gate.decide(own({ trust: 'blocked' })))).toBe('deny:blocked');
    const verdict = expectWaiting(world.gate.decide(own()));
    world.gate.setStopped(true);
    expect(await verdict.outcome).toMatchObject({ effect: 'deny', decision: { by: 'stopped' } });
    expect(inShort(world.gate.decide(own()))).toBe('deny:stopped');
  });

  it.each(answers)('makes no rule: %o', async (given) => {
    const world = makeWorld();
    const verdict = expectWaiting(world.gate.decide(own()));
    const may =
      given.kind === 'allow-once' ||
      given.kind === 'deny-and-block' ||
      (given.kind === 'deny' && !given.always);
    expect(fits(view(world), given)).toBe(may);
    if (may) {
      answer(world, given);
      expect((await verdict.outcome).effect).toBe(given.kind === 'allow-once' ? 'allow' : 'deny');
    } else {
      expect(() => answer(world, given)).toThrow(expect.objectContaining({ code: 'INVALID' }));
    }
    expect(world.gate.rules()).toEqual([]);
    expect(world.events.blocked).toEqual(given.kind === 'deny-and-block' ? [alice] : []);
  });

  it('is not touched by what becomes of an agent of ours with the same name', () => {
    const world = makeWorld();
    world.gate.decide(question());
    world.gate.decide(own());
    world.gate.forgetAgent(notes);
    expect(view(world).direction).toBe('out');
    world.gate.forgetPeer(bob);
    expect(world.gate.approvals()).toHaveLength(1);
    world.gate.forgetPeer(alice);
    expect(world.gate.approvals()).toEqual([]);
  });

  it('waits whatever calls of the peer wait', () => {
    const world = makeWorld();
    for (let at = 0; at < 9; at += 1) world.gate.decide(question());
    expect(world.gate.approvals()).toHaveLength(8);
    expect(inShort(world.gate.decide(own()))).toBe('ask');
  });
});
