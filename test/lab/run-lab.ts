/** Runs the scenarios in networks that end with them. */
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { runProgram, type Finished } from '../../scripts/run-tool.ts';
import { Figure } from './figures.ts';

const minute = 60_000;
const DEADLINE_MS = 15 * minute;
/** Logs, figures and reports; for one run at a time. */
export const RESULTS = process.env['LAB_RESULTS'] ?? 'test-results/lab';
const FIGURES = join(RESULTS, 'figures.jsonl');
const NEEDED = {
  unshare: 'util-linux',
  nsenter: 'util-linux',
  ip: 'iproute2',
  ss: 'iproute2',
  nft: 'nftables',
  miniupnpd: 'miniupnpd',
  turnserver: 'coturn',
};
const inNamespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** Why the lab cannot run here, in one sentence; null where it can. */
export function whyNoLab(): string | null {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (process.getuid?.() !== 0) return 'it needs root';
  const missing = Object.entries(NEEDED).filter(
    ([program]) => spawnSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${program}`]).status !== 0,
  );
  if (missing.length > 0) {
    const packages = [...new Set(missing.map(([, name]) => name))];
    return `it needs ${missing.map(([program]) => program).join(', ')} (Debian: ${packages.join(', ')})`;
  }
  const made = spawnSync('unshare', [
    ...inNamespaces,
    'sh',
    '-c',
    'ip link add lab0 type veth peer name lab1 && mount -t tmpfs x /run',
  ]);
  return made.status === 0 ? null : 'this machine does not allow namespaces';
}

export interface LabRun {
  readonly finished: Finished;
  readonly figures: readonly Figure[];
  /** What was still there afterwards, a sentence each. */
  readonly left: readonly string[];
}

interface LabOptions {
  /** Only the scenarios whose file has one of these in its name; all, where none is given. */
  readonly words: readonly string[];
  /** Where Vitest's JSON report goes. */
  readonly report: string;
  readonly env: Readonly<Record<string, string>>;
  /** More arguments for Vitest. */
  readonly extra: readonly string[];
}

/** Runs the scenarios, one after the other, and looks for what is left of them. */
export async function runLab({ words, report, env, extra }: LabOptions): Promise<LabRun> {
  await rm(RESULTS, { recursive: true, force: true });
  await mkdir(RESULTS, { recursive: true });
  const token = `${process.pid}-${Date.now()}`;
  const before = await namespaces();
  const vitest = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    'lab',
    '--reporter=verbose',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const finished = await runProgram(
    'unshare',
    [...inNamespaces, 'sh', 'test/lab/enter.sh', process.execPath, ...vitest, ...words, ...extra],
    {
      output: 'show',
      deadlineMs: DEADLINE_MS,
      env: {
        ...env,
        GATEHOUSE_LAB: token,
        LAB_RESULTS: resolve(RESULTS),
        GATEHOUSE_FIGURES: resolve(FIGURES),
        GATEHOUSE_OUT: resolve(process.env['GATEHOUSE_OUT'] ?? 'out'),
        PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
      },
    },
  );
  return { finished, figures: await readFigures(), left: await leftovers(token, before) };
}

async function readFigures(): Promise<Figure[]> {
  const text = await readFile(FIGURES, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Figure.parse(JSON.parse(line)));
}

/** Network namespaces of all processes, and those that have a name. */
async function namespaces(): Promise<Set<string>> {
  const links = await Promise.all(
    (await processes()).map((pid) => readlink(`/proc/${pid}/ns/net`).catch(() => null)),
  );
  const named = await readdir('/run/netns').catch(() => []);
  return new Set([...links, ...named].filter((name) => name !== null));
}

const processes = async (): Promise<string[]> =>
  (await readdir('/proc')).filter((name) => /^\d+$/.test(name));

/** Processes that were started by the run, and namespaces that are kept by nobody else. */
async function leftovers(token: string, before: ReadonlySet<string>): Promise<string[]> {
  const left: string[] = [];
  const named = await readdir('/run/netns').catch(() => []);
  left.push(...named.filter((name) => !before.has(name)).map((name) => `The namespace ${name} was left.`));
  for (const pid of await processes()) {
    if (pid === String(process.pid)) continue;
    const environment = await readFile(join('/proc', pid, 'environ'), 'utf8').catch(() => '');
    const state = await readFile(join('/proc', pid, 'stat'), 'utf8').catch(() => '');
    if (environment.split('\0').includes(`GATEHOUSE_LAB=${token}`) && !/\) Z /.test(state))
      left.push(`The process ${pid} was left.`);
  }
  return left;
}

/** The figures as a table. */
export function tableOf(figures: readonly Figure[]): string {
  const widest = Math.max(0, ...figures.map(({ what }) => what.length));
  return figures
    .map(({ scenario, what, value }) => `${scenario.padEnd(3)} ${what.padEnd(widest)}  ${value}`)
    .join('\n');
}
