import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';
import { multiaddr, type Component } from '@multiformats/multiaddr';
import { PeerId } from '../../shared/ids.ts';
import { WebSocketAddress } from '../../shared/transports.ts';
import type { SettingsChange } from '../../shared/settings.ts';

/** The settings that hold addresses, and what each of them takes, in words that follow "must be". */
export const ADDRESS_SETTINGS = {
  bootstrap: 'multiaddrs that end in the id of a peer, such as /ip4/192.0.2.7/tcp/4001/p2p/12D3Koo…',
  listen: 'multiaddrs to listen on, such as /ip4/0.0.0.0/tcp/4001',
  announce: 'multiaddrs without a peer id, such as /dns4/example.org/tcp/4001',
  webSocketListen: 'addresses to listen on as host:port with a port up to 65535, such as 0.0.0.0:8000',
  webSocketPeers:
    'addresses such as ws://192.0.2.7:8000 or wss://example.org, which may end in # and the id of a peer or of a Dawn node',
  stun: 'STUN servers as host:port with a port from 1 to 65535, such as stun.example.org:3478',
} as const satisfies Partial<Record<keyof SettingsChange, string>>;
export type AddressSetting = keyof typeof ADDRESS_SETTINGS;

/** Whether one entry of such a setting is what it takes. `shared/settings.ts` knows only how they look. */
export function isAddressFor(setting: AddressSetting, text: string): boolean {
  if (setting === 'stun') return isHostAndPort(text, 1);
  if (setting === 'webSocketListen') return isHostAndPort(text, 0);
  if (setting === 'webSocketPeers') return isWebSocketPeer(text);
  const parts = componentsOf(text);
  if (parts === null) return false;
  const last = parts.at(-1);
  if (setting === 'bootstrap')
    return parts.length > 1 && last?.name === 'p2p' && PeerId.safeParse(last.value).success;
  return !parts.some(({ name }) => name === 'p2p');
}

/** What is wrong with the addresses of a change, one sentence for each entry. */
export function wrongAddresses(change: SettingsChange): string[] {
  return [
    ...wrongIn('bootstrap', change.bootstrap),
    ...wrongIn('listen', change.listen),
    ...wrongIn('announce', change.announce),
    ...wrongIn('stun', change.stun),
    ...wrongIn('webSocketListen', change.webSocketListen),
    ...wrongIn('webSocketPeers', change.webSocketPeers),
    ...wrongFiles(change.webSocketTls),
  ];
}

const wrongIn = (setting: AddressSetting, entries: readonly string[] | undefined): string[] =>
  (entries ?? [])
    .filter((text) => !isAddressFor(setting, text))
    .map(
      (text) =>
        `${JSON.stringify(text)} does not fit ${setting}: these must be ${ADDRESS_SETTINGS[setting]}.`,
    );

/** Where a path would be looked for must not hang on where Gatehouse was started. */
const wrongFiles = (tls: SettingsChange['webSocketTls']): string[] =>
  [tls?.certificate ?? '', tls?.key ?? '']
    .filter((path) => path !== '' && !isAbsolute(path))
    .map((path) => `${JSON.stringify(path)} does not fit webSocketTls: give the whole path of the file.`);

/** All of these are on this machine itself, so that nobody elsewhere can come in. Empty means everywhere. */
export const isLocalOnly = (listen: readonly string[]): boolean =>
  listen.length > 0 && listen.every((address) => /^\/(ip4\/127\.|ip6\/::1\/)/.test(address));

function componentsOf(text: string): Component[] | null {
  try {
    const parts = multiaddr(text).getComponents();
    return parts.length > 0 ? parts : null;
  } catch {
    return null;
  }
}

function isWebSocketPeer(text: string): boolean {
  if (!WebSocketAddress.safeParse(text).success || !URL.canParse(text)) return false;
  const { port } = new URL(text);
  return port !== '0';
}

function isHostAndPort(text: string, lowest: number): boolean {
  const found = /^(?:\[([0-9a-fA-F:]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(text);
  if (found === null) return false;
  const [, ipv6, , digits] = found;
  const port = Number(digits);
  return port >= lowest && port <= 65_535 && (ipv6 === undefined || isIP(ipv6) === 6);
}
