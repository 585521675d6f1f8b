import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { command } from './command.ts';

/** A network namespace of the lab: interfaces, routes, filters and sockets of its own. */
export class Namespace {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  static async create(name: string): Promise<Namespace> {
    await command('ip', ['netns', 'add', name]);
    const namespace = new Namespace(name);
    // Addresses are given by hand, once each: waiting for duplicates would only take time.
    await namespace.sysctl('ipv6/conf/all/accept_dad', '0');
    await namespace.sysctl('ipv6/conf/default/accept_dad', '0');
    await namespace.ip('link set lo up');
    return namespace;
  }

  /** Runs commands of `ip`, each without its first word. */
  async ip(...lines: readonly string[]): Promise<void> {
    await command('ip', ['-n', this.name, '-batch', '-'], lines.map((line) => `${line}\n`).join(''));
  }

  /** Runs a program in here to its end, and gives what it printed. */
  async run(program: string, args: readonly string[], input = ''): Promise<string> {
    return await command('nsenter', [`--net=/run/netns/${this.name}`, '--', program, ...args], input);
  }

  /** Starts a program in here. */
  spawn(program: string, args: readonly string[], options: SpawnOptions): ChildProcess {
    return spawn('nsenter', [`--net=/run/netns/${this.name}`, '--', program, ...args], options);
  }

  /** @param key a path below `/proc/sys/net` */
  async sysctl(key: string, value: string): Promise<void> {
    await this.run('sh', ['-c', `echo ${value} >/proc/sys/net/${key}`]);
  }

  /** Loads rules of nftables. */
  async nft(rules: string): Promise<void> {
    await this.run('nft', ['-f', '-'], rules);
  }

  /** Lays a cable to another namespace: one interface here, one there. */
  async cable(here: string, other: Namespace, there: string): Promise<void> {
    await this.ip(`link add ${here} type veth peer name ${there} netns ${other.name}`, `link set ${here} up`);
    await other.ip(`link set ${there} up`);
  }

  /** Open sockets other than those that the kernel keeps for a while after their end. */
  async sockets(): Promise<string[]> {
    const lines = (await this.run('ss', ['-tuanpH'])).split('\n').filter((line) => line !== '');
    return lines.filter((line) => !/\b(TIME-WAIT|FIN-WAIT-[12]|LAST-ACK|CLOSING)\b/.test(line));
  }

  /** Ends what still runs in here, and removes it. */
  async remove(): Promise<void> {
    for (const pid of (await command('ip', ['netns', 'pids', this.name])).split(/\s+/)) {
      if (pid === '') continue;
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It ended in the same moment.
      }
    }
    await command('ip', ['netns', 'del', this.name]);
  }
}
