import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeEndpoint } from '../../../../main/endpoint/endpoint-file.ts';
import { startServer, type EndpointServer } from '../../../../main/endpoint/server.ts';
import { runCommandLine } from '../../../../main/headless/program.ts';
import type { ApprovalView, ReviewView } from '../../../../shared/gate.ts';
import { ApprovalId } from '../../../../shared/ids.ts';
import { aPeer, anApproval, FakeHost } from '../../../fixtures/fake-host.ts';
import { somePeerId } from '../../../fixtures/views.ts';

let dir: string;
let fake: FakeHost;
let server: EndpointServer;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gatehouse-cli-'));
  fake = new FakeHost();
  fake.state = { ...fake.state, peers: { [somePeerId]: aPeer({ alias: 'Ada', trust: 'known' }) } };
  server = await startServer({ router: fake.router, rendererDir: dir, port: 0 });
  await writeEndpoint(dir, {
    url: `http://127.0.0.1:${server.port}`,
    token: server.token,
    pid: process.pid,
    peerId: somePeerId,
    pages: true,
  });
});
afterEach(async () => {
  await server.stop();
  await rm(dir, { recursive: true });
});

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await runCommandLine(
    ['--data', dir, ...args],
    {
      out: (text) => void (out += text),
      err: (text) => void (err += text),
      columns: null,
      interactive: false,
      ask: () => Promise.resolve(''),
      readInput: () => Promise.resolve(''),
      interrupted: new AbortController().signal,
    },
    '0.0.0',
  );
  return { code, out, err };
}

function waits(...questions: (Omit<Partial<ApprovalView>, 'id'> & { id: string })[]): void {
  const approvals = questions.map(({ id, ...change }) => [id, { ...anApproval(id), ...change }] as const);
  fake.state = { ...fake.state, approvals: Object.fromEntries(approvals) };
}
function holds(id: string, change: Partial<ReviewView> = {}): void {
  const { callId, peerId, agent, tool, path, digest, askedAt, deadline } = anApproval(id);
  const review: ReviewView = {
    ...{ callId, peerId, agent, tool, path, digest, askedAt, deadline },
    id: ApprovalId.parse(id),
    toolError: false,
    preview: '{"content":"\u202e"}',
    resultBytes: 13,
    ruleId: null,
    callerAway: false,
    ...change,
  };
  fake.state = { ...fake.state, reviews: { [id]: review } };
}
const lastAsked = () => fake.asked.at(-1);

it('allows with limits', async () => {
  waits({ id: 'q1-a' });
  const limits = ['--limit', 'calls/hour=20', '--limit', 'seconds/day=60'];
  expect((await run('approve', 'q1', '--for', '1h', ...limits)).code).toBe(0);
  const none = { calls: null, bytes: null, seconds: null };
  expect(lastAsked()?.input).toMatchObject({
    answer: {
      kind: 'allow-for',
      seconds: 3600,
      limits: { hour: { ...none, calls: 20 }, day: { ...none, seconds: 60 } },
    },
  });
});

it('runs a call with other arguments, from the line or from a file', async () => {
  waits({ id: 'q1-a' });
  const said = await run('approve', 'q1', '--edit', '{"message":"bye"}');
  expect(said.out).toContain('with the changed arguments');
  expect(lastAsked()?.input).toMatchObject({ answer: { kind: 'allow-once', edited: '{"message":"bye"}' } });
  await writeFile(join(dir, 'edit.json'), '{"message":"from a file"}');
  await run('approve', 'q1', '--edit', `@${join(dir, 'edit.json')}`);
  expect(lastAsked()?.input).toMatchObject({ answer: { edited: '{"message":"from a file"}' } });
  expect(await run('approve', 'q1', '--edit', `@${join(dir, 'none.json')}`)).toMatchObject({
    code: 1,
    err: expect.stringContaining('there is no such file'),
  });
});

it.each([
  [['approve', 'q1', '--limit', 'calls/hour=20']],
  [['approve', 'q1', '--always', '--limit', 'calls/week=20']],
  [['approve', 'q1', '--always', '--limit', 'calls/hour=0']],
  [['approve', 'q1', '--always', '--limit', 'calls/hour=1', '--limit', 'calls/hour=2']],
  [['approve', 'q1', '--always', '--edit', '{}']],
  [['approve', 'q1', 'q2', '--edit', '{}']],
  [['approve']],
  [['deny', 'q1', '--block', '--reason', 'no']],
  [['deny', 'q1', '--reason', 'x'.repeat(201)]],
  [['later', 'q1']],
  [['later', 'q1', '--minutes', '51']],
  [['review', 'r1']],
  [['review', 'r1', '--release', '--refuse']],
  [['review', 'r1', '--release', '--reason', 'x']],
])('answers nothing where the line makes no sense: %j', async (line) => {
  waits({ id: 'q1-a' }, { id: 'q2-b' });
  holds('r1-a');
  const { code, out, err } = await run(...line);
  expect({ code, out, lines: err.trim().split('\n').length }).toEqual({ code: 2, out: '', lines: 1 });
  expect(fake.asked).toEqual([]);
});

