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
 * @returns false: it listens nowhere
 */
export async function listenOn(
  wanted: readonly string[],
  open: (host: string, port: number) => Promise<number>,
  notify: (notice: ListenNotice) => void,
): Promise<boolean> {
  /** What took the place of a busy port. */
  const moved = new Map<number, number>();
  const failed: { readonly address: string; readonly why: string }[] = [];
  let opened = 0;
  for (const target of listenTargets(wanted)) {
    if ('bad' in target) {
      failed.push({ address: target.bad, why: NO_ADDRESS });
      continue;
    }
    const { asked, host, port } = target;
    const first = moved.get(port) ?? port;
    const outcome = await attempt(open, host, first);
    const again = outcome.port === null && isBusy(outcome.error) && first !== 0;
    const second = again ? await attempt(open, host, 0) : outcome;
    if (second.port !== null) {
      opened += 1;
      if (again) moved.set(port, second.port);
    }
    // A machine may be without IPv6.
    else if (asked !== null || host !== '::')
      failed.push({ address: asked ?? `${host}:${port}`, why: reasonOf(second.error) });
  }
  for (const { address, why } of failed) notify(cannotListen(address, why, opened > 0));
  if (moved.size > 0) notify(portsMoved(moved));
  return opened > 0;
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

const codeOf = (error: unknown): string | null =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;

const NO_ADDRESS = 'it is not an address that it can use';
const REASONS: ReadonlyMap<string | null, string> = new Map([
  [null, NO_ADDRESS],
  ['EADDRNOTAVAIL', 'this machine does not have that address'],
  ['ENOTFOUND', 'this name is not known here'],
  ['EACCES', 'the system does not allow that port'],
]);

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  return REASONS.get(code) ?? code ?? NO_ADDRESS;
}

const cannotListen = (address: string, why: string, elsewhere: boolean): ListenNotice => ({
  id: `listen:${address}`,
  level: 'warning',
  text:
    `Gatehouse cannot listen for WebSocket on ${address}: ${why}. ` +
    (elsewhere
      ? 'Its other addresses work.'
      : 'It listens nowhere else, so nobody can come in over WebSocket; it still dials others.'),
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
