import type { GroupName } from './contenders.ts';
import { median, type Measured } from './measure.ts';
import { Pair } from './pair.ts';

/** One contender at one level, over all rounds. Figures are medians of the rounds. */
export interface Row {
  readonly name: string;
  readonly inFlight: number;
  readonly callsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Calls of all rounds together. */
  readonly calls: number;
  readonly slowestRound: number;
  readonly fastestRound: number;
}

export interface RoundsOptions {
  readonly group: GroupName;
  readonly names: readonly string[];
  readonly levels: readonly number[];
  readonly rounds: number;
  /** Of one measurement. */
  readonly seconds: number;
  readonly profileDir: string | null;
  readonly say: (line: string) => void;
}

/** Long enough for the compiler to have seen what runs often. */
const WARM_UP_SECONDS = 3;

/**
 * Starts every contender, warms each up, then measures them in turn, several times over (A B C, A B C, …), so that
 * what disturbs the machine for a while disturbs all of them alike.
 */
export async function runRounds(options: RoundsOptions): Promise<Row[]> {
  const { group, names, levels, rounds, seconds, profileDir, say } = options;
  await using stack = new AsyncDisposableStack();
  const pairs: Pair[] = [];
  for (const name of names) {
    const pair = await Pair.start({ group, name, profileDir });
    stack.defer(() => pair.stop());
    pairs.push(pair);
  }
  say(`Warming up ${names.join(', ')} …`);
  for (const pair of pairs) for (const inFlight of levels) await pair.measure(inFlight, WARM_UP_SECONDS);

  const found = new Map<string, Measured[]>();
  for (let round = 1; round <= rounds; round += 1) {
    say(`Round ${round} of ${rounds} …`);
    for (const inFlight of levels) {
      for (const pair of pairs) {
        const measured = await pair.measure(inFlight, seconds);
        found.set(keyOf(pair.name, inFlight), [...(found.get(keyOf(pair.name, inFlight)) ?? []), measured]);
      }
    }
  }
  return levels.flatMap((inFlight) =>
    names.map((name) => rowOf(name, inFlight, found.get(keyOf(name, inFlight)) ?? [])),
  );
}

const keyOf = (name: string, inFlight: number): string => `${inFlight} ${name}`;

function rowOf(name: string, inFlight: number, measured: readonly Measured[]): Row {
  const rates = measured.map(({ callsPerSecond }) => callsPerSecond);
  return {
    name,
    inFlight,
    callsPerSecond: rounded(median(rates), 1),
    p50Ms: rounded(median(measured.map(({ p50Ms }) => p50Ms)), 3),
    p99Ms: rounded(median(measured.map(({ p99Ms }) => p99Ms)), 3),
    calls: measured.reduce((sum, { calls }) => sum + calls, 0),
    slowestRound: rounded(Math.min(...rates), 1),
    fastestRound: rounded(Math.max(...rates), 1),
  };
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
