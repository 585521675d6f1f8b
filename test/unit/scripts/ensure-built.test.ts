import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';

const run = promisify(execFile);
const scripts = new URL('../../../scripts/', import.meta.url).href;
let folder: string;

/** A small repository with a build that only notes that it ran; the scripts work in the folder they run in. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-built-'));
  await mkdir(join(folder, 'scripts'));
  await writeFile(
    join(folder, 'scripts', 'build.ts'),
    "import { appendFileSync } from 'node:fs';\nsetTimeout(() => appendFileSync('out/built', 'x'), 300);\n",
  );
});
afterEach(() => rm(folder, { recursive: true }));

async function inFolder(code: string): Promise<string> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { cwd: folder });
  return stdout.trim();
}

const build = (): Promise<string> =>
  inFolder(`
    import { existsSync } from 'node:fs';
    import { ensureBuilt } from '${scripts}ensure-built.ts';
    console.log(await ensureBuilt(async () => (existsSync('out/built') ? [] : ['renderer'])));
  `);

it('builds once, however many ask at once', async () => {
  expect(await Promise.all([build(), build(), build()])).toEqual(['null', 'null', 'null']);
  expect(await readFile(join(folder, 'out', 'built'), 'utf8')).toBe('x');
});

it('is not held up by a build that was killed', async () => {
  await mkdir(join(folder, 'out'));
  const { pid } = await run(process.execPath, ['-p', 'process.pid']).then(({ stdout }) => ({ pid: stdout }));
  await writeFile(join(folder, 'out', 'building.lock'), pid.trim());
  expect(await build()).toBe('null');
});

it('says what a build said that failed', async () => {
  await writeFile(join(folder, 'scripts', 'build.ts'), "throw new Error('no such part');\n");
  expect(await build()).toContain('no such part');
});

it('never takes a build for fresh that is older than one of its sources', async () => {
  const sources = ['main/headless', 'main/endpoint', 'main/demo', 'main/host', 'shared'];
  for (const name of [...sources, 'out/headless']) await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, 'package-lock.json'), '{}');
  const source = join(folder, 'main/endpoint/server.ts');
  await writeFile(source, '');
  const stale = (): Promise<string> =>
    inFolder(`import { isStale } from '${scripts}stale.ts'; console.log(await isStale('headless'));`);
  expect(await stale()).toBe('true');
  const built = join(folder, 'out/headless/index.js');
  await writeFile(built, '');
  const later = new Date(Date.now() + 60_000);
  await utimes(built, later, later);
  expect(await stale()).toBe('false');
  const latest = new Date(Date.now() + 120_000);
  await utimes(source, latest, latest);
  expect(await stale()).toBe('true');
});
