import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { writeEndpoint } from '../../../../main/endpoint/endpoint-file.ts';
import { startServer, type EndpointServer } from '../../../../main/endpoint/server.ts';
import { Explanation, Replay, RuleView, RulesVersion } from '../../../../shared/rules.ts';
import { atAHost, runIn, type Person, type Said } from '../../../fixtures/at-a-host.ts';
import { aPeer } from '../../../fixtures/fake-host.ts';
import { TestHost } from '../../../fixtures/test-host.ts';
import { somePeerId } from '../../../fixtures/views.ts';

let host: TestHost;
let server: EndpointServer;
let dir: string;

/** A real host; what the command line says goes to it, and comes from it. */
beforeAll(async () => {
  host = await TestHost.start('Ada');
  dir = await mkdtemp(join(tmpdir(), 'gatehouse-cli-'));
  server = await startServer({ router: host.host.router, rendererDir: dir, port: 0 });
  await writeEndpoint(dir, {
    url: `http://127.0.0.1:${server.port}`,
    token: server.token,
    pid: process.pid,
    peerId: host.peerId,
    pages: true,
  });
}, 60_000);
afterAll(async () => {
  await server.stop();
  await host.stop();
  await rm(dir, { recursive: true });
});
beforeEach(async () => {
  const rules = RuleView.array().parse(json(await run(['rules', '--json'])));
  for (const { id } of rules) await run(['rules', 'remove', id]);
});

const run = (args: readonly string[], person?: Person): Promise<Said> => runIn(dir, args, person);
const json = (said: Said): unknown => JSON.parse(said.out);
const HistoryStep = RulesVersion.extend({ id: z.int() });
const add = async (...args: string[]): Promise<RuleView> =>
  RuleView.parse(json(await run(['rules', 'add', '--json', ...args])));

