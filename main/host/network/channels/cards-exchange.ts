import type { Stream } from '@libp2p/interface';
import type { PeerId } from '../../../../shared/ids.ts';
import type { NatMapping } from '../../../../shared/reachability.ts';
import { CARDS_PROTOCOL, type CardsAnswer, type CardsRequest } from '../../../../shared/wire.ts';
import { isAddress } from '../addresses.ts';
import type { NetworkHandlers } from '../index.ts';
import { transportNameOf } from '../links/path.ts';
import type { PeerTable } from '../links/peer-table.ts';
import { usableHints } from '../switching/web-socket-hints.ts';
import type { LinkConnection } from '../transport.ts';
import { answerCards, askForCards } from './cards-protocol.ts';
import { openStream } from './open-stream.ts';

export interface CardsExchangeModules {
  readonly peers: PeerTable;
  readonly handlers: Pick<NetworkHandlers, 'cards'>;
  readonly timeoutMs: number;
  /** How our router maps UDP. */
  mapping(): NatMapping;
  /** Multiaddrs of ours without our id; none while libp2p does not run. */
  libp2pAddresses(): readonly string[];
  /** Where our WebSocket transport can be dialled. */
  webSocketAddresses(): readonly string[];
  natTold(peerId: PeerId): void;
  /** New addresses of a peer are known. */
  learned(peerId: PeerId): void;
}

type Told = Pick<CardsRequest, 'nat' | 'libp2p' | 'webSocket'>;

const MAX_LIBP2P_HINTS = 16;

/** Names and cards, both ways; along with them each side tells the other how it can be reached. */
export class CardsExchange {
  readonly #modules: CardsExchangeModules;

  constructor(modules: CardsExchangeModules) {
    this.#modules = modules;
  }

  /** @throws {NetworkError} */
  async ask(
    peerId: PeerId,
    connection: LinkConnection,
    request: CardsRequest,
    signal: AbortSignal,
  ): Promise<CardsAnswer> {
    const stream = await openStream(connection, CARDS_PROTOCOL, signal);
    const asked = { ...request, ...this.#tell(connection) };
    const { nat, libp2p, webSocket, ...answer } = await askForCards(stream, asked, signal);
    this.#told(peerId, { nat, libp2p, webSocket });
    return answer;
  }

  async answer(stream: Stream, connection: LinkConnection, peerId: PeerId): Promise<void> {
    const cards: NetworkHandlers['cards'] = (asker, { nat, libp2p, webSocket, ...request }) => {
      this.#told(asker, { nat, libp2p, webSocket });
      return { ...this.#modules.handlers.cards(asker, request), ...this.#tell(connection) };
    };
    await answerCards(stream, peerId, { cards }, this.#modules.timeoutMs);
  }

  #tell(connection: LinkConnection): Told {
    const nat = this.#modules.mapping();
    const webSocket = this.#modules.webSocketAddresses().slice(0, 8);
    const libp2p = transportNameOf(connection) === 'websocket' ? this.#modules.libp2pAddresses() : [];
    return {
      ...(nat === 'unknown' ? {} : { nat }),
      ...(libp2p.length === 0 ? {} : { libp2p: libp2p.slice(0, MAX_LIBP2P_HINTS) }),
      ...(webSocket.length === 0 ? {} : { webSocket: [...webSocket] }),
    };
  }

  #told(peerId: PeerId, { nat, libp2p = [], webSocket = [] }: Told): void {
    const { peers } = this.#modules;
    const peer = peers.get(peerId);
    if (peer === undefined) return;
    // As with what identify tells, where to go of it is decided by whoever dials.
    const addresses = [...libp2p.filter(isAddress), ...usableHints(peer, webSocket)];
    if (addresses.length > 0 && peers.addAddresses(peer, addresses)) this.#modules.learned(peerId);
    if (nat === undefined) return;
    peer.natMapping = nat;
    this.#modules.natTold(peerId);
  }
}
