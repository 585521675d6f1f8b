import { PeerId } from '../../../../shared/ids.ts';
import { isWebSocketAddress, type TransportName } from '../../../../shared/transports.ts';
import { deadline } from '../../deadline.ts';
import { idOf, parseAddress, withoutPeer } from '../addresses.ts';
import { NetworkError, stoppedError } from '../errors.ts';
import type { Gatekeeper } from '../gatekeeper.ts';
import type { Asked } from '../index.ts';
import type { Libp2pTransport } from '../libp2p-transport.ts';
import { DIAL_TIMEOUT_MS } from '../limits.ts';
import type { Links } from '../links/links.ts';
import type { Link, PeerRecord, PeerTable } from '../links/peer-table.ts';
import type { FallbackDialling, Wanted } from '../switching/fallback.ts';
import type { Transport } from '../transport.ts';
import { parseWebSocketAddress } from '../websocket/web-socket-address.ts';

export interface LinkingModules {
  readonly own: PeerId;
  readonly gatekeeper: Gatekeeper;
  readonly peers: PeerTable;
  readonly links: Links;
  fallback(): FallbackDialling;
  /** Null while libp2p does not run. */
  libp2p(): Libp2pTransport | null;
  /** Null while it does not run, or is being given up. */
  running(name: TransportName): Transport | null;
}

/** Makes links on purpose: because a person wants one, because one is kept, or because something was found. */
export class Linking {
  readonly #modules: LinkingModules;

  constructor(modules: LinkingModules) {
    this.#modules = modules;
  }

  /** What a person typed or chose. @throws {NetworkError} */
  async dial(address: string, signal: AbortSignal): Promise<PeerId> {
    if (isWebSocketAddress(address)) {
      const named = parseWebSocketAddress(address)?.peerId ?? null;
      return await this.#dialAddress(named, address, 'websocket', signal);
    }
    const known = PeerId.safeParse(address);
    if (!known.success) {
      const { peerId, route } = parseAddress(address);
      return await this.#dialAddress(peerId, route.toString(), 'libp2p', signal);
    }
    const peer = this.#intended(known.data);
    await this.#modules.fallback().connect(peer, 'wanted', signal);
    return known.data;
  }

  /** The best link to a peer, made where there is none and `from` lets it be. @throws {NetworkError} */
  async to(peerId: PeerId, signal: AbortSignal, from: Asked = 'wanted'): Promise<Pick<Link, 'connection'>> {
    const { links, gatekeeper } = this.#modules;
    const best = links.best(peerId);
    if (best !== undefined && !best.asksOnly) return best;
    if (gatekeeper.frozen) throw stoppedError();
    if (from === 'linked') throw new NetworkError('UNREACHABLE', 'The peer is not linked any more.');
    if (from === 'wanted-before' && gatekeeper.suspended.has(peerId)) {
      throw new NetworkError('REFUSED', 'The peer was disconnected here.');
    }
    if (from === 'found') await this.#found(peerId, signal);
    else await this.dial(peerId, signal);
    const dialled = links.best(peerId);
    if (dialled === undefined || dialled.asksOnly)
      throw new NetworkError('UNREACHABLE', 'The link to the peer was lost again.');
    return dialled;
  }

  /** Makes a link to a contact, or to whoever else is kept, unless there is one. @throws {NetworkError} */
  async kept(peerId: PeerId, signal: AbortSignal): Promise<void> {
    const { peers, links } = this.#modules;
    const peer = peers.get(peerId);
    if (peer === undefined || links.best(peerId) !== undefined) return;
    const limit = deadline(DIAL_TIMEOUT_MS, signal);
    try {
      await this.#modules.fallback().connect(peer, 'kept', limit.signal);
    } finally {
      limit.release();
    }
  }

  /** @throws {NetworkError} */
  async overLibp2p(peerId: PeerId, how: Wanted, signal: AbortSignal): Promise<void> {
    const libp2p = this.#modules.libp2p();
    if (libp2p === null) throw switchedOff('libp2p');
    await libp2p.dialKnown(peerId, how, signal);
  }

  /** @throws {NetworkError} */
  async overWebSocket(peerId: PeerId, addresses: readonly string[], signal: AbortSignal): Promise<void> {
    const transport = this.#modules.running('websocket');
    if (transport === null) throw switchedOff('websocket');
    await transport.dial({ peerId, addresses }, { signal });
  }

  async #dialAddress(
    peerId: PeerId | null,
    address: string,
    name: TransportName,
    signal: AbortSignal,
  ): Promise<PeerId> {
    const { gatekeeper, peers } = this.#modules;
    if (gatekeeper.frozen) throw stoppedError();
    const transport = this.#modules.running(name);
    if (transport === null) throw switchedOff(name);
    if (peerId !== null) this.#intended(peerId);
    const { remotePeer } = await transport.dial({ peerId, addresses: [address] }, { signal });
    const found = idOf(remotePeer);
    if (found === null) throw new NetworkError('REFUSED', 'Only Ed25519 peers are linked.');
    const plain =
      name === 'libp2p' ? withoutPeer(parseAddress(address).route) : address.replace(/\/?(#.*)?$/, '');
    peers.addAddresses(this.#intended(found), [plain]);
    return found;
  }

  /** A person wants this peer. @throws {NetworkError} */
  #intended(peerId: PeerId): PeerRecord {
    const { own, gatekeeper, peers } = this.#modules;
    if (peerId === own) {
      throw new NetworkError('INVALID_ADDRESS', 'That is the address of this machine itself.');
    }
    if (gatekeeper.blocked.has(peerId)) {
      throw new NetworkError('REFUSED', 'You have blocked this peer. Unblock it first.');
    }
    if (gatekeeper.frozen) throw stoppedError();
    gatekeeper.suspended.delete(peerId);
    const peer = peers.see(peerId, 'dialled');
    this.#choose(peer);
    return peer;
  }

  /** What a person did not ask for: neither lifts a suspension nor goes wherever strangers say. */
  async #found(peerId: PeerId, signal: AbortSignal): Promise<void> {
    const { gatekeeper, peers } = this.#modules;
    if (!gatekeeper.admits(peerId)) {
      throw new NetworkError('REFUSED', 'This peer is blocked or disconnected here.');
    }
    const peer = peers.get(peerId) ?? peers.see(peerId, 'dht');
    await this.overLibp2p(peerId, 'found', signal);
    this.#choose(peer);
  }

  #choose(peer: PeerRecord): void {
    const libp2p = this.#modules.libp2p();
    if (libp2p === null) peer.chosen = true;
    else libp2p.choose(peer.peerId);
  }
}

const switchedOff = (name: TransportName): NetworkError =>
  new NetworkError(
    'STOPPED',
    name === 'libp2p'
      ? 'libp2p is switched off here. Choose libp2p or both in the settings.'
      : 'WebSocket is switched off here. Choose WebSocket or both in the settings.',
  );
