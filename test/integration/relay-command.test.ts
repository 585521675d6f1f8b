import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runCommandLine } from '../../main/headless/program.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gatehouse-relay-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true, force: true });
});

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command; `until` ends it once it has said that. */
async function run(args: readonly string[], until?: string): Promise<Said> {
  const interrupted = new AbortController();
  let [out, err] = ['', ''];
  const code = await runCommandLine(
    ['--data', dir, ...args],
    {
      out: (text) => {
        out += text;
        if (until !== undefined && out.includes(until)) interrupted.abort();
      },
      err: (text) => void (err += text),
      columns: null,
      interactive: false,
      ask: () => Promise.resolve(''),
      readInput: () => Promise.resolve(''),
      interrupted: interrupted.signal,
    },
    '0.0.0',
  );
  return { code, out, err };
}

const HERE = ['relay', '--port', '0', '--listen', '/ip4/127.0.0.1/tcp/0', '--no-stun'];

it('says what the relay is, and what to give to friends', async () => {
  const announced = '/dns4/relay.example.org/tcp/4001';
  const said = await run(
    [...HERE, '--announce', announced, '--circuit-mib', '5', '--circuit-minutes', '30', '--contacts-only'],
    'Ctrl+C',
  );
  expect(said).toMatchObject({ code: 0, err: '' });
  expect(said.out).toContain('It relays for up to 256 contacts: 30 minutes and 5 MiB for each connection.');
  expect(said.out).toContain('It answers no STUN requests.');
  expect(said.out).toMatch(
    /^LIBP2P_BOOTSTRAP_PEERS=\/dns4\/relay\.example\.org\/tcp\/4001\/p2p\/12D3Koo\w+$/m,
  );
});

it('warns where nobody elsewhere could use it', async () => {
  const said = await run(HERE, 'Ctrl+C');
  expect(said.err).toContain('no public address of its own');
  expect(said.out).not.toContain('LIBP2P_BOOTSTRAP_PEERS');
});

it('says that it relays nothing where only WebSocket runs', async () => {
  vi.stubEnv('GATEHOUSE_TRANSPORT', 'websocket');
  vi.stubEnv('GATEHOUSE_WEBSOCKET_LISTEN', '127.0.0.1:0');
  const said = await run(HERE, 'Ctrl+C');
  expect(said.code).toBe(0);
  expect(said.err).toMatch(/^It relays nothing and answers no STUN requests: libp2p does not run here/m);
  expect(said.out).not.toContain('It relays for');
});

it('refuses what makes no sense, with 2', async () => {
  for (const wrong of [
    ['--stun-port', '65535'],
    ['--max-reservations', '0'],
    ['--circuit-mib', 'much'],
    ['--circuit-minutes', '-1'],
    ['--circuit-minutes', '1441'],
    ['--announce', 'example.org:4001'],
  ])
    expect(await run([...HERE, ...wrong])).toMatchObject({ code: 2, out: '' });
  const many = Array.from({ length: 17 }, (_, index) => `/ip4/192.0.2.7/tcp/${4001 + index}`);
  const said = await run([...HERE, '--announce', ...many]);
  expect(said).toMatchObject({ code: 2, out: '' });
  expect(said.err).toContain('--announce takes 16 addresses at most; these are 17.');
});
