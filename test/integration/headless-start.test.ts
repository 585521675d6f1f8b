/** `npm start` on a machine where the desktop app cannot run. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/start.ts', import.meta.url));
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'gatehouse-start-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

// Only there can the display be taken away.
it.runIf(process.platform === 'linux')(
  'says so in one sentence, and offers the same interface to a browser',
  async () => {
    const env = { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '' };
    const args = [script, '--data', root, '--port', '0', '--no-mdns', '--listen', '/ip4/127.0.0.1/tcp/0'];
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    const shown = Promise.withResolvers<void>();
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (out.includes('Ctrl+C')) shown.resolve();
    });
    const ended = once(child, 'exit');
    void ended.then(([code]) => shown.reject(new Error(`It ended with ${String(code)}: ${err}`)));
    await shown.promise;
    expect(err.trim().split('\n')).toEqual([
      expect.stringMatching(/^(Electron|There is no display).*browser\.$/),
    ]);
    const url = /Interface: (\S+)/.exec(out)?.[1] ?? '';
    const first = await fetch(url, { redirect: 'manual' });
    expect(first.status).toBe(303);
    const cookie = first.headers.get('set-cookie')?.split(';')[0] ?? '';
    const page = await fetch(new URL('/', url), { headers: { cookie } });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<script type="module"');
    child.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
  },
  180_000,
);
