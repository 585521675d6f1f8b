/**
 * `npm run package`: builds everything and packs it for this platform and processor. Arguments go to
 * electron-builder. The Node that runs this script travels with the installed `gatehouse` command, so
 * packages are made on the platform they are for.
 */
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { runProgram, runTool } from './run-tool.ts';

const minute = 60_000;
const runtimeDir = 'out/runtime';

async function copyRuntime(): Promise<void> {
  await rm(runtimeDir, { recursive: true, force: true });
  await mkdir(runtimeDir, { recursive: true });
  const target = join(runtimeDir, basename(process.execPath));
  await copyFile(process.execPath, target);
  await chmod(target, 0o755);
}

/** The command reads its name and version from here. One file cannot go both into the archive and beside it. */
async function writeManifest(): Promise<void> {
  const { name, version, type } = z
    .object({ name: z.string(), version: z.string(), type: z.literal('module') })
    .parse(JSON.parse(await readFile('package.json', 'utf8')));
  await mkdir('out/program', { recursive: true });
  await writeFile('out/program/package.json', `${JSON.stringify({ name, version, type }, null, 2)}\n`);
}

chdir(fileURLToPath(new URL('..', import.meta.url)));
const built = await runProgram(process.execPath, ['scripts/build.ts'], {
  output: 'show',
  deadlineMs: 5 * minute,
});
if (built.code === 0) {
  await copyRuntime();
  await writeManifest();
  const packed = await runTool('electron-builder/cli.js', ['--publish', 'never', ...process.argv.slice(2)], {
    output: 'show',
    deadlineMs: 30 * minute,
  });
  process.exitCode = packed.code ?? 1;
} else {
  process.exitCode = 1;
}
