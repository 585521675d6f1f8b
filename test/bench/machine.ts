import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { versions } from 'node:process';

/** Where the figures come from. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly system: string;
  readonly node: string;
  /** Processes that wanted to run in the minute before: much above zero means that others were at work. */
  readonly loadBefore: number;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    system: `${platform()} ${release()} ${arch()}`,
    node: versions.node,
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}

export const inWords = (machine: Machine): string =>
  `${machine.cpu}, ${machine.cores} cores, ${machine.memoryMiB} MiB, ${machine.system}, Node ${machine.node}, ` +
  `load ${machine.loadBefore} before`;
