import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Line } from './line.ts';
import type { Namespace } from './namespace.ts';
import type { Network } from './network.ts';

/**
 * How a router maps the source of what goes out (RFC 4787, section 4.1).
 * - `masquerade`: to its own address, the port kept where it is free; the same for every destination
 * - `symmetric`: to its own address and a random port, another for every destination
 * - `none`: not at all; it only filters
 */
export type Nat = 'masquerade' | 'symmetric' | 'none';

const POSTROUTING: Readonly<Record<Nat, string>> = {
  masquerade: 'meta nfproto ipv4 oifname "wan" masquerade',
  symmetric: 'meta nfproto ipv4 oifname "wan" masquerade random,fully-random',
  none: '',
};

/** What came from inside may be answered; nothing else comes in. The chains of miniupnpd make its exceptions. */
const rules = (nat: Nat): string => `
table inet filter {
  chain input { type filter hook input priority 0; policy accept; ct state established,related accept; meta l4proto ipv6-icmp accept; iifname "wan" drop; }
  chain forward { type filter hook forward priority 0; policy drop; jump miniupnpd; iifname "lan" accept; ct state established,related accept; }
  chain miniupnpd { }
  chain prerouting { type nat hook prerouting priority -100; policy accept; jump prerouting_miniupnpd; }
  chain prerouting_miniupnpd { }
  chain postrouting { type nat hook postrouting priority 100; policy accept; jump postrouting_miniupnpd; ${POSTROUTING[nat]}; }
  chain postrouting_miniupnpd { }
}
`;

/** A router between a line and a local network: it forwards, maps and filters, and may open ports by UPnP. */
export class Router {
  readonly namespace: Namespace;
  readonly lan: Network;
  readonly line: Line;
  readonly #dir: string;
  #upnp: ChildProcess | null = null;

  private constructor(namespace: Namespace, lan: Network, line: Line, dir: string) {
    this.namespace = namespace;
    this.lan = lan;
    this.line = line;
    this.#dir = dir;
  }

  static async create(options: {
    namespace: Namespace;
    lan: Network;
    line: Line;
    nat: Nat;
    /** For what its programs write. */
    dir: string;
  }): Promise<Router> {
    const { namespace, lan, line, nat, dir } = options;
    await namespace.sysctl('ipv4/ip_forward', '1');
    await namespace.sysctl('ipv6/conf/all/forwarding', '1');
    await namespace.nft(rules(nat));
    await lan.plugRouter(namespace, 'lan');
    return new Router(namespace, lan, line, dir);
  }

  /** Starts `miniupnpd`; what is asked of it is done in the router's own rules. */
  async startUpnp(): Promise<void> {
    const { ipv4 } = this.lan.options;
    const file = (ending: string): string => join(this.#dir, `${this.namespace.name}-miniupnpd.${ending}`);
    await writeFile(
      file('conf'),
      [
        'ext_ifname=wan',
        'listening_ip=lan',
        'ipv6_disable=yes',
        'uuid=2ba18611-0449-4a86-9013-7533e5a27887',
        `allow 1024-65535 ${ipv4 ?? '0.0.0'}.0/24 1024-65535`,
        'deny 0-65535 0.0.0.0/0 0-65535',
        '',
      ].join('\n'),
    );
    const log = openSync(file('log'), 'a');
    try {
      this.#upnp = this.namespace.spawn('miniupnpd', ['-d', '-f', file('conf'), '-P', file('pid')], {
        stdio: ['ignore', log, log],
      });
    } finally {
      closeSync(log);
    }
  }

  /** What the router holds open, as in `TCP 4001 to 192.168.1.10:4001`. */
  async openPorts(): Promise<string[]> {
    const chain = await this.namespace.run('nft', [
      'list',
      'chain',
      'inet',
      'filter',
      'prerouting_miniupnpd',
    ]);
    const found = chain.matchAll(/ (0x6|0x11|tcp|udp) .*?dport (\d+) dnat ip to (\S+)/g);
    const name = (protocol: string | undefined): string => (/0x6|tcp/.test(protocol ?? '') ? 'TCP' : 'UDP');
    return [...found].map(([, protocol, port, to]) => `${name(protocol)} ${port} to ${to}`).toSorted();
  }

  /**
   * Switches the router off and on: for the while `meanwhile` takes both sides lose their carrier; it comes back with
   * another address outside, and remembers no connection.
   * @returns the new address
   */
  async restart(meanwhile: () => Promise<void>): Promise<string> {
    const hadUpnp = this.#upnp !== null;
    await this.stop();
    await this.namespace.ip('link set wan down', 'link set lan down');
    await meanwhile();
    await this.namespace.ip('link set lan up', 'link set wan up');
    const address = await this.line.renumber();
    if (hadUpnp) await this.startUpnp();
    return address;
  }

  async stop(): Promise<void> {
    const upnp = this.#upnp;
    this.#upnp = null;
    if (upnp === null || upnp.exitCode !== null || upnp.signalCode !== null) return;
    const gone = once(upnp, 'exit');
    upnp.kill('SIGTERM');
    await gone;
  }
}
