import { beforeEach, describe, expect, it } from 'vitest';
import { createJudge } from '../../../../../main/host/gate/index.ts';
import { InTurn } from '../../../../../main/host/rules/in-turn.ts';
import { Pace } from '../../../../../main/host/rules/pace.ts';
import { replayRule } from '../../../../../main/host/rules/replay.ts';
import type { NewRule, Replay, Rule } from '../../../../../shared/rules.ts';
import { FakeCalls, denied } from './fake-stores.ts';
import { ada, aRule, files, NOW, ruleId } from './setup.ts';

let calls: FakeCalls;
let rules: Rule[];
beforeEach(() => {
  calls = new FakeCalls();
  rules = [];
});

const newRule = (patch: Partial<NewRule> = {}): NewRule => {
  const {
    id: _id,
    createdAt: _createdAt,
    pin: _pin,
    ...rule
  } = aRule('none1', {
    peerId: ada,
    agent: files,
    tool: 'read_file',
  });
  return { ...rule, ...patch };
};
const within: NewRule['arguments'] = [{ kind: 'path', at: '/path', glob: '/home/me/shared/**' }];
const replay = (rule: NewRule, inPlaceOf: Rule | null = null, signal?: AbortSignal): Promise<Replay> =>
  replayRule(
    rule,
    inPlaceOf,
    { calls, rules: () => rules, trust: () => 'known', judgeOf: createJudge, now: () => NOW },
    new Pace(signal),
  );

describe('a replay', () => {
  it('says what a rule would have allowed, and what of that was denied', async () => {
    for (let at = 0; at < 14; at += 1) calls.add({ path: `/home/me/shared/${at}` });
    calls.add({ path: '/etc/passwd' }, { decision: denied });
    calls.add({ path: '/home/me/shared/../.ssh/id' }, { decision: denied });
    const narrow = await replay(newRule({ arguments: within }));
    expect(narrow).toMatchObject({ calls: 16, decided: 14, wouldAllow: 14, allowsDenied: 0, unknown: 0 });
    expect(narrow.sentence).toBe('Would have allowed 14 calls, none that you denied.');
    expect(narrow.since).toBe(calls.kept[0]?.call.at);
    expect(narrow.differing).toEqual([]);
    const wide = await replay(newRule());
    expect(wide).toMatchObject({ decided: 16, wouldAllow: 16, allowsDenied: 2 });
    expect(wide.sentence).toBe('Would have allowed 16 calls, 2 that you or a rule denied.');
    expect(wide.differing).toEqual([
      { id: 16, was: 'deny', would: 'allow' },
      { id: 15, was: 'deny', would: 'allow' },
    ]);
  });

  it('says what it would have denied', async () => {
    calls.add({});
    calls.add({}, { decision: denied });
    const found = await replay(newRule({ effect: 'deny' }));
    expect(found).toMatchObject({
      wouldDeny: 2,
      deniesAllowed: 1,
      differing: [{ id: 1, was: 'allow', would: 'deny' }],
    });
    expect(found.sentence).toBe('Would have denied 2 calls, 1 that were allowed.');
  });

  it('leaves out what was refused before any rule, and our own calls', async () => {
    for (const by of ['stopped', 'blocked', 'limits', 'budget'] as const)
      calls.add({}, { decision: { effect: 'deny', by, ruleId: null } });
    calls.add({}, { direction: 'out' });
    calls.add({}, { decision: null, status: 'cancelled' });
    const found = await replay(newRule());
    expect(found).toMatchObject({ calls: 0, decided: 0, since: null });
    expect(found.sentence).toBe('There are no calls on record that it could have decided.');
  });

  it('counts calls whose arguments are not known apart, where the rule asks for some', async () => {
    calls.add({ path: '/home/me/shared/a' });
    calls.add(null);
    calls.add({ path: '/home/me/shared/•' }, {}, true);
    const found = await replay(newRule({ arguments: within }));
    expect(found).toMatchObject({ calls: 3, decided: 1, unknown: 2 });
    expect(found.sentence).toContain(
      'The arguments of 2 more are not on record, so nothing can be said of them.',
    );
    expect(await replay(newRule())).toMatchObject({ decided: 3, unknown: 0 });
    // Another hour of the day: it would not have been looked at, whatever the arguments.
    const hours = { days: [0, 1, 2, 3, 4, 5, 6], from: '00:00', to: '00:01' };
    expect(await replay(newRule({ arguments: within, hours }))).toMatchObject({ unknown: 0, decided: 0 });
  });

  it('goes by the order of rules: what is more specific decides before it', async () => {
    rules = [aRule('deny1', { effect: 'deny', peerId: ada, agent: files, tool: 'read_file' })];
    calls.add({}, { decision: denied });
    expect(await replay(newRule({ tool: null }))).toMatchObject({ calls: 1, decided: 0 });
  });

  it('lets limits fill up in the order of time, and asks beyond them', async () => {
    for (let at = 0; at < 10; at += 1) calls.add({});
    const limits = {
      hour: { calls: 3, bytes: null, seconds: null },
      day: { calls: null, bytes: null, seconds: null },
    };
    const found = await replay(newRule({ limits }));
    expect(found).toMatchObject({ wouldAllow: 3, wouldAsk: 7 });
    // Those ten were asked about anyway.
    expect(found.differing).toEqual([]);
  });

  it('says what changes where it takes the place of another', async () => {
    const old = aRule('old1', { peerId: ada, agent: files, tool: 'read_file' });
    rules = [old];
    const byOld = { effect: 'allow', by: 'rule', ruleId: ruleId('old1') } as const;
    calls.add({ path: '/home/me/shared/a' }, { decision: byOld });
    calls.add({ path: '/home/me/private' }, { decision: byOld });
    const found = await replay(newRule({ arguments: within }), old);
    expect(found).toMatchObject({ decided: 1, differing: [{ id: 2, was: 'allow', would: 'ask' }] });
    expect(found.sentence).toContain('One call that the present rule decided would have gone otherwise.');
  });

  it('looks at 10,000 calls at most, the newest, and lets others go on meanwhile', async () => {
    for (let at = 0; at < 10_050; at += 1) calls.add({ path: `/home/me/shared/${at}` }, { at });
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    const found = await replay(newRule({ arguments: within }));
    clearInterval(timer);
    expect(found).toMatchObject({ calls: 10_000, wouldAllow: 10_000, since: 50 });
    expect(turns).toBeGreaterThan(3);
  }, 60_000);

  it('ends where nobody waits for it any more', async () => {
    for (let at = 0; at < 1000; at += 1) calls.add({});
    const controller = new AbortController();
    const running = replay(newRule(), null, controller.signal);
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

it('does long work one after the other, and refuses what would wait beyond eight', async () => {
  const inTurn = new InTurn();
  const gate = Promise.withResolvers<undefined>();
  let running = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    await gate.promise;
    running -= 1;
  };
  const started = [inTurn.run(work)];
  await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  for (let at = 0; at < 8; at += 1) started.push(inTurn.run(work));
  await expect(inTurn.run(work)).rejects.toMatchObject({ code: 'BUSY' });
  gate.resolve(undefined);
  await Promise.all(started);
  expect(most).toBe(1);
  await inTurn.run(work);
});
