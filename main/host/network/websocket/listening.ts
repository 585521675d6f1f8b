import { networkInterfaces } from 'node:os';
import { canonicalIp } from '../ip-address.ts';

const DEFAULT_PORT = 8000;
/** `host:port`; IPv6 in brackets. */
const PATTERN = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/?#[\]@]+)):(\d{1,5})$/;

export interface ListenTarget {
  /** As it was asked for; null for one of the defaults. */
  readonly asked: string | null;
  readonly host: string;
  readonly port: number;
}

export interface ListenNotice {
  readonly id: string;
  readonly level: 'warning';
  readonly text: string;
}

/** What to listen on; null for what is no `host:port`. */
export function listenTargets(wanted: readonly string[]): (ListenTarget | { readonly bad: string })[] {
  if (wanted.length === 0) {
    return ['0.0.0.0', '::'].map((host) => ({ asked: null, host, port: DEFAULT_PORT }));
  }
  return wanted.map((asked) => {
    const [, ip6, name, digits] = PATTERN.exec(asked.trim()) ?? [];
    const host = ip6 ?? name;
    const port = Number(digits);
    return host === undefined || port > 65_535 ? { bad: asked } : { asked, host, port };
  });
}

/**
 * Opens them one by one. A busy port is replaced by a free one, the same for IPv4 and IPv6, and a notice says so.
 * @param open listens, and returns the port
 */
export async function listenOn(
  wanted: readonly string[],
  open: (host: string, port: number) => Promise<number>,
  notify: (notice: ListenNotice) => void,
): Promise<void> {
  /** What took the place of a busy port. */
  const moved = new Map<number, number>();
  for (const target of listenTargets(wanted)) {
    if ('bad' in target) {
      notify(cannotListen(target.bad, 'it is not an address that it can use'));
      continue;
    }
    const { asked, host, port } = target;
    const first = moved.get(port) ?? port;
    const outcome = await attempt(open, host, first);
    if (outcome.port !== null) continue;
    const second = isBusy(outcome.error) && first !== 0 ? await attempt(open, host, 0) : outcome;
    if (second.port !== null) moved.set(port, second.port);
    // A machine may be without IPv6.
    else if (asked !== null || host !== '::')
      notify(cannotListen(asked ?? `${host}:${port}`, codeOf(second.error)));
  }
  if (moved.size > 0) notify(portsMoved(moved));
}

/** The addresses of this machine that a listener can be reached by, for URLs. */
export function hostsOf(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [inUrl(host)];
  const family = host === '::' ? 'IPv6' : 'IPv4';
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((one) => one.family === family && !/^fe[89ab]/i.test(one.address))
    .map(({ address }) => inUrl(canonicalIp(address)));
}

const inUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);

type Outcome = { readonly port: number } | { readonly port: null; readonly error: unknown };

async function attempt(
  open: (host: string, port: number) => Promise<number>,
  host: string,
  port: number,
): Promise<Outcome> {
  try {
    return { port: await open(host, port) };
  } catch (error) {
    return { port: null, error };
  }
}

const isBusy = (error: unknown): boolean => codeOf(error) === 'EADDRINUSE';

function codeOf(error: unknown): string {
  const hasCode = error instanceof Error && 'code' in error && typeof error.code === 'string';
  return hasCode ? String(error.code) : 'it is not an address that it can use';
}

const cannotListen = (address: string, why: string): ListenNotice => ({
  id: `listen:${address}`,
  level: 'warning',
  text: `Gatehouse cannot listen for WebSocket on ${address}: ${why}. Its other addresses work.`,
});

function portsMoved(moved: ReadonlyMap<number, number>): ListenNotice {
  const list = new Intl.ListFormat('en', { type: 'conjunction' });
  const [ports, are] = moved.size === 1 ? ['Port', 'is'] : ['Ports', 'are'];
  return {
    id: 'websocket-ports',
    level: 'warning',
    text:
      `${ports} ${list.format([...moved.keys()].map(String))} ${are} used by another program, such as a Dawn node, so ` +
      `Gatehouse listens for WebSocket on ${list.format([...moved.values()].map(String))} until it is started again.`,
  };
}
