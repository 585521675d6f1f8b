import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pidusage from 'pidusage';
import { connect, snapshot } from '../../../main/headless/client.ts';
import { AgentName } from '../../../shared/ids.ts';
import { EVERYTHING } from '../calls/echo-tool.ts';
import { median } from '../measure.ts';
import { table } from '../table.ts';
import { ensureBuilt } from '../../../scripts/ensure-built.ts';
import { stalePartsOf } from '../../../scripts/stale.ts';
import { atMost, type Target } from '../targets.ts';
import { launch, type Launched } from './launch.ts';

/** How long a host is left alone before its memory is looked at. */
const REST_MS = 10_000;
const MIB = 2 ** 20;

export interface StartRow {
  readonly name: string;
  readonly unit: 'ms' | 'MiB';
  /** The median of the samples. */
  readonly value: number;
  readonly samples: readonly number[];
}

export interface StartOptions {
  readonly launches: number;
  readonly profileDir: string | null;
  readonly say: (line: string) => void;
}

/**
 * Launches the headless program with an identity, a database and one agent that are already there, and times it until
 * its ready line; then looks at the memory of the last one.
 */
export async function measureStart(options: StartOptions): Promise<{ rows: StartRow[]; targets: Target[] }> {
  const failure = await ensureBuilt(() => stalePartsOf(['headless']));
  if (failure !== null) throw new Error(`The program could not be built.\n${failure}`);
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
  try {
    const rows = await measureIn(dataDir, options);
    const body = rows.map(({ name, unit, value, samples }) => [name, `${value} ${unit}`, samples.join(', ')]);
    options.say(`\n${table(['', 'median', 'samples'], body)}`);
    const value = (name: string): number => rows.find((row) => row.name === name)?.value ?? Number.NaN;
    return {
      rows,
      targets: [
        atMost('launch to ready, ms', value('launch to ready'), 1500),
        atMost('memory at rest, MiB', value('memory at rest'), 160),
      ],
    };
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function measureIn(dataDir: string, { launches, profileDir, say }: StartOptions): Promise<StartRow[]> {
  say('Making an identity, a database and an agent …');
  await withHost(dataDir, null, () => addEverything(dataDir));

  const times: number[] = [];
  for (let count = 1; count <= launches; count += 1) {
    say(`Launch ${count} of ${launches} …`);
    await withHost(dataDir, profileDir, async ({ readyMs }) => void times.push(Math.round(readyMs)));
  }

  say(`Resting ${REST_MS / 1000} s, twice …`);
  return await withHost(dataDir, null, async ({ pid }) => {
    await sleep(REST_MS);
    const alone = await memoryOf(pid);
    const watched = await whileWatched(dataDir, async () => {
      await sleep(REST_MS);
      return await memoryOf(pid);
    });
    return [
      { name: 'launch to ready', unit: 'ms', value: median(times), samples: times },
      { name: 'memory at rest', unit: 'MiB', value: alone, samples: [alone] },
      { name: 'memory with one watcher', unit: 'MiB', value: watched, samples: [watched] },
    ];
  });
}

async function withHost<T>(
  dataDir: string,
  profileDir: string | null,
  work: (host: Launched) => Promise<T>,
): Promise<T> {
  const host = await launch(dataDir, profileDir);
  try {
    return await work(host);
  } finally {
    await host.stop();
  }
}

async function addEverything(dataDir: string): Promise<void> {
  const { client, close } = await connect(dataDir);
  try {
    const name = AgentName.parse('everything');
    const source = { kind: 'stdio' as const, ...EVERYTHING, env: {}, cwd: null };
    await client.agents.add({ name, description: '', tags: [], source, autostart: true });
    const { agents } = await snapshot(client);
    await client.agents.confirm({ name, sourceDigest: agents[name]?.sourceDigest ?? '' });
    await client.agents.start({ name });
  } finally {
    close();
  }
}

/** With a watcher that takes in every change, as an open page does. */
async function whileWatched<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  const { client, close } = await connect(dataDir);
  const done = new AbortController();
  const watching = (async (): Promise<void> => {
    for await (const { watch, seq } of await client.live.watch({}, { signal: done.signal })) {
      await client.live.ack({ watch, seq });
    }
  })().catch((error: unknown) => {
    if (!done.signal.aborted) throw error;
  });
  try {
    return await work();
  } finally {
    done.abort();
    await watching;
    close();
  }
}

/** What a process occupies in memory (resident set), in MiB. */
const memoryOf = async (pid: number): Promise<number> => Math.round((await pidusage(pid)).memory / MIB);
