/**
 * Completes `package-lock.json` with the packages of other platforms. npm leaves them out where the registry
 * it asked does not carry them, and then `npm ci` refuses the lock everywhere. Run it after `npm install`.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { absentOptionals, readLock, type Absent } from './lock-file.ts';

/** Keeps every key in its place, so that the change is only what was added. */
const AsWritten = z.looseObject({ packages: z.record(z.string(), z.record(z.string(), z.unknown())) });

const systems: Readonly<Record<string, string>> = {
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  openharmony: 'openharmony',
  win32: 'win32',
};
const processors = ['arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64'];

/** These packages say in their name what they are for: `…-linux-arm64-musl`. */
function entryFor({ name, version, dev }: Absent): Record<string, unknown> {
  const words = name.split(/[-/]/);
  const os = words.map((word) => systems[word]).find((system) => system !== undefined);
  const cpu = name.includes('wasm32') ? 'wasm32' : processors.find((processor) => words.includes(processor));
  if (cpu === undefined || (os === undefined && cpu !== 'wasm32')) {
    throw new Error(`The name ${name} does not say which platform it is for: add it to the lock by hand.`);
  }
  const libc = words.includes('musl')
    ? ['musl']
    : words.includes('gnu') && os === 'linux'
      ? ['glibc']
      : undefined;
  return {
    version,
    cpu: [cpu],
    ...(dev ? { dev } : {}),
    ...(libc === undefined ? {} : { libc }),
    optional: true,
    ...(os === undefined ? {} : { os: [os] }),
  };
}

chdir(fileURLToPath(new URL('..', import.meta.url)));
const text = await readFile('package-lock.json', 'utf8');
const absent = absentOptionals(readLock(text).packages);
if (absent.length > 0) {
  const whole = AsWritten.parse(JSON.parse(text));
  for (const one of absent) whole.packages[`node_modules/${one.name}`] = entryFor(one);
  const sorted = Object.entries(whole.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  const { packages: _unsorted, ...rest } = whole;
  await writeFile(
    'package-lock.json',
    `${JSON.stringify({ ...rest, packages: Object.fromEntries(sorted) }, null, 2)}\n`,
  );
}
process.stdout.write(`${absent.length} packages of other platforms added to the lock\n`);
