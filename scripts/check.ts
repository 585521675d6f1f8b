/** `npm run check`: runs every check, always all of them, and says which failed. */
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { runTool } from './run-tool.ts';

interface Check {
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
}

const checks: readonly Check[] = [
  { name: 'types: main, shared, scripts', script: 'typescript/bin/tsc', args: ['-p', '.'] },
  { name: 'types: renderer', script: 'typescript/bin/tsc', args: ['-p', 'renderer'] },
  { name: 'types: test', script: 'typescript/bin/tsc', args: ['-p', 'test'] },
  { name: 'lint and layers', script: 'oxlint/bin/oxlint', args: [] },
  { name: 'unused code and dependencies', script: 'knip/bin/knip.js', args: ['--no-progress'] },
  {
    name: 'format',
    script: 'prettier/bin/prettier.cjs',
    args: ['--check', '--log-level', 'warn', '.'],
  },
];

chdir(fileURLToPath(new URL('..', import.meta.url)));
const failed: string[] = [];

for (const { name, script, args } of checks) {
  const { code, output, seconds } = await runTool(script, args, { output: 'keep', deadlineMs: 180_000 });
  const passed = code === 0;
  process.stdout.write(`${passed ? 'ok    ' : 'FAILED'} ${name} (${seconds.toFixed(1)} s)\n`);
  if (passed) continue;
  failed.push(name);
  process.stdout.write(`${output.trimEnd()}\n\n`);
}

if (failed.length > 0) {
  process.stdout.write(`\nFailed: ${failed.join('; ')}.\n`);
  process.exitCode = 1;
}
