/**
 * `npm run bench -- rpc|calls|start|gate|records [--json FILE] [--seconds N]`: measures one group on this machine and compares it
 * with what the project promises. See docs/performance.md.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { namesOf, type GroupName } from './contenders.ts';
import { measureGate } from './gate/measure-gate.ts';
import { describeMachine, inWords } from './machine.ts';
import { runRounds, type Row } from './rounds.ts';
import { measureRecords } from './records/measure-records.ts';
import { measureStart } from './start/measure-start.ts';
import { table } from './table.ts';
import { callsTargets, rpcTargets, type Target } from './targets.ts';

const USAGE = `Usage: npm run bench -- rpc|calls|start|gate|records [options]

  rpc     1 KiB echo over our MCP stream and as a Dawn node speaks, beside raw ws, http2 and grpc-js
  calls   tools/call of 1 KiB from host to host, beside direct stdio, supergateway and mcp-proxy
  start   from launch to ready, and memory at rest
  records searches in a million recorded calls, and how long checking their chain takes
  gate    one decision among 1,000 rules

  --json FILE     also write the figures as JSON
  --seconds N     length of one measurement (2)
  --rounds N      how often each is measured (5)
  --only NAME     leave out the other contenders; may be repeated
  --profile DIR   write CPU profiles of all processes
`;

const LEVELS = [1, 64];

const Options = z.strictObject({
  group: z.enum(
    ['rpc', 'calls', 'start', 'gate', 'records'],
    'Name what to measure: rpc, calls, start, gate or records.',
  ),
  json: z.string().optional(),
  seconds: z.coerce.number('--seconds takes a number.').min(0.1).max(60).default(2),
  rounds: z.coerce.number('--rounds takes a number.').int().min(1).max(50).default(5),
  only: z.array(z.string()).default([]),
  profile: z.string().optional(),
});
type Options = z.infer<typeof Options>;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

function readOptions(): Options {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'string' },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      only: { type: 'string', multiple: true },
      profile: { type: 'string' },
    },
  });
  return Options.parse({ ...values, group: positionals.length === 1 ? positionals[0] : undefined });
}

async function compare(group: GroupName, options: Options): Promise<{ rows: Row[]; targets: Target[] }> {
  const all = namesOf(group);
  const unknown = options.only.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new Error(`${group} has no ${unknown.join(', ')}: it has ${all.join(', ')}.`);
  const rows = await runRounds({
    group,
    names: options.only.length === 0 ? all : options.only,
    levels: LEVELS,
    rounds: options.rounds,
    seconds: options.seconds,
    profileDir: options.profile ?? null,
    say,
  });
  const body = rows.map((row) => [
    row.name,
    String(row.inFlight),
    inThousands(row.callsPerSecond),
    `${inThousands(row.slowestRound)}–${inThousands(row.fastestRound)}`,
    row.p50Ms.toFixed(2),
    row.p99Ms.toFixed(2),
  ]);
  say(`\n${table(['', 'in flight', 'calls/s', 'slowest–fastest round', 'p50 ms', 'p99 ms'], body)}`);
  return { rows, targets: group === 'rpc' ? rpcTargets(rows) : callsTargets(rows) };
}

function judge(targets: readonly Target[]): void {
  if (targets.length === 0) return;
  const body = targets.map(({ text, measured, wanted, met }) => [
    text,
    String(measured),
    String(wanted),
    met ? 'met' : 'MISSED',
  ]);
  say(`\n${table(['target', 'measured', 'wanted', ''], body)}`);
}

const inThousands = (value: number): string => Math.round(value).toLocaleString('en-GB');

async function measure(options: Options): Promise<{ rows: readonly object[]; targets: Target[] }> {
  const { group, rounds, profile = null } = options;
  switch (group) {
    case 'start':
      return await measureStart({ launches: rounds, profileDir: profile, say });
    case 'gate':
      return measureGate({ rounds, say });
    case 'records':
      return await measureRecords({ say });
    case 'rpc':
    case 'calls':
      return await compare(group, options);
    default:
      return group satisfies never;
  }
}

async function main(): Promise<void> {
  const options = readOptions();
  const machine = describeMachine();
  say(inWords(machine));
  const { rows, targets } = await measure(options);
  judge(targets);
  if (options.json === undefined) return;
  const { group, seconds, rounds } = options;
  const found = { machine, group, at: new Date().toISOString(), seconds, rounds, rows, targets };
  await writeFile(options.json, `${JSON.stringify(found, null, 2)}\n`);
}

try {
  await main();
} catch (error) {
  const isUsage = error instanceof z.ZodError || (error instanceof TypeError && 'code' in error);
  const messages = error instanceof z.ZodError ? error.issues.map(({ message }) => message) : [String(error)];
  process.stderr.write(`${messages.join('\n')}\n${isUsage ? `\n${USAGE}` : ''}`);
  process.exitCode = 1;
}
