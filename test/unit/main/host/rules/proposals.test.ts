import { beforeEach, describe, expect, it } from 'vitest';
import type { Tool } from '../../../../../shared/agents.ts';
import type { Constraint, Proposal, Rule } from '../../../../../shared/rules.ts';
import { createJudge } from '../../../../../main/host/gate/index.ts';
import { ArgumentEvidence } from '../../../../../main/host/rules/argument-evidence.ts';
import { Dismissed } from '../../../../../main/host/rules/dismissed.ts';
import { inferConstraints } from '../../../../../main/host/rules/infer-constraints.ts';
import { Pace } from '../../../../../main/host/rules/pace.ts';
import { findProposals, type ProposalModules } from '../../../../../main/host/rules/proposals.ts';
import { byPerson, denied, FakeCalls } from './fake-stores.ts';
import { ada, aRule, bob, files, NOW, ruleId } from './setup.ts';

const HOME = '/home/me';
const DAY = 86_400_000;
const PIN = 'a'.repeat(64);
const tool: Tool = {
  name: 'read_file',
  title: null,
  description: '',
  inputSchema: {},
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false, stated: true },
  pin: PIN,
};

let calls: FakeCalls;
let rules: Rule[];
let tools: Tool[];
let facts: Map<string, string | null>;
let pinnedAt: number | null;
beforeEach(() => {
  calls = new FakeCalls();
  rules = [];
  tools = [tool];
  facts = new Map();
  pinnedAt = null;
});

const modules = (): ProposalModules => ({
  calls,
  past: calls,
  rules: () => rules,
  trust: () => 'known',
  judgeOf: createJudge,
  now: () => NOW,
  pins: { get: () => PIN, pinned: () => ({ pin: PIN, definition: null, at: pinnedAt }) },
  toolsOf: () => tools,
  dismissed: new Dismissed({
    get: (key) => facts.get(key) ?? null,
    set: (key, value) => void facts.set(key, value),
  }),
  home: HOME,
});
const proposals = (): Promise<Proposal[]> => findProposals(modules(), new Pace(undefined));
const three = (args: (at: number) => Record<string, unknown>, patch = {}): void => {
  for (let at = 0; at < 3; at += 1) calls.add(args(at), patch);
};

describe('a proposal', () => {
  it('is a narrow, expiring rule, with what it would have done', async () => {
    three((at) => ({ path: `/home/me/shared/${at}.txt` }));
    const [only, ...others] = await proposals();
    expect(others).toEqual([]);
    expect(only).toMatchObject({ approvals: 3, replay: { wouldAllow: 3, allowsDenied: 0 } });
    expect(only?.replay.sentence).toBe('Would have allowed 3 calls, none that you denied.');
    expect(only?.rule).toEqual({
      peerId: ada,
      trust: null,
      agent: files,
      tool: 'read_file',
      hours: null,
      untilQuit: false,
      effect: 'allow',
      arguments: [
        { kind: 'path', at: '/path', glob: '/home/me/shared/**' },
        { kind: 'max-size', at: '', bytes: JSON.stringify({ path: '/home/me/shared/0.txt' }).length },
      ],
      limits: {
        hour: { calls: null, bytes: null, seconds: null },
        day: { calls: 6, bytes: null, seconds: null },
      },
      expiresAt: NOW + 30 * DAY,
    });
    expect((await proposals())[0]?.id).toBe(only?.id);
  });

  it('does not let in what was never there', async () => {
    three((at) => ({ path: `/home/me/shared/${at}`, deep: { mode: 'r' } }));
    const rule = (await proposals())[0]?.rule;
    if (rule === undefined) throw new Error('Nothing is proposed.');
    const judge = createJudge([{ ...rule, id: ruleId('made1'), createdAt: NOW, pin: PIN, limits: null }]);
    const judged = (args: Record<string, unknown>): unknown =>
      judge.judge({
        peerId: ada,
        trust: 'known',
        agent: files,
        tool: 'read_file',
        args,
        at: NOW,
        bytes: 1,
        seconds: 0,
      });
    expect(judged({ path: '/home/me/shared/7', deep: { mode: 'r' } })).not.toBeNull();
    for (const args of [
      { path: '/home/me/shared/7', deep: { mode: 'r' }, more: 1 },
      { path: '/home/me/shared/7', deep: { mode: 'r', x: 1 } },
      { path: '/home/me/shared/7', deep: { mode: 'w' } },
      { path: '/home/me/shared/7' },
      { path: '/home/me/x', deep: { mode: 'r' } },
      { path: '/home/me/shared/../x', deep: { mode: 'r' } },
      {},
    ])
      expect(judged(args), JSON.stringify(args)).toBeNull();
  });

  it('needs three answers of the person within 30 days, and none that denied', async () => {
    calls.add({ a: 1 });
    calls.add({ a: 1 });
    expect(await proposals()).toEqual([]);
    calls.add({ a: 1 }, { decision: { effect: 'allow', by: 'rule', ruleId: ruleId('some1') } });
    calls.add({ a: 1 }, { decision: { ...byPerson, ruleId: ruleId('some1') } });
    calls.add({ a: 1 }, { changed: 'arguments' });
    calls.add({ a: 1 }, { path: 'legacy' });
    calls.add(null);
    expect(await proposals()).toEqual([]);
    calls.add({ a: 1 });
    expect(await proposals()).toHaveLength(1);
    calls.add({ b: 'other' }, { decision: denied });
    expect(await proposals()).toEqual([]);
  });

  it('is not made of what is long ago, nor where it was denied before', async () => {
    three(() => ({ a: 1 }), { at: NOW - 31 * DAY });
    expect(await proposals()).toEqual([]);
    three(() => ({ a: 1 }));
    expect(await proposals()).toHaveLength(1);
    calls.denied = 1;
    expect(await proposals()).toEqual([]);
  });

  it('is not made where a rule decides already, or for a tool that is not what it was', async () => {
    three(() => ({ a: 1 }));
    rules = [aRule('ask1', { effect: 'ask' })];
    expect(await proposals()).toEqual([]);
    rules = [];
    tools = [{ ...tool, pin: 'b'.repeat(64) }];
    expect(await proposals()).toEqual([]);
    tools = [tool];
    pinnedAt = NOW;
    expect(await proposals()).toEqual([]);
    pinnedAt = NOW - DAY;
    expect(await proposals()).toHaveLength(1);
  });

  it('keeps peers and shapes of arguments apart', async () => {
    calls.add({ a: 1 });
    calls.add({ a: 1 });
    calls.add({ a: 1 }, { peerId: bob });
    calls.add({ a: 1, b: 1 });
    calls.add({ a: 'x' });
    expect(await proposals()).toEqual([]);
  });

  it('says where the tool may destroy things', async () => {
    tools = [
      { ...tool, annotations: { ...tool.annotations, readOnly: false, destructive: true, stated: false } },
    ];
    three(() => ({ a: 1 }));
    expect((await proposals())[0]?.replay.sentence).toContain('does not say what this tool can do');
  });

  it('comes back after it was dismissed only when twice as much speaks for it', async () => {
    three(() => ({ a: 1 }));
    const [made] = await proposals();
    modules().dismissed.add(made?.id ?? '', 3);
    expect(await proposals()).toEqual([]);
    calls.add({ a: 1 });
    expect(await proposals()).toEqual([]);
    three(() => ({ a: 1 }));
    expect(await proposals()).toHaveLength(1);
    for (let at = 0; at < 300; at += 1) modules().dismissed.add(`other${at}`, 3);
    expect(JSON.parse(facts.get('dismissedProposals') ?? '')).toHaveLength(200);
  });
});

