import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Internet } from './internet.ts';
import type { Families, Socket } from './line.ts';
import { Machine } from './machine.ts';
import { Namespace } from './namespace.ts';
import { Network } from './network.ts';
import { Router, type Nat } from './router.ts';

const START_MS = 20_000;

export interface HomeOptions {
  readonly nat: Nat;
  /** The first three parts of its inner IPv4 addresses; null: none. */
  readonly ipv4?: string | null;
  /** The first 64 bits of its inner IPv6 addresses, which the internet routes to it. */
  readonly ipv6?: string | null;
  /** Where it is plugged in; the internet, unless said otherwise. */
  readonly uplink?: Socket;
  readonly families?: Families;
}

/** The machines and networks of one scenario. All of them end with it. */
export class Lab {
  readonly internet: Internet;
  readonly #dir: string;
  readonly #logs: string;
  readonly #namespaces: Namespace[] = [];
  readonly #machines: Machine[] = [];
  readonly #routers: Router[] = [];
  readonly #programs: ChildProcess[] = [];

  private constructor(internet: Internet, dir: string, logs: string) {
    this.internet = internet;
    this.#dir = dir;
    this.#logs = logs;
    this.#namespaces.push(internet.namespace);
  }

  /** @param scenario a short name; its hosts write their logs into a folder of that name */
  static async create(scenario: string): Promise<Lab> {
    if (process.env['GATEHOUSE_LAB'] === undefined)
      throw new Error('Only in networks of its own: start it by "npm run lab".');
    const dir = join('/run/lab', scenario);
    const logs = join(process.env['LAB_RESULTS'] ?? dir, scenario);
    // A second try begins with hosts that were never there; the logs of both tries stay.
    await rm(dir, { recursive: true, force: true });
    await mkdir(dir, { recursive: true });
    await mkdir(logs, { recursive: true });
    return new Lab(await Internet.create(), dir, logs);
  }

  async machine(name: string, ...sockets: readonly Socket[]): Promise<Machine> {
    const machine = new Machine(await this.#namespace(name), {
      dir: this.#dir,
      logs: this.#logs,
      cache: '/run/lab/cache',
    });
    this.#machines.push(machine);
    for (const socket of sockets) await machine.plugInto(socket);
    return machine;
  }

  /** A local network without a router. */
  async network(name: string, ipv4: string): Promise<Network> {
    const network = await Network.create(name, { ipv4, routed: false });
    this.#namespaces.push(network.namespace);
    return network;
  }

  /** A local network behind a router. */
  async home(name: string, options: HomeOptions): Promise<Router> {
    const { nat, ipv4 = '192.168.1', ipv6 = null, uplink, families = {} } = options;
    const namespace = await this.#namespace(name);
    const lan = await Network.create(`${name}-lan`, { ipv4, ipv6, routed: true });
    this.#namespaces.push(lan.namespace);
    const line = await (uplink ?? this.internet.socket(families)).plug(namespace, 'wan');
    const router = await Router.create({ namespace, lan, line, nat, dir: this.#logs });
    if (ipv6 !== null && line.ipv6 !== null) await this.internet.route(`${ipv6}::/64`, line.ipv6);
    this.#routers.push(router);
    return router;
  }

  /** Starts a program on a machine, and resolves with its first output; it is ended with the lab. */
  async run(machine: Machine, program: string, args: readonly string[]): Promise<string> {
    const log = openSync(join(this.#logs, `${machine.name}-${basename(program)}.log`), 'a');
    try {
      const child = machine.namespace.spawn(program, args, {
        stdio: ['ignore', 'pipe', log],
        cwd: this.#dir,
      });
      this.#programs.push(child);
      if (child.stdout === null) throw new Error(`${program} has no output.`);
      const [first] = await once(child.stdout, 'data', { signal: AbortSignal.timeout(START_MS) });
      child.stdout.resume();
      return String(first);
    } finally {
      closeSync(log);
    }
  }

  /**
   * Stops every host, and looks for what they left behind.
   * @throws where a host does not stop by itself, or leaves a process or a socket
   */
  async stop(): Promise<void> {
    const left: string[] = [];
    await Promise.all([...this.#programs.map(end), ...this.#routers.map((router) => router.stop())]);
    const stopped = await Promise.allSettled(this.#machines.map((machine) => machine.stop()));
    for (const result of stopped) if (result.status === 'rejected') left.push(String(result.reason));
    for (const { namespace } of this.#machines) {
      const sockets = await namespace.sockets();
      left.push(...sockets.map((socket) => `A socket on ${namespace.name}: ${socket}`));
    }
    for (const namespace of this.#namespaces.toReversed()) await namespace.remove();
    if (left.length > 0) throw new Error(`Left behind:\n${left.join('\n')}`);
  }

  async #namespace(name: string): Promise<Namespace> {
    const namespace = await Namespace.create(name);
    this.#namespaces.push(namespace);
    return namespace;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
