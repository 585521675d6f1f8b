import type { Connection } from '@libp2p/interface';
import type { Multiaddr } from '@multiformats/multiaddr';
import type { UdpAddress } from './stun-message.ts';

const MAX_SERVERS = 16;

type RelayLink = Pick<Connection, 'remoteAddr' | 'status'>;

/** The STUN servers that may be asked: those that were named, and those of the relays that are linked. */
export class StunServers {
  readonly #asked = new WeakSet<RelayLink>();
  readonly #ofRelays = new Map<RelayLink, readonly UdpAddress[]>();
  #named: readonly UdpAddress[] = [];

  /** As `host:port`; an IPv6 address in brackets. What cannot be read is left out. */
  set(servers: readonly string[]): void {
    this.#named = servers.map(parseServer).filter((server) => server !== null);
  }

  /** True once for each link. */
  isNew(connection: RelayLink): boolean {
    const isNew = !this.#asked.has(connection);
    this.#asked.add(connection);
    return isNew;
  }

  /** A relay has told its ports. They count at the address of that very link, so that nobody can name another's. */
  offered(connection: RelayLink, ports: readonly number[]): void {
    const host = ipOf(connection.remoteAddr);
    if (host === null || connection.status !== 'open') return;
    this.#ofRelays.set(
      connection,
      ports.map((port) => ({ host, port })),
    );
  }

  closed(connection: RelayLink): void {
    this.#ofRelays.delete(connection);
  }

  /** Those of relays first; none twice, at most 16. */
  list(): UdpAddress[] {
    const all = [...[...this.#ofRelays.values()].flat(), ...this.#named];
    const byText = new Map(all.map((server) => [`${server.host} ${server.port}`, server]));
    return [...byText.values()].slice(0, MAX_SERVERS);
  }
}

/** As `host:port`, with brackets around an IPv6 address. */
export const serverText = ({ host, port }: UdpAddress): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** The IP address that a link runs to; null where it runs over a relay. */
function ipOf(address: Multiaddr): string | null {
  const components = address.getComponents();
  if (components.some(({ name }) => name === 'p2p-circuit')) return null;
  return components.find(({ name }) => name === 'ip4' || name === 'ip6')?.value ?? null;
}

function parseServer(text: string): UdpAddress | null {
  const [, bracketed, plain, digits] = /^(?:\[([\da-f:.]+)\]|([^[\]:]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  return host === undefined || port < 1 || port > 65_535 ? null : { host, port };
}
