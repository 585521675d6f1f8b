import type { Stream } from '@libp2p/interface';
import type { PeerId } from '../../../../shared/ids.ts';
import type { TransportName } from '../../../../shared/transports.ts';
import { deadline } from '../../deadline.ts';
import { idOf } from '../addresses.ts';
import { answerLeaving, LEAVING_PROTOCOL, sayLeaving } from '../channels/leaving-protocol.ts';
import type { McpChannels } from '../channels/mcp-channels.ts';
import { openStream } from '../channels/open-stream.ts';
import { NetworkError } from '../errors.ts';
import { closeOrAbort, type Links } from '../links/links.ts';
import { transportNameOf } from '../links/path.ts';
import type { PeerTable } from '../links/peer-table.ts';
import type { LinkConnection } from '../transport.ts';
import type { WebSocketSide } from '../websocket/web-socket-side.ts';
import { drainLinks, type Leaves } from './draining.ts';
import type { FallbackDialling } from './fallback.ts';

const LEAVING_TIMEOUT_MS = 15_000;

export interface LeavingModules {
  readonly peers: PeerTable;
  readonly links: Links;
  readonly channels: McpChannels;
  fallback(): FallbackDialling;
  webSocket(): WebSocketSide;
  usable(peerId: PeerId): readonly TransportName[];
  /** Kept, or dialled because a person wanted it. */
  isOurs(peerId: PeerId): boolean;
  /** Ends with the network. */
  readonly ending: AbortSignal;
}

/** Gives links up without losing a call: those of a transport, those of one peer, and those that others give up. */
export class Leaving {
  readonly #modules: LeavingModules;

  constructor(modules: LeavingModules) {
    this.#modules = modules;
  }

  /** Channels, and links of those who know no channels, with calls under way. */
  busy(leaves: Leaves): number {
    return this.#modules.channels.busy(leaves) + this.#modules.webSocket().busy(leaves);
  }

  /** Empties these links; see `drainLinks`. @param onBusy told when `busy` for them is another than it was */
  async drain(leaves: Leaves, signal: AbortSignal, onBusy: () => void = () => undefined): Promise<void> {
    const { peers, links, channels } = this.#modules;
    await drainLinks(
      {
        peers,
        connect: async (peer, limit) => {
          // A stranger is not dialled unasked; its calls end where they are.
          if (links.best(peer.peerId) !== undefined || !this.#modules.isOurs(peer.peerId)) return;
          await this.#modules.fallback().connect(peer, 'kept', limit);
        },
        moveToBest: (peerId) => channels.moveToBest(peerId),
        sayLeaving: async (connection, limit) =>
          sayLeaving(await openStream(connection, LEAVING_PROTOCOL, limit), limit),
        retire: (leaving) => {
          channels.retire(leaving);
          this.#modules.webSocket().retire(leaving);
        },
        busy: (leaving) => this.busy(leaving),
        onIdle: (listener) => {
          let known = this.busy(leaves);
          // What could be moved has been by now.
          onBusy();
          const look = (): void => {
            const now = this.busy(leaves);
            if (now !== known) onBusy();
            known = now;
            listener();
          };
          const ends = [channels.onIdle(look), this.#modules.webSocket().onIdle(look)];
          return () => {
            for (const end of ends) end();
          };
        },
        close: (leaving) => channels.close(leaving),
      },
      leaves,
      signal,
    );
  }

  /** Empties and closes the links of one peer over transports that it is not to use any more. */
  async unwanted(peerId: PeerId): Promise<void> {
    const { peers, links } = this.#modules;
    const peer = peers.get(peerId);
    if (peer === undefined) return;
    links.reconsider(peer);
    const isUnwanted = (connection: LinkConnection): boolean =>
      idOf(connection.remotePeer) === peerId &&
      !this.#modules.usable(peerId).includes(transportNameOf(connection));
    const unwanted = (): LinkConnection[] =>
      peer.links.map(({ connection }) => connection).filter(isUnwanted);
    if (unwanted().length === 0) return;
    await this.drain(isUnwanted, this.#modules.ending);
    const reason = new NetworkError('LINK_LOST', 'Another transport was chosen for this peer.');
    await Promise.all(unwanted().map((connection) => closeOrAbort(connection, reason)));
  }

  /** The other side gives this link up: what we opened on it goes elsewhere, or begins nothing new there. */
  async answer(stream: Stream, connection: LinkConnection, peerId: PeerId): Promise<void> {
    await answerLeaving(stream, () => this.#left(connection, peerId), LEAVING_TIMEOUT_MS);
  }

  async #left(connection: LinkConnection, peerId: PeerId): Promise<void> {
    const { peers, links, channels } = this.#modules;
    links.leave(connection);
    const peer = peers.get(peerId);
    const limit = deadline(LEAVING_TIMEOUT_MS, this.#modules.ending);
    try {
      if (peer !== undefined && links.best(peerId) === undefined && this.#modules.isOurs(peerId))
        await this.#modules.fallback().connect(peer, 'kept', limit.signal);
      await channels.moveToBest(peerId);
    } catch {
      // There is no other way to it now; what runs ends here.
    } finally {
      limit.release();
    }
    channels.retire((one) => one === connection);
  }
}