describe('what calls have in common', () => {
  const inferred = (...all: Record<string, unknown>[]): Constraint[] | null => {
    const [first = {}, ...others] = all;
    const evidence = new ArgumentEvidence(first);
    for (const args of others) evidence.add(args);
    return inferConstraints(evidence, HOME)?.slice(0, -1) ?? null;
  };
  const of = (...values: unknown[]): Constraint | null | undefined => {
    const found = inferred(...values.map((value) => ({ a: value })));
    return found === null ? null : found[0];
  };

  it('is a value, some values, a range, a folder, a beginning, or a size', () => {
    expect(of('x', 'x')).toEqual({ kind: 'equals', at: '/a', value: 'x' });
    expect(of(null)).toEqual({ kind: 'equals', at: '/a', value: null });
    expect(of(true, false)).toEqual({ kind: 'one-of', at: '/a', values: [false, true] });
    expect(of('c', 'a', 'b')).toEqual({ kind: 'one-of', at: '/a', values: ['a', 'b', 'c'] });
    expect(of(3, 7, 5)).toEqual({ kind: 'range', at: '/a', min: 3, max: 7 });
    expect(of('/srv/data/x/1', '/srv/data/y')).toEqual({ kind: 'path', at: '/a', glob: '/srv/data/**' });
    expect(of('/srv/data/x', '/srv/data/x/1')).toEqual({ kind: 'path', at: '/a', glob: '/srv/data/x/**' });
    const addresses = [1, 2, 3, 4, 5, 6].map((at) => `https://example.org/api/v${at}`);
    expect(of(...addresses)).toEqual({ kind: 'prefix', at: '/a', prefix: 'https://example.org/api/' });
    expect(of(...[1, 2, 3, 4, 5, 6].map((at) => `git log -${at}`))).toEqual({
      kind: 'prefix',
      at: '/a',
      prefix: 'git log -',
    });
    expect(of(...['one', 'two', 'three', 'four', 'five', 'sixth one'])).toEqual({
      kind: 'max-size',
      at: '/a',
      bytes: 11,
    });
    expect(of([1], [1, 2])).toEqual({ kind: 'max-size', at: '/a', bytes: 5 });
  });

  it('looks one level deeper, and at names with slashes', () => {
    expect(inferred({ o: { 'x/y': 1, z: [] } })).toEqual([
      { kind: 'equals', at: '/o/x~1y', value: 1 },
      { kind: 'max-size', at: '/o/z', bytes: 2 },
    ]);
  });

  it('is nothing narrow for files all over the disk, or addresses of several hosts', () => {
    const six = (make: (at: number) => string): Constraint | null | undefined =>
      of(...[1, 2, 3, 4, 5, 6].map((at) => make(at)));
    expect(six((at) => `/home/me/${at}`)).toBeNull();
    expect(six((at) => `/home/you${at}/x`)).toBeNull();
    expect(six((at) => `/srv/${at}`)).toBeNull();
    expect(six((at) => `https://example.org${at}/`)).toBeNull();
    expect(six((at) => `https://user@${at}.example.org/`)).toBeNull();
    expect(six((at) => `/a/../b/${at}`)).toBeNull();
  });

  it('has no shape where a rule could not ask something of every argument', () => {
    const many = Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`k${at}`, at]));
    expect(ArgumentEvidence.shapeOf(many)).toBeNull();
    expect(ArgumentEvidence.shapeOf({ a: '\ud800' })).toBeNull();
    expect(ArgumentEvidence.shapeOf({ a: 1, b: 2 })).toBe(ArgumentEvidence.shapeOf({ b: 3, a: 4 }));
    expect(ArgumentEvidence.shapeOf({ a: 1 })).not.toBe(ArgumentEvidence.shapeOf({ a: '1' }));
  });
});
