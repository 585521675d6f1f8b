import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeEndpoint } from '../../../../main/endpoint/endpoint-file.ts';
import { startServer, type EndpointServer } from '../../../../main/endpoint/server.ts';
import { runCommandLine } from '../../../../main/headless/program.ts';
import { CompareRequest, type WayResult } from '../../../../shared/compare.ts';
import { aPeer, FakeHost } from '../../../fixtures/fake-host.ts';
import { somePeerId } from '../../../fixtures/views.ts';

let dir: string;
let fake: FakeHost;
let server: EndpointServer;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gatehouse-compare-'));
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

async function run(
  args: readonly string[],
  { interrupted = new AbortController().signal, isTerminal = false } = {},
): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const terminal = {
    out: (text: string): void => void (out += text),
    err: (text: string): void => void (err += text),
    columns: isTerminal ? 120 : null,
    interactive: isTerminal,
    ask: () => Promise.resolve(''),
    readInput: () => Promise.resolve('{"message":"from input"}'),
    interrupted,
  };
  const code = await runCommandLine(['--data', dir, 'compare', ...args], terminal, '0.0.0');
  return { code, out, err };
}

const aWay = (change: Partial<WayResult>): WayResult => ({
  way: 'tcp',
  unavailable: null,
  address: '/ip4/192.0.2.7/tcp/4001',
  calls: 100,
  concurrency: 1,
  failures: 0,
  failure: null,
  p50: 0.512,
  p95: 1,
  p99: 2,
  callsPerSecond: 1800.4,
  mibPerSecond: 3.5,
  cpuSeconds: 0.04,
  histogram: [{ upToMs: 2, count: 100 }],
  series: [{ at: 1, ms: 0.5, calls: 100 }],
  ...change,
});

const WAYS = [
  aWay({}),
  aWay({ way: 'quic', failures: 3, failure: 'The link to the peer was lost.' }),
  aWay({ way: 'relay', unavailable: 'No relay is known.', address: null, calls: 0, p50: null }),
];

const request = CompareRequest.parse({ peerId: somePeerId });
const done = {
  type: 'done',
  comparison: { peerId: somePeerId, startedAt: 1, endedAt: 2, request, ways: WAYS },
} as const;

it('prints a row for each way, and why others were not measured', async () => {
  fake.comparison = [{ type: 'progress', done: 10, total: 200, ways: WAYS }, done];
  const { code, out, err } = await run(['Ada', '--calls', '100', '--ways', 'tcp,quic,relay']);
  expect(code).toBe(0);
  expect(out.split('\n')).toEqual([
    '100 × lines of 1024 bytes over each way to Ada, 1 at once:',
    'WAY   P50 MS  P95 MS  P99 MS  CALLS/S  MIB/S  CPU S  CALLS  FAILED  ADDRESS',
    'TCP   0.51    1.00    2.00    1800     3.50   0.04   100    0       /ip4/192.0.2.7/tcp/4001',
    'QUIC  0.51    1.00    2.00    1800     3.50   0.04   100    3       /ip4/192.0.2.7/tcp/4001',
    'QUIC failed at first with: The link to the peer was lost.',
    'relay was not measured: No relay is known.',
    '',
  ]);
  expect(err).toBe('');
  expect(fake.asked.find(({ what }) => what === 'comparing.run')?.input).toEqual({
    ...request,
    ways: ['tcp', 'quic', 'relay'],
  });
});

it('says which way had fewer calls at once than were asked for', async () => {
  const asked = CompareRequest.parse({ peerId: somePeerId, concurrency: 64 });
  const ways = [aWay({ concurrency: 64 }), aWay({ way: 'legacy', concurrency: 32 })];
  fake.comparison = [{ ...done, comparison: { ...done.comparison, request: asked, ways } }];
  const { out } = await run(['Ada', '--concurrency', '64']);
  expect(out).toContain('legacy (Dawn) had 32 calls under way at once, and not 64: it takes no more.\n');
  expect(out).not.toMatch(/TCP had/);
});

it('says how far it is, on a terminal only', async () => {
  fake.comparison = [{ type: 'progress', done: 10, total: 200, ways: WAYS }, done];
  const { err } = await run(['Ada'], { isTerminal: true });
  expect(err).toContain('10 of 200 calls over tcp, quic …');
  expect(err.endsWith('\r\u001b[K')).toBe(true);
});

it('calls a tool with arguments from standard input', async () => {
  fake.comparison = [done];
  await run(['Ada', '--agent', 'everything', '--tool', 'echo', '--args', '-', '--concurrency', '8']);
  expect(fake.asked.find(({ what }) => what === 'comparing.run')?.input).toMatchObject({
    target: { agent: 'everything', tool: 'echo', arguments: { message: 'from input' } },
    concurrency: 8,
  });
  expect(await run(['Ada', '--tool', 'echo'])).toMatchObject({ code: 2 });
});

it('prints all of it as JSON, and one line a way as CSV', async () => {
  fake.comparison = [done];
  const file = join(dir, 'ways.csv');
  const { out } = await run(['Ada', '--json', '--csv', file]);
  expect(JSON.parse(out)).toEqual(done.comparison);
  const lines = (await readFile(file, 'utf8')).split('\r\n');
  expect(lines).toHaveLength(5);
  expect(lines[0]).toBe(
    'way,unavailable,address,calls,concurrency,failures,failure,p50,p95,p99,callsPerSecond,mibPerSecond,cpuSeconds',
  );
  expect(lines[1]).toBe('tcp,,/ip4/192.0.2.7/tcp/4001,100,1,0,,0.512,1,2,1800.4,3.5,0.04');
});

it('reads what past calls took, of one peer or of all', async () => {
  fake.pastComparison = {
    since: 0,
    ways: [aWay({ callsPerSecond: null, mibPerSecond: null, cpuSeconds: null })],
  };
  const { code, out } = await run(['--past', '--days', '7']);
  expect(code).toBe(0);
  expect(out).toContain('Calls of the last 7 days, without what a person took to decide:');
  expect(out).toMatch(/TCP +0\.51 +1\.00 +2\.00 +- +- +- +100/);
  await run(['Ada', '--past']);
  expect(fake.asked.filter(({ what }) => what === 'comparing.past').map(({ input }) => input)).toEqual([
    { days: 7 },
    { days: 30, peerId: somePeerId },
  ]);
});

it('refuses what cannot be compared', async () => {
  expect(await run([])).toMatchObject({ code: 2, err: 'Name the peer to compare the ways to.\n' });
  expect(await run(['Ada', '--ways', 'tcp,pigeon'])).toMatchObject({ code: 2 });
  expect(await run(['Ada', '--calls', '0'])).toMatchObject({ code: 2 });
});

it('ends the comparison when it is interrupted', async () => {
  const interrupt = new AbortController();
  const going = Promise.withResolvers<never>();
  fake.comparison = (async function* () {
    yield { type: 'progress', done: 1, total: 100, ways: [] } as const;
    await going.promise;
  })();
  const running = run(['Ada'], { interrupted: interrupt.signal });
  const signal = await fake.compared.promise;
  const ended = new Promise((resolve) => signal?.addEventListener('abort', resolve));
  interrupt.abort();
  expect(await running).toMatchObject({ code: 130 });
  await ended;
  going.reject(new Error('The test is over.'));
});
