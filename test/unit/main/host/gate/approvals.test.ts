import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApprovalView, type Answer } from '../../../../../shared/gate.ts';
import { ApprovalId, PeerId } from '../../../../../shared/ids.ts';
import {
  alice,
  bob,
  expectAllowed,
  expectDecided,
  expectWaiting,
  files,
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
  type WaitingVerdict,
  type World,
} from './setup.ts';

let world: World;
beforeEach(() => {
  vi.useFakeTimers();
  world = makeWorld();
});
afterEach(() => {
  world.gate.stop();
  vi.useRealTimers();
});

const ask = (change: Parameters<typeof question>[0] = {}): WaitingVerdict =>
  expectWaiting(world.gate.decide(question(change)));
const answer = (given: Answer): void => {
  const [view] = world.gate.approvals();
  if (view === undefined) throw new Error('nothing waits');
  world.gate.answer(view.id, view.digest, given);
};
const later = (ms: number): void => {
  world.clock.wall += ms;
  world.clock.monotonic += ms;
  vi.advanceTimersByTime(ms);
};
const same = { args: { text: 'hello', times: 2 }, pin: pinA, source: sourceA };

describe('a question', () => {
  it('shows who asks for what, exactly', () => {
    ask({ args: { text: 'hello', n: { b: 1, a: [true] } }, annotations: readOnly });
    const view = ApprovalView.parse(only(world.gate.approvals()));
    expect(view).toMatchObject({
      peerId: alice,
      agent: 'notes',
      tool: 'add',
      path: 'lan',
      risk: 'reads',
      riskStated: true,
      openWorld: false,
      arguments: [
        { name: 'text', preview: '"hello"', length: 7 },
        { name: 'n', preview: '{"b":1,"a":[true]}', length: 18 },
      ],
      askedAt: world.clock.wall,
      deadline: world.clock.wall + 300_000,
      before: { allowed: 3, denied: 1 },
      toolChanged: false,
    });
    expect(view.id).toMatch(/^[a-z2-7]{8}$/);
    const json = '{"n":{"a":[true],"b":1},"text":"hello"}';
    expect(world.gate.argumentsOf(view.id)).toBe(json);
    expect(view.argumentsBytes).toBe(json.length);
    expect(world.events.approvals).toEqual([[view.id, view]]);
  });

  it('has the digest of canonical JSON over all that is asked', () => {
    const asked = question({ tool: 'pröc\u2028"x"', args: { z: 1.0, a: '\u20ac', '': null } });
    world.gate.decide(asked);
    const whole = canonicalize({
      direction: 'in',
      peer: asked.peerId,
      agent: asked.agent,
      tool: asked.tool,
      pin: asked.pin,
      source: asked.source,
      arguments: asked.args,
    });
    expect(only(world.gate.approvals()).digest).toBe(
      createHash('sha256')
        .update(whole ?? '')
        .digest('hex'),
    );
  });

  it.each([
    [{ stated: true, readOnly: true, destructive: true }, 'reads'],
    [{ stated: true, readOnly: false, destructive: false }, 'changes'],
    [{ stated: true, readOnly: false, destructive: true }, 'destroys'],
    [{ stated: false, readOnly: true, destructive: false }, 'destroys'],
  ] as const)('with annotations %j is of the risk %s', (annotations, risk) => {
    ask({ annotations: { idempotent: false, openWorld: true, ...annotations } });
    expect(only(world.gate.approvals()).risk).toBe(risk);
  });

  it('cuts previews and tells the true lengths', () => {
    const args = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`a${i}`, '🙂'.repeat(5000)]));
    ask({ args });
    const view = ApprovalView.parse(only(world.gate.approvals()));
    expect(view.arguments).toHaveLength(65);
    expect(view.arguments[0]).toMatchObject({ name: 'a0', length: 10_002 });
    expect(view.arguments[0]?.preview.isWellFormed()).toBe(true);
    expect(view.arguments[0]?.preview.length).toBe(1999);
    expect(view.arguments.at(-1)?.preview).toContain('36 more');
    expect(JSON.stringify(view).length).toBeLessThan(60_000);
    expect(world.gate.argumentsOf(view.id)).toBe(canonicalize(args));
  });

  it('that nobody could be shown is refused and does not wait', () => {
    const broken = { args: { text: '\ud800' } };
    expect(expectDecided(world.gate.decide(question(broken)))).toMatchObject({
      decision: { by: 'limits' },
      error: { code: -32602 },
    });
    for (const depth of [1000, 3000, 5000, 7000, 9000, 12_000, 200_000]) {
      const deep: unknown = JSON.parse('['.repeat(depth) + ']'.repeat(depth));
      const verdict = world.gate.decide(question({ args: { deep } }));
      if (verdict.kind === 'waiting') verdict.cancel();
      else expect(verdict.outcome).toMatchObject({ effect: 'deny', error: { code: -32602 } });
    }
    expect(world.gate.approvals()).toEqual([]);
  });

  it('keeps an argument named __proto__', () => {
    const args: unknown = JSON.parse('{"__proto__":{"admin":true},"a":1}');
    ask({ args: args as Record<string, unknown> });
    const view = only(world.gate.approvals());
    expect(world.gate.argumentsOf(view.id)).toBe('{"__proto__":{"admin":true},"a":1}');
    expect(view.arguments.map(({ name }) => name)).toEqual(['__proto__', 'a']);
  });
});

