import { multiaddr } from '@multiformats/multiaddr';
import type { Multiaddr } from '@multiformats/multiaddr';
import type { QueryOutgoingPacket, QueryPacket, ResponseOutgoingPacket, ResponsePacket } from 'multicast-dns';
import { PeerId } from '../../../../shared/ids.ts';

/** libp2p's own service (libp2p specification, "mDNS discovery"). */
const SERVICE = '_p2p._udp.local';
const ADDRESS_KEY = 'dnsaddr=';
/** One string of a TXT record (RFC 6763, section 6.1). */
const MAX_TEXT_BYTES = 255;
/** So many addresses fit into one packet that no network has to cut up. */
const ADDRESSES_PER_PACKET = 6;
/** What is told, and what is read of what others tell. */
const MAX_ADDRESSES = 16;
const TTL_S = 120;

export interface LanPeer {
  readonly peerId: PeerId;
  /** Without the peer's id; never empty. */
  readonly addresses: readonly Multiaddr[];
}

/** One service of DNS-SD (RFC 6763): what is asked, told and read of it. */
export interface LanService {
  readonly question: QueryOutgoingPacket;
  asks(query: QueryPacket): boolean;
  /**
   * Who we are, in as many packets as that takes.
   * @param name random, of at most 63 characters
   * @param addresses multiaddrs, the best first
   */
  answers(name: string, addresses: readonly string[]): ResponseOutgoingPacket[];
  /**
   * Who tells of itself; null where nobody does, or not in a way that can be used.
   * @param from the sender's address, without a zone
   */
  told(response: ResponsePacket, ownName: string, from: string): LanPeer | null;
}

export const lanQuestion = { questions: [{ name: SERVICE, type: 'PTR' as const }] };

export const asksForPeers = (query: QueryPacket): boolean =>
  query.questions?.some(({ name }) => name.toLowerCase() === SERVICE) ?? false;

/** Who we are, in as many packets as that takes. `name` must be random and is no longer than 63 characters. */
export function lanAnswers(name: string, addresses: readonly string[]): ResponseOutgoingPacket[] {
  const texts = addresses
    .map((address) => ADDRESS_KEY + address)
    .filter((text) => Buffer.byteLength(text) <= MAX_TEXT_BYTES)
    .slice(0, MAX_ADDRESSES);
  const packets: ResponseOutgoingPacket[] = [];
  for (let at = 0; at < texts.length; at += ADDRESSES_PER_PACKET) {
    const instance = `${name}.${SERVICE}`;
    packets.push({
      answers: [
        { name: SERVICE, type: 'PTR', class: 'IN', ttl: TTL_S, data: instance },
        ...texts.slice(at, at + ADDRESSES_PER_PACKET).map((data) => ({
          name: instance,
          type: 'TXT' as const,
          class: 'IN' as const,
          ttl: TTL_S,
          data,
        })),
      ],
    });
  }
  return packets;
}

/** Who tells of itself in a packet; null where nobody does, or not in a way that can be used. */
export function peerTold(response: ResponsePacket, ownName: string): LanPeer | null {
  const records = [...(response.answers ?? []), ...(response.additionals ?? [])];
  const isOne = records.some(
    (record) =>
      record.type === 'PTR' &&
      record.name.toLowerCase() === SERVICE &&
      record.data.toLowerCase() !== `${ownName}.${SERVICE}`,
  );
  if (!isOne) return null;
  const told = records
    .flatMap((record) => (record.type === 'TXT' ? [record.data].flat() : []))
    .map(String)
    .filter((text) => text.startsWith(ADDRESS_KEY) && text.length <= MAX_TEXT_BYTES)
    .slice(0, MAX_ADDRESSES)
    .map((text) => addressOf(text.slice(ADDRESS_KEY.length)))
    .filter((one) => one !== null);
  const peerId = told[0]?.peerId;
  if (peerId === undefined) return null;
  return { peerId, addresses: told.filter((one) => one.peerId === peerId).map(({ address }) => address) };
}

/** An address that ends in the id of the peer. Those over relays have no place on a LAN. */
function addressOf(text: string): { peerId: PeerId; address: Multiaddr } | null {
  try {
    const whole = multiaddr(text);
    const last = whole.getComponents().at(-1);
    const peerId = PeerId.safeParse(last?.name === 'p2p' ? last.value : null);
    const address = multiaddr(text.replace(/\/p2p\/[^/]+$/, ''));
    const isPlain = address.getComponents().length > 0 && !/\/p2p(-circuit)?(\/|$)/.test(address.toString());
    return peerId.success && isPlain ? { peerId: peerId.data, address } : null;
  } catch {
    return null;
  }
}

export const LIBP2P_SERVICE: LanService = {
  question: lanQuestion,
  asks: asksForPeers,
  answers: lanAnswers,
  told: peerTold,
};
