import type { Stream } from '@libp2p/interface';
import type { PeerId } from '../../../../shared/ids.ts';
import type { NatMapping } from '../../../../shared/reachability.ts';
import { CARDS_PROTOCOL, type CardsAnswer, type CardsRequest } from '../../../../shared/wire.ts';
import type { NetworkHandlers } from '../index.ts';
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
  /** Where our WebSocket transport can be dialled. */
  webSocketAddresses(): readonly string[];
  natTold(peerId: PeerId): void;
}

type Told = Pick<CardsRequest, 'nat' | 'webSocket'>;

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
    const { nat, webSocket, ...answer } = await askForCards(stream, { ...request, ...this.#tell() }, signal);
    this.#told(peerId, { nat, webSocket });
    return answer;
  }

  async answer(stream: Stream, peerId: PeerId): Promise<void> {
    const cards: NetworkHandlers['cards'] = (asker, { nat, webSocket, ...request }) => {
      this.#told(asker, { nat, webSocket });
      return { ...this.#modules.handlers.cards(asker, request), ...this.#tell() };
    };
    await answerCards(stream, peerId, { cards }, this.#modules.timeoutMs);
  }

  #tell(): Told {
    const nat = this.#modules.mapping();
    const webSocket = this.#modules.webSocketAddresses().slice(0, 8);
    return {
      ...(nat === 'unknown' ? {} : { nat }),
      ...(webSocket.length === 0 ? {} : { webSocket: [...webSocket] }),
    };
  }

  #told(peerId: PeerId, { nat, webSocket = [] }: Told): void {
    const { peers } = this.#modules;
    const peer = peers.get(peerId);
    if (peer === undefined) return;
    const addresses = usableHints(peer, webSocket);
    if (addresses.length > 0) peers.addAddresses(peer, addresses);
    if (nat === undefined) return;
    peer.natMapping = nat;
    this.#modules.natTold(peerId);
  }
}