it('denies with a reason, and puts off', async () => {
  waits({ id: 'q1-a' });
  await run('deny', 'q1', '--reason', ' Not today. ');
  expect(lastAsked()?.input).toMatchObject({ answer: { kind: 'deny', always: false, reason: 'Not today.' } });
  expect((await run('later', 'q1', '--minutes', '10')).out).toContain('Put off for 10 min.');
  expect(lastAsked()?.input).toMatchObject({ answer: { kind: 'later', minutes: 10 } });
});

it('gives several questions one answer, and says of each what came of it', async () => {
  waits({ id: 'q1-a' }, { id: 'q2-b', tool: 'drop' }, { id: 'q3-c' });
  fake.problems = { 'q2-b': 'This question no longer waits.' };
  const said = await run('deny', 'q1', 'q2', 'q1-a');
  expect(said.code).toBe(1);
  expect(said.out).toMatch(/> echo[\s\S]*Denied\.[\s\S]*> drop[\s\S]*This question no longer waits\./u);
  const digest = 'ab'.repeat(32);
  expect(fake.asked).toMatchObject([
    {
      what: 'approvals.answerMany',
      input: {
        questions: [
          { id: 'q1-a', digest },
          { id: 'q2-b', digest },
        ],
      },
    },
  ]);
  fake.problems = {};
  const { code, out } = await run('approve', 'q1', 'q3', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject([
    { id: 'q1-a', problem: null },
    { id: 'q3-c', problem: null },
  ]);
});

it('says what is special about a question, and takes an answer back', async () => {
  waits({
    id: 'q1-a',
    answered: { kind: 'allow-once', at: Date.now() + 3000 },
    reviewed: true,
    callerAway: true,
    riskRaised: true,
    risk: 'destroys',
    laterUntil: Date.now() + 60_000,
  });
  const { out } = await run('approvals', 'q1');
  expect(out).toContain('destroys, as the caller says itself');
  expect(out).toContain('comes back to you before it leaves');
  expect(out).toContain('allowed once only; change the rule to end that');
  expect(out).toContain('Its caller has gone');
  expect(out).toMatch(/Put off until \d\d:\d\d:\d\d\./u);
  expect(out).toMatch(/Answered \(allow-once\).*"gatehouse undo q1-a" takes it back/u);
  expect((await run('undo', 'q1')).out).toBe('Taken back. It waits again.\n');
  expect(lastAsked()).toEqual({ what: 'approvals.undo', input: { ids: ['q1-a'] } });
});

it('shows how a definition has changed, with what hides made visible', async () => {
  waits({ id: 'q1-a', toolChanged: true });
  const same = (text: string) => ({ kind: 'same', text }) as const;
  fake.definition = {
    grantedAt: Date.UTC(2026, 4, 6),
    lines: [
      ...['{', '  "a": 1,', '  "b": 2,', '  "c": 3,'].map(same),
      { kind: 'removed', text: '  "description": "Reads."' },
      { kind: 'added', text: '  "description": "Reads.\u202e"' },
      same('}'),
    ],
  };
  const { out } = await run('approvals', 'q1');
  expect(out.split('\n').slice(-8)).toEqual([
    'The definition that was allowed on 2026-05-06 (-), and the one of now (+):',
    '  …',
    '    "b": 2,',
    '    "c": 3,',
    '-   "description": "Reads."',
    '+   "description": "Reads.⟨U+202E⟩"',
    '  }',
    '',
  ]);
  fake.definition = { lines: null, grantedAt: null };
  expect((await run('approvals', 'q1')).out).toContain('cannot be shown');
});

it('lists, shows and answers what is held', async () => {
  holds('r1-a');
  expect((await run('reviews')).out).toMatch(/^r1-a +Ada +everything +echo +13 .*⟨U\+202E⟩/mu);
  fake.result = { content: [{ type: 'text', text: 'x\u200by' }] };
  expect((await run('reviews', 'r1')).out).toContain('"text": "x⟨U+200B⟩y"');
  const answers: [string[], unknown][] = [
    [['--release'], { kind: 'release' }],
    [['--redact', '{"content":[]}'], { kind: 'redact', result: '{"content":[]}' }],
    [['--refuse'], { kind: 'refuse', reason: null }],
    [['--refuse', '--reason', 'Private.'], { kind: 'refuse', reason: 'Private.' }],
  ];
  for (const [options, answer] of answers) {
    expect((await run('review', 'r1', ...options)).code).toBe(0);
    expect(lastAsked()).toEqual({
      what: 'reviews.answer',
      input: { id: 'r1-a', digest: 'ab'.repeat(32), answer },
    });
  }
  expect((await run('review', 'gone', '--release')).code).toBe(1);
});
