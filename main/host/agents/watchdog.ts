import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';

/**
 * Remembers process groups by number. When its input ends, which it does however the host dies, it ends what is left
 * of them. It ignores what a terminal sends, so that it outlives an interrupted host.
 */
const SCRIPT = `
trap '' HUP INT TERM QUIT
set --
while read -r verb group; do
  case $verb in
    add) set -- "$@" "$group" ;;
    del)
      kept=
      for one in "$@"; do [ "$one" = "$group" ] || kept="$kept $one"; done
      set -- $kept ;;
  esac
done
[ $# -eq 0 ] && exit 0
for one in "$@"; do kill -TERM "-$one" 2>/dev/null; done
sleep 1
for one in "$@"; do kill -KILL "-$one" 2>/dev/null; done
exit 0
`;
const RESTART_MS = 1000;
const STOP_MS = 2000;

/**
 * Ends the process groups of agents when the host is gone, even by `kill -9`: one small shell in a session of its own
 * that holds the other end of a pipe. Started with the first group. POSIX only; on Windows libuv's job object does the
 * same for all children.
 */
export class Watchdog {
  readonly #groups = new Set<number>();
  #shell: ChildProcess | null = null;
  #restart: NodeJS.Timeout | null = null;

  /** Process id of the shell while it runs. */
  get pid(): number | null {
    return this.#shell?.pid ?? null;
  }

  add(group: number): void {
    this.#groups.add(group);
    if (this.#shell === null) this.#start();
    else this.#tell(`add ${group}\n`);
  }

  remove(group: number): void {
    if (this.#groups.delete(group)) this.#tell(`del ${group}\n`);
  }

  /** Lets the shell go, which ends the groups that were not removed. With the next group there is another one. */
  async stop(): Promise<void> {
    if (this.#restart !== null) clearTimeout(this.#restart);
    this.#restart = null;
    this.#groups.clear();
    const shell = this.#shell;
    this.#shell = null;
    if (shell === null || shell.exitCode !== null || shell.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => {
      shell.once('exit', () => resolve());
      setTimeout(resolve, STOP_MS).unref();
    });
    shell.ref();
    shell.stdin?.end();
    await gone;
  }

  #start(): void {
    if (process.platform === 'win32') return;
    const shell = spawn('/bin/sh', ['-c', SCRIPT], {
      detached: true,
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#shell = shell;
    shell.stdin.on('error', () => {
      // The shell is gone; its exit is seen below.
    });
    const onGone = (): void => {
      if (this.#shell !== shell) return;
      this.#shell = null;
      this.#restart = setTimeout(() => {
        this.#restart = null;
        if (this.#shell === null && this.#groups.size > 0) this.#start();
      }, RESTART_MS);
      this.#restart.unref();
    };
    shell.once('exit', onGone);
    shell.once('error', onGone);
    shell.unref();
    // Neither the shell nor its pipe keeps a host that is otherwise done from ending.
    if (shell.stdin instanceof Socket) shell.stdin.unref();
    for (const group of this.#groups) this.#tell(`add ${group}\n`);
  }

  #tell(line: string): void {
    const stdin = this.#shell?.stdin;
    if (stdin?.writable === true) stdin.write(line);
  }
}
