import { describe, expect, it } from 'vitest';
import { RuleId } from '../../../../../shared/ids.ts';
import {
  alice,
  bob,
  expectDecided,
  expectWaiting,
  files,
  inShort,
  makeWorld,
  notes,
  pinA,
  pinB,
  question,
  readOnly,
  rule,
  unstated,
} from './setup.ts';

describe('the order of decisions', () => {
  it.each([
    ['unknown', false, 'deny:unknown-peer'],
    ['known', false, 'ask'],
    ['known', true, 'ask'],
    ['trusted', false, 'ask'],
    ['trusted', true, 'allow:default'],
    ['blocked', true, 'deny:blocked'],
  ] as const)('a %s peer without a rule, may read: %s', (trust, trustedMayRead, result) => {
    const world = makeWorld();
    world.settings.trustedMayRead = trustedMayRead;
    expect(inShort(world.gate.decide(question({ trust, annotations: readOnly })))).toBe(result);
  });

  it('does not take silence, or a hint not stated, for reading', () => {
    const world = makeWorld();
    world.settings.trustedMayRead = true;
    for (const annotations of [unstated, { ...readOnly, stated: false }, { ...readOnly, readOnly: false }]) {
      expect(inShort(world.gate.decide(question({ trust: 'trusted', annotations })))).toBe('ask');
    }
  });

  it('the panic switch goes before everything', () => {
    const world = makeWorld();
    world.gate.addRule(rule());
    world.gate.setStopped(true);
    const outcome = expectDecided(world.gate.decide(question({ trust: 'blocked' })));
    expect(outcome).toMatchObject({
      effect: 'deny',
      decision: { by: 'stopped' },
      error: { code: -32063, data: { reason: 'stopped' } },
    });
    world.gate.setStopped(false);
    expect(inShort(world.gate.decide(question()))).toBe('allow:rule');
  });

  it('no rule helps a blocked peer', () => {
    const world = makeWorld();
    world.gate.addRule(rule({ peerId: alice, agent: notes, tool: 'add' }));
    const outcome = expectDecided(world.gate.decide(question({ trust: 'blocked' })));
    expect(outcome).toMatchObject({
      effect: 'deny',
      error: { code: -32060, data: { reason: 'blocked-peer' } },
    });
  });

  it('a changed tool asks where it was allowed, and is denied where it was denied', () => {
    for (const effect of ['allow', 'ask'] as const) {
      const world = makeWorld();
      world.gate.addRule(rule({ effect }));
      world.pins.set('notes/add', pinA);
      expectWaiting(world.gate.decide(question({ pin: pinB })));
      expect(world.gate.approvals()[0]?.toolChanged).toBe(true);
      world.gate.stop();
    }
    const world = makeWorld();
    world.gate.addRule(rule({ effect: 'deny', pin: pinA }));
    world.pins.set('notes/add', pinA);
    expect(inShort(world.gate.decide(question({ pin: pinB })))).toBe('deny:rule');
  });

  it('a changed tool gives an unknown peer no way to ask', () => {
    const world = makeWorld();
    world.pins.set('notes/add', pinA);
    expect(inShort(world.gate.decide(question({ pin: pinB, trust: 'unknown' })))).toBe('deny:unknown-peer');
    world.gate.addRule(rule({ effect: 'deny' }));
    expect(inShort(world.gate.decide(question({ pin: pinB, trust: 'unknown' })))).toBe('deny:rule');
  });

  it('a changed tool is asked about even where a trusted peer may read', () => {
    const world = makeWorld();
    world.settings.trustedMayRead = true;
    world.pins.set('notes/add', pinA);
    expect(inShort(world.gate.decide(question({ pin: pinB, trust: 'trusted', annotations: readOnly })))).toBe(
      'ask',
    );
  });

  it('a rule that names an unknown peer can let it in', () => {
    const world = makeWorld();
    world.gate.addRule(rule({ peerId: alice, agent: notes }));
    expect(inShort(world.gate.decide(question({ trust: 'unknown' })))).toBe('allow:rule');
    expect(inShort(world.gate.decide(question({ trust: 'unknown', agent: files })))).toBe(
      'deny:unknown-peer',
    );
  });

  it('a rule for any peer lets no unknown peer in, but keeps it out', () => {
    const unknown = { trust: 'unknown' } as const;
    const results = ([null, 'allow', 'ask', 'deny'] as const).map((named) =>
      (['allow', 'ask', 'deny'] as const).map((anybody) => {
        const world = makeWorld();
        world.gate.addRule(rule({ agent: notes, tool: 'add', effect: anybody }));
        if (named !== null) world.gate.addRule(rule({ peerId: alice, effect: named }));
        const result = inShort(world.gate.decide(question(unknown)));
        world.gate.stop();
        return result;
      }),
    );
    expect(results).toEqual([
      ['deny:unknown-peer', 'deny:unknown-peer', 'deny:rule'],
      ['allow:rule', 'ask', 'deny:rule'],
      ['ask', 'ask', 'deny:rule'],
      ['deny:rule', 'deny:rule', 'deny:rule'],
    ]);
  });

  it('deny beats ask beats allow where equally specific', () => {
    const world = makeWorld();
    const scope = { peerId: alice, tool: 'add' };
    world.gate.addRule(rule({ ...scope, effect: 'allow' }));
    expect(inShort(world.gate.decide(question()))).toBe('allow:rule');
    const ask = world.gate.addRule(rule({ ...scope, effect: 'ask' }));
    expect(inShort(world.gate.decide(question()))).toBe('ask');
    const deny = world.gate.addRule(rule({ ...scope, effect: 'deny' }));
    expect(inShort(world.gate.decide(question()))).toBe('deny:rule');
    world.gate.removeRule(deny.id);
    world.gate.removeRule(ask.id);
    expect(inShort(world.gate.decide(question()))).toBe('allow:rule');
  });

  it('decides among 1,000 rules well within 50 µs', () => {
    const world = makeWorld();
    for (let i = 0; i < 1000; i += 1) world.gate.addRule(rule({ tool: `tool-${i}`, effect: 'deny' }));
    for (let i = 0; i < 50; i += 1) {
      world.gate.addRule(
        rule({ peerId: alice, agent: notes, tool: `tool-${i}`, expiresAt: world.clock.wall + 1000 }),
      );
    }
    const asked = question({ tool: 'tool-7' });
    for (let i = 0; i < 2000; i += 1) world.gate.decide(asked);
    const start = performance.now();
    for (let i = 0; i < 10_000; i += 1) world.gate.decide(asked);
    expect(((performance.now() - start) / 10_000) * 1000).toBeLessThan(50);
    expect(inShort(world.gate.decide(asked))).toBe('allow:rule');
  });
});

