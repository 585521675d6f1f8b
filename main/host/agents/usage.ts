import { readFile, readdir } from 'node:fs/promises';
import pidtree from 'pidtree';
import pidusage from 'pidusage';

/** Linux counts processor time for programs in hundredths of a second, on every architecture. */
const TICKS_PER_SECOND = 100;
const MAX_PROCESSES = 512;

export interface Usage {
  /** Of one processor: two that are busy are 200. */
  readonly cpuPercent: number;
  readonly memoryBytes: number;
}

interface Watched {
  readonly tell: (usage: Usage) => void;
  ticks: Map<number, number>;
  at: number;
}

/** Measures the process trees of all running agents, every two seconds, by one timer that keeps nothing alive. */
export class UsageMeter {
  readonly #everyMs: number;
  readonly #watched = new Map<number, Watched>();
  #timer: NodeJS.Timeout | null = null;
  #busy = false;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  add(pid: number, tell: (usage: Usage) => void): void {
    const watched: Watched = { tell, ticks: new Map(), at: performance.now() };
    this.#watched.set(pid, watched);
    // What its start has cost is not counted.
    if (process.platform === 'linux') void measureLinux(pid, watched);
    this.#timer ??= setInterval(() => void this.#measure(), this.#everyMs).unref();
  }

  remove(pid: number): void {
    this.#watched.delete(pid);
    if (this.#watched.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    if (process.platform !== 'linux') pidusage.clear();
  }

  async #measure(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (const [pid, watched] of this.#watched) {
      const usage = process.platform === 'linux' ? await measureLinux(pid, watched) : await measureOther(pid);
      if (usage !== null && this.#watched.get(pid) === watched) watched.tell(usage);
    }
    this.#busy = false;
  }
}

/** Reads `/proc` (proc(5)): no other program is needed, and none is started. */
async function measureLinux(root: number, watched: Watched): Promise<Usage | null> {
  const now = performance.now();
  const ticks = new Map<number, number>();
  let memoryBytes = 0;
  let used = 0;
  for (const pid of await processTree(root)) {
    const one = await readProcess(pid);
    if (one === null) continue;
    ticks.set(pid, one.ticks);
    memoryBytes += one.memoryBytes;
    used += Math.max(0, one.ticks - (watched.ticks.get(pid) ?? 0));
  }
  if (ticks.size === 0) return null;
  const seconds = Math.max(0.001, (now - watched.at) / 1000);
  watched.ticks = ticks;
  watched.at = now;
  return { cpuPercent: Math.round((used / TICKS_PER_SECOND / seconds) * 1000) / 10, memoryBytes };
}

export async function processTree(root: number): Promise<number[]> {
  const found = [root];
  for (let i = 0; i < found.length && found.length < MAX_PROCESSES; i += 1) {
    const pid = found[i];
    const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
    for (const thread of threads) {
      const text = await readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '');
      for (const child of text.split(' ')) if (child.trim() !== '') found.push(Number(child));
    }
  }
  return found;
}

async function readProcess(pid: number): Promise<{ ticks: number; memoryBytes: number } | null> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
    ]);
    // The name in brackets may itself contain spaces and brackets. Fields 14 and 15 are utime and stime.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
    return { ticks: Number(fields[11]) + Number(fields[12]), memoryBytes: Number(kibibytes ?? 0) * 1024 };
  } catch {
    return null; // It has just ended.
  }
}

async function measureOther(root: number): Promise<Usage | null> {
  try {
    const tree: number[] = await pidtree(root, { root: true });
    let cpuPercent = 0;
    let memoryBytes = 0;
    for (const one of Object.values(await pidusage(tree.slice(0, MAX_PROCESSES)))) {
      cpuPercent += one.cpu;
      memoryBytes += one.memory;
    }
    return { cpuPercent: Math.round(cpuPercent * 10) / 10, memoryBytes };
  } catch {
    return null; // It has just ended, or this system has no `ps`.
  }
}
