/** Checking receipts on the command line, with no host and no data directory. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runCommandLine } from '../../../../main/headless/program.ts';
import { CallId } from '../../../../shared/ids.ts';
import type { Receipt } from '../../../../shared/receipts.ts';
import { call, side, stream } from '../host/receipts/two-sides.ts';

let dir: string;
let receipt: Receipt;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gatehouse-receipts-'));
  const [host, caller] = await Promise.all([side(1), side(2)]);
  const between = stream(host, caller);
  const response = { content: [], _meta: { 'app.gatehouse/changed': 'result' } };
  const both = call(1, { tool: 'echo', changed: 'result', response });
  between.caller.add({ ...both.caller, tool: 'echo', response });
  between.host.add(both.host);
  await vi.waitFor(() => expect(host.store.state(CallId.parse(1))).toBe('both'));
  const made = host.room.of(CallId.parse(1));
  if (made === null) throw new Error('There is no receipt.');
  receipt = made;
  await put('good.json', receipt);
  await put('host-only.json', { ...receipt, callerSignature: null });
  await put('forged.json', { ...receipt, body: { ...receipt.body, effect: 'deny' } });
  await put('arguments.json', both.host.request);
  await put('result.json', both.host.response);
  host.room.stop();
  caller.room.stop();
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const put = (name: string, value: unknown): Promise<void> =>
  writeFile(join(dir, name), JSON.stringify(value));

async function verify(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await runCommandLine(
    [
      'receipts',
      'verify',
      '--data',
      join(dir, 'nowhere'),
      ...args.map((arg) => (arg.endsWith('.json') ? join(dir, arg) : arg)),
    ],
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

it('says who called what, when, how it was decided and who has signed that', async () => {
  const { code, out } = await verify('good.json', '--arguments', 'arguments.json', '--result', 'result.json');
  expect(code).toBe(0);
  expect(out).toContain('good.json: sound.');
  expect(out).toContain(`${receipt.body.caller} called files echo of ${receipt.body.host}.`);
  expect(out).toContain(new Date(receipt.body.endedAt).toISOString().slice(11, 23));
  expect(out).toContain(
    'Allowed by person, and answered with a result. The person there changed the result before',
  );
  expect(out).toContain('Signed by the host of the agent and by the caller.');
  expect(out).toContain('The arguments given are those that were sent.');
  expect(out).toContain('The result given is the one that was answered.');
});

it('says where the caller has not signed', async () => {
  const { code, out } = await verify('host-only.json');
  expect(code).toBe(0);
  expect(out).toContain('Signed by the host of the agent only');
});

it('ends with 1 where one of them is forged, and says why', async () => {
  const { code, out } = await verify('good.json', 'forged.json');
  expect(code).toBe(1);
  expect(out).toContain('forged.json: NOT SOUND.');
  expect(out).toContain('it was changed, or belongs elsewhere');
  const asJson = await verify('--json', 'forged.json');
  expect(asJson.code).toBe(1);
  expect(JSON.parse(asJson.out)).toMatchObject([{ ok: false, signedBy: ['host', 'caller'] }]);
  expect(await verify('arguments.json')).toMatchObject({
    code: 1,
    out: expect.stringContaining('not a receipt'),
  });
});

it('ends with 1 where the arguments or the result are not those', async () => {
  const { code, out } = await verify('good.json', '--arguments', 'result.json', '--result', 'arguments.json');
  expect(code).toBe(1);
  expect(out).toContain('not the arguments that were sent');
  expect(out).toContain('not what was answered');
});

it('says what cannot be read', async () => {
  await writeFile(join(dir, 'broken.json'), '{');
  expect(await verify('broken.json')).toMatchObject({ code: 1, err: expect.stringContaining('is not JSON') });
  expect(await verify('missing.json')).toMatchObject({
    code: 1,
    err: expect.stringContaining('cannot be read'),
  });
  expect((await verify('good.json', 'forged.json', '--result', 'result.json')).code).toBe(2);
  expect((await verify()).code).toBe(2);
});