describe('rules', () => {
  it('are kept, named and listed, with their uses', () => {
    const world = makeWorld();
    const made = world.gate.addRule(rule({ agent: notes }));
    expect(made.id).toMatch(/^[a-z2-7]{8}$/);
    expect(world.rules.get(made.id)).toEqual(made);
    world.gate.decide(question());
    world.gate.decide(question());
    expect(world.gate.rules()).toEqual([
      { ...made, uses: 2, lastUsedAt: world.clock.wall, used: null, suspended: false },
    ]);
    world.gate.removeRule(made.id);
    expect(world.rules.size).toBe(0);
    expect(world.gate.rules()).toEqual([]);
    expect(() => {
      world.gate.removeRule(RuleId.parse('aaaaaaaa'));
    }).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });

  it('expire at the moment of the decision, without a timer', () => {
    const world = makeWorld();
    world.gate.addRule(rule({ expiresAt: world.clock.wall + 1000 }));
    world.clock.wall += 999;
    expect(inShort(world.gate.decide(question()))).toBe('allow:rule');
    world.clock.wall += 1;
    expect(inShort(world.gate.decide(question()))).toBe('ask');
    expect(world.gate.rules()).toEqual([]);
  });

  it('live no longer when the wall clock is set back', () => {
    const world = makeWorld();
    world.gate.addRule(rule({ expiresAt: world.clock.wall + 1000 }));
    world.clock.wall -= 3_600_000;
    world.clock.monotonic += 999;
    expect(inShort(world.gate.decide(question()))).toBe('allow:rule');
    world.clock.monotonic += 1;
    expect(inShort(world.gate.decide(question()))).toBe('ask');
  });

  it('that are stored hold again after a restart; those until quit do not', () => {
    const world = makeWorld();
    const lasting = world.gate.addRule(rule({ agent: notes }));
    world.gate.addRule(rule({ agent: files, untilQuit: true }));
    world.gate.stop();
    expect([...world.rules.keys()]).toEqual([lasting.id]);
    const again = makeWorld([...world.rules.values()]);
    expect(again.gate.rules().map(({ id }) => id)).toEqual([lasting.id]);
    expect(inShort(again.gate.decide(question()))).toBe('allow:rule');
  });

  it('that a peer had are forgotten with it', () => {
    const world = makeWorld();
    world.gate.addRule(rule({ peerId: alice }));
    const other = world.gate.addRule(rule({ peerId: bob }));
    world.gate.forgetPeer(alice);
    expect(world.gate.rules().map(({ id }) => id)).toEqual([other.id]);
  });
});
