import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { registerAppScheme, setupAppProtocol } from '../../../../main/electron/app-protocol.ts';
import { protocol, resetElectron } from '../../../fixtures/fake-electron.ts';

vi.mock('electron', () => import('../../../fixtures/fake-electron.ts'));

let folder: string;
let rendererDir: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-app-'));
  rendererDir = join(folder, 'renderer');
  await mkdir(join(rendererDir, 'assets'), { recursive: true });
  await mkdir(join(folder, 'renderer-private'));
  await writeFile(join(rendererDir, 'index.html'), '<!doctype html>start');
  await writeFile(join(rendererDir, 'assets', 'main-1a.js'), 'export {};');
  await writeFile(join(rendererDir, 'notes.txt'), 'not part of the build');
  await writeFile(join(folder, 'secret.json'), '{}');
  await writeFile(join(folder, 'renderer-private', 'secret.json'), '{}');
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(resetElectron);

async function get(url: string, method = 'GET'): Promise<Response> {
  setupAppProtocol(rendererDir);
  const handler = protocol.handlers.get('app');
  if (handler === undefined) throw new Error('Nothing answers app://.');
  return handler({ method, url });
}

describe('app://', () => {
  it('is a standard, secure scheme with fetch, and nothing more', () => {
    registerAppScheme();
    expect(protocol.privileged).toEqual([
      { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
    ]);
  });

  it.each(['app://gatehouse/', 'app://gatehouse/index.html', 'app://gatehouse/?a=1#/peers'])(
    'answers %s with the start page',
    async (url) => {
      const response = await get(url);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(await response.text()).toContain('start');
    },
  );

  it('sends scripts as what they are', async () => {
    const response = await get('app://gatehouse/assets/main-1a.js');
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(await response.text()).toBe('export {};');
  });

  it('sends the policy and forbids sniffing with every answer, refusals included', async () => {
    for (const url of ['app://gatehouse/', 'app://gatehouse/assets/main-1a.js', 'app://gatehouse/none.js']) {
      const { headers } = await get(url);
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; worker-src 'self'; connect-src 'self'; " +
          "img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it.each([
    'app://gatehouse/../secret.json',
    'app://gatehouse/%2e%2e/secret.json',
    'app://gatehouse/%2e%2e%2fsecret.json',
    'app://gatehouse/assets/..%2f..%2fsecret.json',
    'app://gatehouse/..%5csecret.json',
    'app://gatehouse/..%2frenderer-private%2fsecret.json',
    'app://gatehouse/index.html%00.js',
    'app://gatehouse/%ff.js',
    'app://gatehouse/C:/secret.json',
    'app://gatehouse/notes.txt',
    'app://gatehouse/assets/',
    'app://gatehouse/none.js',
    'app://elsewhere/index.html',
    'app://gatehouse:1/index.html',
    'app://user@elsewhere/index.html',
  ])('has nothing for %s', async (url) => {
    const response = await get(url);
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain('{}');
  });

  it('takes nothing but GET and HEAD', async () => {
    expect((await get('app://gatehouse/', 'POST')).status).toBe(405);
    const head = await get('app://gatehouse/', 'HEAD');
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
  });

  it('says what to do where the interface was not built', async () => {
    setupAppProtocol(join(folder, 'nowhere'));
    const response = await protocol.handlers.get('app')?.({ method: 'GET', url: 'app://gatehouse/' });
    expect(response?.status).toBe(404);
    expect(await response?.text()).toContain('npm run build');
  });
});
