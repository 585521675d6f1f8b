import { multiaddr } from '@multiformats/multiaddr';
import type { Multiaddr } from '@multiformats/multiaddr';
import type { TransportManager } from '@libp2p/interface-internal';

/** Stable, so that an address that somebody wrote down keeps working and a router needs one rule only. */
const DEFAULT_LISTEN = [
  '/ip4/0.0.0.0/tcp/4001',
  '/ip6/::/tcp/4001',
  '/ip4/0.0.0.0/udp/4001/quic-v1',
  '/ip6/::/udp/4001/quic-v1',
  '/ip4/0.0.0.0/tcp/4002/ws',
  '/ip6/::/tcp/4002/ws',
];

export interface ListenNotice {
  readonly id: string;
  readonly level: 'info' | 'warning' | 'error';
  readonly text: string;
}

/**
 * Starts the listeners one by one. A busy port is replaced by a free one, and a notice says so. What cannot work on
 * this machine (no IPv6) is left out: silently among the defaults, with a notice where it was asked for by name.
 */
export async function listenOn(
  transportManager: Pick<TransportManager, 'listen' | 'getListeners'>,
  wanted: readonly string[],
  notify: (notice: ListenNotice) => void,
): Promise<void> {
  const asked = wanted.length > 0;
  /** What took the place of a busy port (`tcp/4001`), so that IPv6 moves to the same one as IPv4. */
  const moved = new Map<string, string>();
  for (const address of asked ? wanted : DEFAULT_LISTEN) {
    const port = portOf(address);
    const elsewhere = moved.get(port);
    const tries = [
      ...new Set([elsewhere === undefined ? address : withPort(address, elsewhere), withPort(address, '0')]),
    ];
    let failure: unknown = null;
    for (const attempt of tries) {
      failure = await tryListen(transportManager, multiaddr(attempt));
      if (failure === null || !isBusy(failure)) break;
    }
    if (failure !== null) {
      if (asked || !address.startsWith('/ip6/')) notify(cannotListen(address, failure));
      continue;
    }
    const actual = actualPort(transportManager, port);
    if (actual === null || moved.has(port) || port.endsWith('/0') || actual === port.split('/')[1]) continue;
    moved.set(port, actual);
  }
  if (moved.size > 0) notify(portsMoved(moved));
}

/** The error, or null when it listens. */
async function tryListen(
  transportManager: Pick<TransportManager, 'listen'>,
  address: Multiaddr,
): Promise<unknown> {
  try {
    await transportManager.listen([address]);
    return null;
  } catch (error) {
    return error;
  }
}

/** Errors of the native QUIC transport and of libp2p's collected ones come as text only. */
const isBusy = (error: unknown): boolean =>
  /EADDRINUSE|address already in use|os error (48|98|10048)\b/i.test(
    error instanceof Error ? error.message : String(error),
  );

/** `tcp/4001`, `udp/4001`. */
function portOf(address: string): string {
  return /\/((?:tcp|udp)\/\d+)/.exec(address)?.[1] ?? '';
}

const withPort = (address: string, port: string): string =>
  address.replace(/\/(tcp|udp)\/\d+/, `/$1/${port}`);

/** The port of the listener that was started last. */
function actualPort(transportManager: Pick<TransportManager, 'getListeners'>, port: string): string | null {
  const [protocol = 'tcp'] = port.split('/');
  const newest = transportManager
    .getListeners()
    .filter((listener) =>
      listener.getAddrs().some((address) => portOf(address.toString()).startsWith(`${protocol}/`)),
    )
    .at(-1)
    ?.getAddrs()[0];
  return newest === undefined ? null : (portOf(newest.toString()).split('/')[1] ?? null);
}

function portsMoved(moved: ReadonlyMap<string, string>): ListenNotice {
  const named = [...moved.keys()].map((port) =>
    port.replace(/^(\w+)\/(\d+)$/, (_, kind: string, n: string) => `${n} (${kind.toUpperCase()})`),
  );
  const [ports, are] = moved.size === 1 ? ['Port', 'is'] : ['Ports', 'are'];
  return {
    id: 'ports',
    level: 'warning',
    text:
      `${ports} ${list(named)} ${are} used by another program, so Gatehouse listens on ${list([...moved.values()])} ` +
      'until it is started again. Peers on your network find it all the same; a rule in your router would not fit.',
  };
}

const list = (items: readonly string[]): string =>
  new Intl.ListFormat('en', { type: 'conjunction' }).format(items);

const cannotListen = (address: string, cause: unknown): ListenNotice => ({
  id: `listen:${address}`,
  level: 'warning',
  text: `Gatehouse cannot listen on ${address}: ${shortReason(cause)}. Its other addresses work.`,
});

function shortReason(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return (
    /\b(EACCES|EADDRNOTAVAIL|EAFNOSUPPORT|EINVAL|os error \d+)\b/.exec(text)?.[1] ??
    'it is not an address that it can use'
  );
}