describe('an answer', () => {
  it('allow-once lets exactly this call through, once', async () => {
    const { outcome } = ask();
    answer({ kind: 'allow-once', edited: null });
    const allowed = expectAllowed(await outcome);
    expect(allowed.decision).toEqual({ effect: 'allow', by: 'person', ruleId: null });
    expect(allowed.check({ ...same, args: { times: 2, text: 'hello' } })).toBeNull();
    expect(allowed.check(same)).toMatchObject({ code: -32060 });
    expect(world.gate.approvals()).toEqual([]);
    expect(inShort(world.gate.decide(question()))).toBe('ask');
  });

  it.each([
    ['other arguments', { ...same, args: { text: 'hello', times: 3 } }],
    ['an argument more', { ...same, args: { ...same.args, force: true } }],
    ['another pin', { ...same, pin: pinB }],
    ['no pin', { ...same, pin: null }],
    ['another program', { ...same, source: sourceB }],
  ])('never lets %s run', async (_, now) => {
    const { outcome } = ask();
    answer({ kind: 'allow-once', edited: null });
    const allowed = expectAllowed(await outcome);
    expect(allowed.check(now)).toMatchObject({ code: -32060, data: { reason: 'tool-changed' } });
    expect(allowed.check(same)).not.toBeNull();
  });

  it('does not let arguments run that were changed in place after they were shown', async () => {
    const args: Record<string, unknown> = { path: '/tmp/a' };
    const { outcome } = ask({ args });
    args['path'] = '/etc/passwd';
    const view = only(world.gate.approvals());
    expect(world.gate.argumentsOf(view.id)).toBe('{"path":"/tmp/a"}');
    answer({ kind: 'allow-once', edited: null });
    expect(expectAllowed(await outcome).check({ args, pin: pinA, source: sourceA })).not.toBeNull();
  });

  it('to another digest is refused, and the question goes on waiting', () => {
    ask();
    const { id } = only(world.gate.approvals());
    expect(() => {
      world.gate.answer(id, pinB, { kind: 'allow-once', edited: null });
    }).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
    expect(world.gate.approvals()).toHaveLength(1);
  });

  it('given twice is refused the second time', async () => {
    const { outcome } = ask();
    const { id, digest } = only(world.gate.approvals());
    world.gate.answer(id, digest, { kind: 'deny', always: false, reason: null });
    expect(() => {
      world.gate.answer(id, digest, { kind: 'allow-always', limits: null });
    }).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    expect(() => world.gate.argumentsOf(id)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    expect(await outcome).toMatchObject({
      effect: 'deny',
      decision: { by: 'person' },
      error: { data: { reason: 'denied-by-person' } },
    });
    expect(world.gate.rules()).toEqual([]);
  });

  it('to no question is refused', () => {
    expect(() => {
      world.gate.answer(ApprovalId.parse('aaaaaaaa'), pinA, { kind: 'allow-once', edited: null });
    }).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });

  it.each([
    [
      { kind: 'allow-for', seconds: 60, limits: null },
      { expiresAt: 1_700_000_060_000, untilQuit: false },
    ],
    [
      { kind: 'allow-until-quit', limits: null },
      { expiresAt: null, untilQuit: true },
    ],
    [
      { kind: 'allow-always', limits: null },
      { expiresAt: null, untilQuit: false },
    ],
  ] as const)('%j becomes a rule for exactly this peer, agent and tool', async (given, expected) => {
    const { outcome } = ask();
    answer(given);
    const made = only(world.gate.rules());
    expect(made).toMatchObject({
      peerId: alice,
      agent: 'notes',
      tool: 'add',
      effect: 'allow',
      pin: pinA,
      ...expected,
    });
    expect((await outcome).decision).toEqual({ effect: 'allow', by: 'person', ruleId: made.id });
    expect(world.rules.has(made.id)).toBe(!expected.untilQuit);
    expect(inShort(world.gate.decide(question()))).toBe('allow:rule');
    expect(inShort(world.gate.decide(question({ tool: 'drop' })))).toBe('ask');
    expect(inShort(world.gate.decide(question({ agent: files })))).toBe('ask');
    expect(inShort(world.gate.decide(question({ peerId: bob })))).toBe('ask');
  });

  it('that makes a rule settles what else it covers, and nothing more', async () => {
    const first = ask();
    const second = ask({ args: { text: 'other' } });
    ask({ tool: 'drop' });
    ask({ peerId: bob });
    ask({ pin: pinB });
    answer({ kind: 'allow-always', limits: null });
    expect((await first.outcome).decision.by).toBe('person');
    const covered = expectAllowed(await second.outcome);
    expect(covered.decision).toMatchObject({ by: 'rule', ruleId: only(world.gate.rules()).id });
    expect(covered.check({ args: { text: 'other' }, pin: pinA, source: sourceA })).toBeNull();
    expect(world.gate.approvals()).toHaveLength(3);
  });

  it('deny always becomes a rule and settles the others it covers', async () => {
    const first = ask();
    const second = ask();
    answer({ kind: 'deny', always: true, reason: null });
    const made = only(world.gate.rules());
    expect(made.effect).toBe('deny');
    expect((await first.outcome).decision).toMatchObject({ by: 'person', ruleId: made.id });
    expect((await second.outcome).decision).toMatchObject({ effect: 'deny', by: 'rule', ruleId: made.id });
    expect(inShort(world.gate.decide(question()))).toBe('deny:rule');
  });

  it('deny and block forgets the rules of the peer before it says whom to block', () => {
    world.gate.addRule(rule({ peerId: alice, tool: 'other' }));
    const kept = world.gate.addRule(rule({ peerId: bob }));
    const rulesThen: string[][] = [];
    world.gate.on('block', () => rulesThen.push(world.gate.rules().map(({ id }) => id)));
    ask();
    answer({ kind: 'deny-and-block' });
    expect(rulesThen).toEqual([[kept.id]]);
    expect([...world.rules.keys()]).toEqual([kept.id]);
  });

  it('deny and block blocks even where the disk refuses, and no rule of the peer stays in force', () => {
    world.gate.addRule(rule({ peerId: alice, tool: 'one' }));
    world.gate.addRule(rule({ peerId: alice, tool: 'two' }));
    ask();
    world.failStore.removal = true;
    expect(() => {
      answer({ kind: 'deny-and-block' });
    }).toThrow('disk full');
    expect(world.events.blocked).toEqual([alice]);
    expect(world.gate.rules()).toEqual([]);
    world.failStore.removal = false;
  });

  it('deny and block settles all of the peer and says whom to block', async () => {
    const first = ask();
    const second = ask({ tool: 'drop' });
    ask({ peerId: bob });
    answer({ kind: 'deny-and-block' });
    expect((await first.outcome).decision.by).toBe('person');
    expect(await second.outcome).toMatchObject({
      decision: { by: 'blocked' },
      error: { data: { reason: 'blocked-peer' } },
    });
    expect(world.events.blocked).toEqual([alice]);
    expect(only(world.gate.approvals()).peerId).toBe(bob);
  });

  it('for a while goes before an equal "ask" rule and gives way to it again', () => {
    world.gate.addRule(rule({ peerId: alice, agent: question().agent, tool: 'add', effect: 'ask' }));
    ask();
    answer({ kind: 'allow-for', seconds: 60, limits: null });
    expect(inShort(world.gate.decide(question()))).toBe('allow:rule');
    later(60_000);
    expect(inShort(world.gate.decide(question()))).toBe('ask');
  });

  it('always replaces an equal rule that contradicts it', () => {
    world.gate.addRule(rule({ peerId: alice, agent: question().agent, tool: 'add', effect: 'ask' }));
    ask();
    answer({ kind: 'allow-always', limits: null });
    expect(only(world.gate.rules()).effect).toBe('allow');
    expect(inShort(world.gate.decide(question()))).toBe('allow:rule');
  });

  it('that cannot be stored leaves an allowed question waiting, but a denied one denied', async () => {
    const { outcome } = ask();
    world.failStore.rules = true;
    expect(() => {
      answer({ kind: 'allow-always', limits: null });
    }).toThrow('disk full');
    expect(world.gate.approvals()).toHaveLength(1);
    expect(() => {
      answer({ kind: 'deny', always: true, reason: null });
    }).toThrow('disk full');
    expect((await outcome).effect).toBe('deny');
  });
});

describe('a question that nobody answers', () => {
  it('expires, which is not a denial', async () => {
    const { outcome } = ask();
    later(299_999);
    expect(world.gate.approvals()).toHaveLength(1);
    later(1);
    expect(await outcome).toMatchObject({
      effect: 'deny',
      decision: { by: 'expired' },
      error: { code: -32061, data: { reason: 'expired' } },
    });
    expect(world.events.approvals.at(-1)?.[1]).toBeNull();
  });

  it('can no longer be answered after its deadline, even where the timer is late or the clock was set back', async () => {
    const { outcome } = ask();
    const { id, digest } = only(world.gate.approvals());
    world.clock.wall -= 3_600_000;
    world.clock.monotonic += 300_000;
    expect(() => {
      world.gate.answer(id, digest, { kind: 'allow-once', edited: null });
    }).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    expect((await outcome).decision.by).toBe('expired');
  });

  it('is withdrawn with its call', async () => {
    const { outcome, cancel } = ask();
    cancel();
    cancel();
    expect(await outcome).toMatchObject({
      decision: { by: 'withdrawn' },
      error: { data: { reason: 'cancelled' } },
    });
    expect(world.gate.approvals()).toEqual([]);
  });

  it('is refused when everything is stopped, and an answer given before no longer counts', async () => {
    const { outcome } = ask();
    const allowed = ask();
    answer({ kind: 'deny', always: false, reason: null });
    answer({ kind: 'allow-once', edited: null });
    const later = ask();
    world.gate.setStopped(true);
    expect(await later.outcome).toMatchObject({ decision: { by: 'stopped' }, error: { code: -32063 } });
    expect((await outcome).effect).toBe('deny');
    expect(expectAllowed(await allowed.outcome).check(same)).toMatchObject({ code: -32063 });
  });

  it('is refused when the host stops or forgets the peer', async () => {
    const first = ask();
    const second = ask({ peerId: bob });
    world.gate.forgetPeer(alice);
    expect(await first.outcome).toMatchObject({ decision: { by: 'withdrawn' }, error: { code: -32060 } });
    world.gate.stop();
    expect(await second.outcome).toMatchObject({
      decision: { by: 'withdrawn' },
      error: { code: -32064, data: { reason: 'stopping' } },
    });
    expect(inShort(world.gate.decide(question()))).toBe('deny:withdrawn');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('limits', () => {
  it('8 questions of one peer wait, 200 in all', () => {
    for (let i = 0; i < 8; i += 1) ask();
    expect(expectDecided(world.gate.decide(question()))).toMatchObject({
      decision: { by: 'limits' },
      error: { code: -32065, data: { reason: 'too-many-questions' } },
    });
    answer({ kind: 'deny', always: false, reason: null });
    ask();
    let waiting = 8;
    for (let i = 0; waiting < 200; i += 1, waiting += 1) {
      ask({
        peerId:
          `${alice.slice(0, 47)}${'ABCDEFGHJKLMNPQRSTUVWXYZ'.charAt(Math.floor(i / 8))}aaaa` as typeof alice,
      });
    }
    expect(expectDecided(world.gate.decide(question({ peerId: bob })))).toMatchObject({
      error: { data: { reason: 'too-many-questions' } },
    });
  });

  it('16 MiB of arguments of one peer wait', () => {
    const args = { text: 'x'.repeat(7 * 1024 * 1024) };
    ask({ args });
    ask({ args });
    expect(inShort(world.gate.decide(question({ args })))).toBe('deny:limits');
    expect(inShort(world.gate.decide(question({ args, peerId: bob })))).toBe('ask');
  });
});

describe('pins', () => {
  it('are kept at the first grant, whoever gives it', async () => {
    ask();
    expect(world.pins.size).toBe(0);
    answer({ kind: 'allow-once', edited: null });
    expect(world.pins.get('notes/add')).toBe(pinA);
    world.gate.addRule(rule({ agent: files }));
    world.gate.decide(question({ agent: files, tool: 'read', pin: pinB }));
    expect(world.pins.get('files/read')).toBe(pinB);
  });

  it('suspend what was granted when the tool changes, until the person allows it again', async () => {
    ask();
    answer({ kind: 'allow-always', limits: null });
    expect(inShort(world.gate.decide(question()))).toBe('allow:rule');
    ask({ pin: pinB });
    expect(only(world.gate.approvals()).toolChanged).toBe(true);
    answer({ kind: 'deny', always: false, reason: null });
    expect(inShort(world.gate.decide(question()))).toBe('allow:rule');
    ask({ pin: pinB });
    answer({ kind: 'allow-once', edited: null });
    expect(inShort(world.gate.decide(question({ pin: pinB })))).toBe('allow:rule');
    expect(inShort(world.gate.decide(question({ pin: pinA })))).toBe('ask');
  });

  it('of each rule are its own: what one peer may call anew, others are asked about', () => {
    const notesAdd = { agent: question().agent, tool: 'add', pin: pinA };
    const ofAlice = world.gate.addRule(rule({ peerId: alice, ...notesAdd }));
    const ofBob = world.gate.addRule(rule({ peerId: bob, ...notesAdd }));
    ask({ pin: pinB });
    answer({ kind: 'allow-once', edited: null });
    expect(inShort(world.gate.decide(question({ pin: pinB })))).toBe('allow:rule');
    expect(world.rules.get(ofAlice.id)?.pin).toBe(pinB);
    ask({ pin: pinB, peerId: bob });
    expect(only(world.gate.approvals()).toolChanged).toBe(true);
    expect(world.rules.get(ofBob.id)?.pin).toBe(pinA);
    answer({ kind: 'allow-once', edited: null });
    expect(inShort(world.gate.decide(question({ pin: pinB, peerId: bob })))).toBe('allow:rule');
  });

  it.each([
    ['once', { kind: 'allow-once', edited: null }],
    ['for a while', { kind: 'allow-for', seconds: 600, limits: null }],
    ['until the host stops', { kind: 'allow-until-quit', limits: null }],
  ] as const)('are not moved for others by what one peer may do %s', (_, given) => {
    world.gate.addRule(rule({ peerId: bob }));
    world.settings.trustedMayRead = true;
    const carol = PeerId.parse('12D3KooWGRUjR2dvZrHKvfw4uyaxYjDkRUDqy7jzm7xVPzNFoCZR');
    const read = { peerId: carol, trust: 'trusted', annotations: readOnly } as const;
    const others = (pin: string): string[] =>
      [{ peerId: bob }, read].map((of) => {
        const verdict = world.gate.decide(question({ ...of, pin }));
        if (verdict.kind === 'waiting') verdict.cancel();
        return inShort(verdict);
      });
    expect(others(pinA)).toEqual(['allow:rule', 'allow:default']);
    ask({ pin: pinB });
    answer(given);
    expect(world.pins.get('notes/add')).toBe(pinA);
    expect(others(pinB)).toEqual(['ask', 'ask']);
    expect(others(pinA)).toEqual(['allow:rule', 'allow:default']);
    if (given.kind === 'allow-once') return;
    expect(inShort(world.gate.decide(question({ pin: pinB })))).toBe('allow:rule');
    expect(world.gate.rules().map(({ suspended }) => suspended)).toEqual([false, false]);
  });

  it('are moved for rules without one by what is allowed for good', () => {
    world.gate.addRule(rule({ peerId: bob }));
    expect(inShort(world.gate.decide(question({ peerId: bob })))).toBe('allow:rule');
    ask({ pin: pinB });
    answer({ kind: 'allow-always', limits: null });
    expect(inShort(world.gate.decide(question({ peerId: bob, pin: pinB })))).toBe('allow:rule');
  });

  it('of a rule for any peer are not renewed by what one peer may call', () => {
    const anybody = world.gate.addRule(rule({ agent: question().agent, tool: 'add', pin: pinA }));
    ask({ pin: pinB });
    answer({ kind: 'allow-once', edited: null });
    expect(world.rules.get(anybody.id)?.pin).toBe(pinA);
    ask({ pin: pinB, peerId: bob });
  });

  it('of a rule count where none is kept yet', () => {
    world.gate.addRule(rule({ tool: 'add', pin: pinA }));
    expect(inShort(world.gate.decide(question({ pin: pinB })))).toBe('ask');
    expect(inShort(world.gate.decide(question({ pin: pinA })))).toBe('allow:rule');
  });

  it('that cannot be stored grant nothing', () => {
    world.gate.addRule(rule());
    world.failStore.pins = true;
    expect(expectDecided(world.gate.decide(question()))).toMatchObject({
      effect: 'deny',
      error: { data: { reason: 'not-recorded' } },
    });
  });

  it('are not asked of methods without a definition', () => {
    world.gate.addRule(rule());
    expect(inShort(world.gate.decide(question({ tool: 'prompts/get:x', pin: null })))).toBe('allow:rule');
    expect(world.pins.size).toBe(0);
  });
});

describe('an agent that another program takes the name of', () => {
  it('keeps no rule, no question and no pin', async () => {
    const { outcome } = ask();
    const other = ask({ agent: files });
    world.gate.addRule(rule({ peerId: alice, agent: question().agent, tool: 'drop' }));
    world.gate.addRule(rule({ agent: question().agent, tool: null, effect: 'deny', peerId: bob }));
    const kept = [
      world.gate.addRule(rule({ agent: files, tool: 'write' })),
      world.gate.addRule(rule({ peerId: bob, tool: 'read' })),
    ];
    world.pins.set('notes/add', pinA).set('files/read', pinA);
    world.gate.forgetAgent(question().agent);
    expect(await outcome).toMatchObject({
      effect: 'deny',
      decision: { by: 'withdrawn' },
      error: { data: { reason: 'tool-changed' } },
    });
    expect(world.gate.rules().map(({ id }) => id)).toEqual(kept.map(({ id }) => id));
    expect([...world.rules.keys()]).toEqual(kept.map(({ id }) => id));
    expect([...world.pins.keys()]).toEqual(['files/read']);
    expect(only(world.gate.approvals()).agent).toBe(files);
    other.cancel();
  });

  it('is forgotten whole even where the disk refuses', () => {
    for (const tool of ['one', 'two']) world.gate.addRule(rule({ agent: question().agent, tool }));
    world.pins.set('notes/add', pinA);
    world.failStore.removal = true;
    expect(() => {
      world.gate.forgetAgent(question().agent);
    }).toThrow('disk full');
    expect(world.gate.rules()).toEqual([]);
    expect(world.pins.size).toBe(0);
    world.failStore.removal = false;
  });
});

describe('a call allowed by a rule', () => {
  it('runs once, with the very arguments and pin it was decided with', () => {
    world.gate.addRule(rule());
    const decide = () => {
      const asked = question();
      return { args: asked.args, outcome: expectAllowed(expectDecided(world.gate.decide(asked))) };
    };
    const first = decide();
    expect(first.outcome.check({ args: first.args, pin: pinA, source: sourceA })).toBeNull();
    expect(first.outcome.check({ args: first.args, pin: pinA, source: sourceA })).not.toBeNull();
    const second = decide();
    expect(second.outcome.check({ args: { ...second.args }, pin: pinA, source: sourceA })).toMatchObject({
      data: { reason: 'tool-changed' },
    });
    const third = decide();
    expect(third.outcome.check({ args: third.args, pin: pinB, source: sourceA })).toMatchObject({
      data: { reason: 'tool-changed' },
    });
    const other = decide();
    expect(other.outcome.check({ args: other.args, pin: pinA, source: sourceB })).toMatchObject({
      data: { reason: 'tool-changed' },
    });
    const fourth = decide();
    world.gate.setStopped(true);
    expect(fourth.outcome.check({ args: fourth.args, pin: pinA, source: sourceA })).toMatchObject({
      code: -32063,
    });
  });

  it('settles waiting questions too when the rule was added by hand', async () => {
    const { outcome } = ask();
    const made = world.gate.addRule(rule({ agent: question().agent }));
    expect((await outcome).decision).toEqual({ effect: 'allow', by: 'rule', ruleId: made.id });
    expect(made.id).toBe(only(world.gate.rules()).id);
  });

  it('tells the uses of its rule once a second, and that the rule has ended', () => {
    world.gate.start();
    const made = world.gate.addRule(rule({ expiresAt: world.clock.wall + 5000 }));
    world.gate.decide(question());
    world.gate.decide(question());
    expect(world.events.rules).toHaveLength(1);
    later(1000);
    expect(world.events.rules.at(-1)).toEqual([made.id, expect.objectContaining({ uses: 2 })]);
    later(5000);
    expect(world.events.rules.at(-1)).toEqual([made.id, null]);
    expect(world.rules.size).toBe(0);
  });
});
