/** Dawn's mDNS: `_projectdawn._tcp.local.`, whose TXT record has `node_id` and `address` (RFC 6763). */
import { isIP, type BlockList } from 'node:net';
import { getNetConfig, isNetworkAddress } from '@libp2p/utils';
import { multiaddr } from '@multiformats/multiaddr';
import type { Multiaddr } from '@multiformats/multiaddr';
import type { ResponseOutgoingPacket, ResponsePacket } from 'multicast-dns';
import { WebSocketAddress } from '../../../../../shared/transports.ts';
import { peerIdOfPublicKey } from '../../../identity/index.ts';
import { ownNetworks } from '../../dialling/address-order.ts';
import type { LanPeer, LanService } from '../../discovery/lan-records.ts';
import { canonicalIp, scopeOf } from '../../ip-address.ts';

const SERVICE = '_projectdawn._tcp.local';
const NODE_KEY = 'node_id=';
const ADDRESS_KEY = 'address=';
const TTL_S = 120;
/** One string of a TXT record (RFC 6763, section 6.1). */
const MAX_TEXT_BYTES = 255;
const MAX_TEXTS = 32;
const DEFAULT_PORT = 8000;

/** @param nodeId ours @param own the networks that this machine is in */
export const dawnLanService = (nodeId: string, own: () => BlockList = ownNetworks): LanService => ({
  question: { questions: [{ name: SERVICE, type: 'PTR' }] },
  asks: (query) => query.questions?.some(({ name }) => name.toLowerCase() === SERVICE) ?? false,
  answers: (name, addresses) => answers(name, nodeId, addresses),
  told: (response, ownName, from) => {
    const told = nodeTold(response, ownName, from, own);
    return told === null || told.nodeId === nodeId ? null : told.peer;
  },
});

/** A Dawn node is announced with one address; ours is the best of them. */
function answers(name: string, nodeId: string, addresses: readonly string[]): ResponseOutgoingPacket[] {
  const [address] = addresses.map(asWebSocket).filter((one) => one !== null);
  if (address === undefined) return [];
  const instance = `${name}.${SERVICE}`;
  const target = `${name}.local`;
  const common = { class: 'IN', ttl: TTL_S } as const;
  const ip = address.host;
  return [
    {
      answers: [
        { name: SERVICE, type: 'PTR', ...common, data: instance },
        {
          name: instance,
          type: 'SRV',
          ...common,
          data: { port: address.port, target, priority: 0, weight: 0 },
        },
        {
          name: instance,
          type: 'TXT',
          ...common,
          data: [`${NODE_KEY}${nodeId}`, `${ADDRESS_KEY}${address.url}`],
        },
        isIP(ip) === 6
          ? { name: target, type: 'AAAA', ...common, data: ip }
          : { name: target, type: 'A', ...common, data: ip },
      ],
    },
  ];
}

function nodeTold(
  response: ResponsePacket,
  ownName: string,
  from: string,
  own: () => BlockList,
): { readonly nodeId: string; readonly peer: LanPeer } | null {
  const records = [...(response.answers ?? []), ...(response.additionals ?? [])];
  const isOne = records.some(
    (record) =>
      record.type === 'PTR' &&
      record.name.toLowerCase() === SERVICE &&
      record.data.toLowerCase() !== `${ownName}.${SERVICE}`,
  );
  if (!isOne) return null;
  const texts = records
    .filter((record) => record.name.toLowerCase().endsWith(`.${SERVICE}`))
    .flatMap((record) => (record.type === 'TXT' ? [record.data].flat() : []))
    .map(String)
    .filter((text) => text.length <= MAX_TEXT_BYTES)
    .slice(0, MAX_TEXTS);
  const nodeId = valueOf(texts, NODE_KEY)?.toLowerCase() ?? '';
  const address = toldPlace(valueOf(texts, ADDRESS_KEY) ?? '', from, own);
  if (!/^[0-9a-f]{64}$/.test(nodeId) || address === null) return null;
  const peerId = peerIdOfPublicKey(Buffer.from(nodeId, 'hex'));
  return peerId === null ? null : { nodeId, peer: { peerId, addresses: [address] } };
}

const valueOf = (texts: readonly string[], key: string): string | undefined =>
  texts.find((text) => text.startsWith(key))?.slice(key.length);

interface WebSocketPlace {
  readonly url: string;
  readonly host: string;
  readonly port: number;
}

/** `/ip4/192.0.2.7/tcp/8000/ws` as `ws://192.0.2.7:8000`. */
export function asWebSocket(address: string | Multiaddr): WebSocketPlace | null {
  try {
    const whole = multiaddr(address);
    if (!isNetworkAddress(whole)) return null;
    const { host, port } = getNetConfig(whole);
    if (port === undefined || isIP(host) === 0) return null;
    const isSecure = whole.getComponents().some(({ name }) => name === 'tls');
    return {
      url: `${isSecure ? 'wss' : 'ws'}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`,
      host,
      port,
    };
  } catch {
    return null;
  }
}

/**
 * The address that a node tells of itself by multicast, as far as it is dialled for that. Whoever tells could name the port of
 * any machine of this network, and a WebSocket begins with an HTTP request: so the sender's machine is dialled, whatever it
 * names. Who sends from a link-local IPv6 address, where nobody can be dialled, may name another of our own networks.
 */
function toldPlace(address: string, from: string, own: () => BlockList): Multiaddr | null {
  const named = hostIn(address);
  // Of this machine: the search lets it pass only where it came from here.
  if (isIP(named) !== 0 && scopeOf(named) === 'machine') return fromWebSocket(address, from);
  const sender = canonicalIp(from);
  if (isIP(named) !== 0 && scopeOf(named) === 'public' && named !== sender) return null;
  if (!/^fe[89ab]/i.test(sender)) return fromWebSocket(address, from, true);
  return isIP(named) === 6 && own().check(named, 'ipv6') ? fromWebSocket(address, from) : null;
}

function hostIn(address: string): string {
  const { success, data } = WebSocketAddress.safeParse(address);
  return success && URL.canParse(data) ? canonicalIp(new URL(data).hostname.replace(/^\[|\]$/g, '')) : '';
}

/**
 * `ws://192.0.2.7:8000` as a multiaddr. Where it names no address of a machine (`0.0.0.0`, a name of its own network), it is
 * the sender's.
 * @param always it is the sender's whatever it names
 */
export function fromWebSocket(address: string, from: string, always = false): Multiaddr | null {
  const parsed = WebSocketAddress.safeParse(address);
  if (!parsed.success || !URL.canParse(parsed.data)) return null;
  const url = new URL(parsed.data);
  const named = url.hostname.replace(/^\[|\]$/g, '');
  const isUsable = !always && isIP(named) !== 0 && named !== '0.0.0.0' && named !== '::';
  const host = isUsable ? named : from;
  // Without its zone, nobody could be dialled there.
  if (isIP(host) === 0 || /^fe[89ab]/i.test(host)) return null;
  const port = url.port === '' ? DEFAULT_PORT : Number(url.port);
  const end = url.protocol === 'wss:' ? '/tls/ws' : '/ws';
  return multiaddr(`/ip${isIP(host)}/${host}/tcp/${port}${end}`);
}