describe('rules', () => {
  it('are added from options, and listed as sentences', async () => {
    const made = await add(
      ...['--peer', somePeerId, '--agent', 'files', '--tool', 'read_file', '--effect', 'allow'],
      ...[
        '--where',
        'path:/path=/home/me/**',
        '--where',
        'one-of:/mode=a,1,true',
        '--where',
        'equals:/x="1"',
      ],
      ...[
        '--where',
        'prefix:/url=https://example.org/?a=b',
        '--where',
        'range:/n=..5',
        '--where',
        'max-size:=2000',
      ],
      ...['--limit', 'calls=100/hour', '--limit', 'bytes=2MiB/day', '--hours', 'fri-mon 22:00-06:00'],
      ...['--expires', '30d'],
    );
    expect(made).toMatchObject({
      peerId: somePeerId,
      arguments: [
        { kind: 'path', at: '/path', glob: '/home/me/**' },
        { kind: 'one-of', at: '/mode', values: ['a', 1, true] },
        { kind: 'equals', at: '/x', value: '1' },
        { kind: 'prefix', at: '/url', prefix: 'https://example.org/?a=b' },
        { kind: 'range', at: '/n', min: null, max: 5 },
        { kind: 'max-size', at: '', bytes: 2000 },
      ],
      limits: { hour: { calls: 100, bytes: null }, day: { calls: null, bytes: 2_097_152 } },
      hours: { days: [0, 1, 5, 6], from: '22:00', to: '06:00' },
    });
    expect(made.expiresAt).toBeGreaterThan(Date.now() + 29 * 86_400_000);
    const { out } = await run(['rules']);
    expect(out).toContain(
      `${made.id}  …${somePeerId.slice(-8)} may use files ▸ read_file, where path is within /home/me/**`,
    );
    expect(out).toContain('Used 0 times since the host started. Calls in the last hour 0');
  });

  it.each([
    [['--effect', 'maybe'], '--effect is allow'],
    [['--effect', 'allow', '--where', 'path'], '--where is KIND:PLACE=VALUE'],
    [['--effect', 'allow', '--where', 'like:/a=b'], '--where is KIND:PLACE=VALUE'],
    [['--effect', 'allow', '--where', 'equals:a=b'], 'A place in the arguments looks like'],
    [['--effect', 'allow', '--where', 'range:/a=9..1'], 'The smallest is above the largest.'],
    [['--effect', 'allow', '--where', 'range:/a=x..1'], '--where is KIND:PLACE=VALUE'],
    [['--effect', 'allow', '--where', 'max-size:/a=0'], 'Too small'],
    [['--effect', 'deny', '--limit', 'calls=1/hour'], 'Only a rule that allows has limits.'],
    [['--effect', 'allow', '--limit', 'calls=1KiB/hour'], '--limit is calls=100/hour'],
    [['--effect', 'allow', '--limit', 'calls=0/hour'], '--limit is calls=100/hour'],
    [['--effect', 'allow', '--hours', 'noon'], '--hours is 09:00-17:00'],
    [['--effect', 'allow', '--hours', '25:00-26:00'], 'A time looks like 09:00.'],
    [['--effect', 'allow', '--expires', 'soon'], 'Write a duration'],
    [['--effect', 'allow', '--trust', 'best'], '--trust is unknown, known or trusted.'],
    [['--effect', 'allow', '--trust', 'known', '--peer', somePeerId], 'Name a peer or a trust, not both.'],
    [['--effect', 'allow', '--agent', 'a b'], 'An agent name has'],
    [[], "option '--effect <effect>' not specified"],
  ])('are refused where %j makes no sense', async (options, message) => {
    const said = await run(['rules', 'add', ...options]);
    expect(said).toMatchObject({ code: 2, out: '' });
    expect(said.err).toContain(message);
    expect(json(await run(['rules', '--json']))).toEqual([]);
  });

  it('are exported, and imported after the difference was shown and confirmed', async () => {
    const made = await add('--effect', 'deny', '--agent', 'files');
    const file = join(dir, 'rules.yaml');
    expect(await run(['rules', 'export', file])).toMatchObject({ code: 0 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = await readFile(file, 'utf8');
    expect((await run(['rules', 'export'])).out).toBe(text);
    await writeFile(file, text.replace('effect: deny', 'effect: ask'));
    expect(await run(['rules', 'import', file])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--yes'),
    });
    expect(await run(['rules', 'import', file], { answer: 'n' })).toMatchObject({ code: 1 });
    const shown = await run(['rules', 'import', file], { answer: 'y' });
    expect(shown.out).toContain(`~ ${made.id}  Any peer may not use any tool of files.`);
    expect(shown.out).toContain('now: You are asked before any peer may use any tool of files.');
    expect(shown.out).toContain('0 added, 0 removed, 1 changed, 0 unchanged.');
    expect(json(await run(['rules', '--json']))).toMatchObject([{ id: made.id, effect: 'ask' }]);
    expect((await run(['rules', 'import', file, '--yes'])).out).toContain('There is nothing to do.');
    await writeFile(file, 'gatehouse-rules: 1\nrules:\n  - effect: maybe\n');
    expect(await run(['rules', 'import', file, '--yes'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('line 3, column 13: effect must be allow, ask, ask-and-review or deny'),
    });
    await writeFile(file, 'gatehouse-rules: 1\nrules:\n  - effect: allow\n');
    const wide = await run(['rules', 'import', file, '--add', '--yes']);
    expect(wide.out).toContain('! Rule');
    expect(wide.out).toContain('1 added, 0 removed');
    expect(await run(['rules', 'import', join(dir, 'none'), '--yes'])).toMatchObject({ code: 1 });
  });

  it('have a history that is undone and restored', async () => {
    await add('--effect', 'deny');
    const [newest] = HistoryStep.array().parse(json(await run(['rules', 'history', '--json'])));
    expect((await run(['rules', 'history'])).out).toContain('by you\n  + ');
    expect((await run(['rules', 'undo'])).out).toContain('Taken back: what was changed by you.');
    expect(json(await run(['rules', '--json']))).toEqual([]);
    await run(['rules', 'restore', String(newest?.version)]);
    expect(json(await run(['rules', '--json']))).toMatchObject([{ effect: 'deny' }]);
    expect(await run(['rules', 'restore', '999999'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('999999'),
    });
  });

  it('are replayed, and proposed', async () => {
    const said = await run(['rules', 'replay', '--effect', 'allow', '--agent', 'files']);
    expect(said.out).toContain('Any peer may use every tool of files.\nThere are no calls on record');
    const replay = Replay.parse(json(await run(['rules', 'replay', '--effect', 'deny', '--json'])));
    expect(replay.calls).toBe(0);
    expect(await run(['rules', 'proposals'])).toMatchObject({ code: 0, out: 'No rules are proposed.\n' });
    for (const what of ['accept', 'dismiss'])
      expect(await run(['rules', 'proposals', what, 'abc'])).toMatchObject({ code: 1 });
  });
});

describe('explain', () => {
  it('says which rule would decide on a call, and why', async () => {
    const made = await add('--effect', 'deny', '--agent', 'files', '--where', 'equals:/mode=w');
    const asked = ['explain', somePeerId, 'files', 'read_file', '{"mode":"w"}'];
    const explanation = Explanation.parse(json(await run([...asked, '--json'])));
    expect(explanation).toMatchObject({ effect: 'deny', by: 'rule-denies', ruleId: made.id });
    const { out } = await run(asked);
    expect(out).toMatch(/^deny: /);
    expect(out).toContain(`* ${made.id}  Any peer may not use any tool of files, where mode is "w".`);
    const other = await run([
      'explain',
      somePeerId,
      'files',
      'read_file',
      '{"mode":"r"}',
      '--at',
      '2026-12-03T14:00',
    ]);
    expect(other.out).not.toContain(`* ${made.id}`);
  });

  it('says what it lacks', async () => {
    expect(await run(['explain', '7'])).toMatchObject({ code: 1, err: expect.stringContaining('no call 7') });
    expect(await run(['explain', 'Ada'])).toMatchObject({ code: 2 });
    expect(await run(['explain', somePeerId, 'files'])).toMatchObject({ code: 2 });
    expect(await run(['explain', somePeerId, 'files', 'x', '[]'])).toMatchObject({ code: 2 });
  });
});

describe('budget', () => {
  it('shows what a peer may use, and sets it', async () => {
    await using at = await atAHost();
    const budget = { calls: 10, bytes: null, seconds: 60 };
    const used = { calls: 3, bytes: 20, seconds: 1.4 };
    const peer = aPeer({ alias: 'Ada', trust: 'known', budget, used, pausedUntil: Date.now() + 125_000 });
    at.fake.state = { ...at.fake.state, peers: { [somePeerId]: peer } };
    const { out } = await at.run(['budget', 'Ada']);
    expect(out).toContain(
      'Ada may use in 24 hours, its own: calls 10, seconds 60.\nUsed: calls 3, bytes 20, seconds 1.',
    );
    expect(out).toContain('It is paused, for about 2 min more.');
    await at.run(['budget', 'Ada', '--calls', '5', '--bytes', '20MiB']);
    await at.run(['budget', 'Ada', '--unlimited']);
    await at.run(['budget', 'Ada', '--default']);
    expect(at.fake.asked.filter(({ what }) => what === 'budgets.set').map(({ input }) => input)).toEqual([
      { peerId: somePeerId, budget: { calls: 5, bytes: 20_971_520, seconds: null } },
      { peerId: somePeerId, budget: { calls: null, bytes: null, seconds: null } },
      { peerId: somePeerId, budget: null },
    ]);
  });

  it('takes only what makes sense', async () => {
    expect(await run(['budget', 'Nobody'])).toMatchObject({ code: 1 });
    expect(await run(['budget', 'Nobody', '--calls', '0'])).toMatchObject({ code: 2 });
    expect(await run(['budget', 'Nobody', '--seconds', '1KiB'])).toMatchObject({ code: 2 });
    expect(await run(['budget', 'Nobody', '--calls', '1', '--default'])).toMatchObject({ code: 2 });
  });
});
