import type { AbortOptions, Connection, MessageStream, PeerId as Libp2pPeerId } from '@libp2p/interface';
import { peerIdFromMultihash } from '@libp2p/peer-id';
import * as Digest from 'multiformats/hashes/digest';
import type { PeerId } from '../../../../shared/ids.ts';
import { idOf } from '../addresses.ts';

/** What of libp2p's relay is taken by the hand here: it offers neither numbers nor events of its circuits. */
interface HopServer {
  handleHopProtocol(
    hop: { readonly stream: HopStream; readonly connection: Connection },
    options: AbortOptions,
  ): Promise<void>;
  stopHop(
    stop: {
      readonly request: {
        readonly limit?: Limit | undefined;
        /** Who asks for the circuit: its multihash. */
        readonly peer?: { readonly id: Uint8Array } | undefined;
      };
    },
    options: AbortOptions,
  ): Promise<MessageStream | undefined>;
}

interface HopStream {
  pb(codec: unknown): HopMessages;
  unwrap(): MessageStream;
}

interface HopMessages {
  write(message: { readonly limit?: Limit | undefined }, options?: AbortOptions): Promise<void>;
}

interface Limit {
  readonly duration?: number;
}

/**
 * Counts the circuits of a relay and the bytes in them, and states their limits as others read them.
 *
 * js-libp2p keeps the duration of a circuit in milliseconds, ends it after these, and sends that same number, where the
 * specification (Circuit Relay v2, message Limit) says seconds, and where every client, its own included, reads
 * seconds. So the number is divided on its way out, in both messages that carry it. What ends a circuit stays as it is.
 */
export class RelayCircuits {
  readonly #open = new Set<{ readonly caller: PeerId | null }>();
  #bytes = 0;

  /** Circuits that are open now. */
  get open(): number {
    return this.#open.size;
  }

  /** Who asked for each of them. */
  callers(): PeerId[] {
    return [...this.#open].flatMap(({ caller }) => caller ?? []);
  }

  /** Carried since the start, both directions. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Looks after a relay of libp2p from now on. `served` is told of each peer whose request has been answered.
   * @throws {TypeError} where libp2p's relay is not what it was
   */
  watch(server: unknown, served: (peer: Libp2pPeerId) => void): void {
    if (!isHopServer(server)) throw new TypeError('The relay of this libp2p is built in another way.');
    const handle = server.handleHopProtocol.bind(server);
    const stop = server.stopHop.bind(server);
    server.handleHopProtocol = async (hop, options) => {
      await handle({ ...hop, stream: this.#watched(hop.stream) }, options);
      served(hop.connection.remotePeer);
    };
    server.stopHop = async (ask, options) => {
      const stream = await stop({ ...ask, request: inSeconds(ask.request) }, options);
      if (stream === undefined) return undefined;
      const circuit = { caller: callerOf(ask.request.peer?.id) };
      this.#open.add(circuit);
      stream.addEventListener('close', () => this.#open.delete(circuit), { once: true });
      return this.#counted(stream);
    };
  }

  /** The asker's side of a circuit. Its stream is taken out for a circuit only. */
  #watched(stream: HopStream): HopStream {
    return {
      ...stream,
      pb: (codec) => {
        const messages = stream.pb(codec);
        return {
          ...messages,
          write: async (message, options) => messages.write(inSeconds(message), options),
        };
      },
      unwrap: () => this.#counted(stream.unwrap()),
    };
  }

  /** What comes in on one side goes out on the other, so that counting what goes out counts both directions. */
  #counted(stream: MessageStream): MessageStream {
    const send = stream.send.bind(stream);
    stream.send = (data) => {
      this.#bytes += data.byteLength;
      return send(data);
    };
    return stream;
  }
}

function isHopServer(server: unknown): server is HopServer {
  if (typeof server !== 'object' || server === null) return false;
  return (
    'handleHopProtocol' in server &&
    typeof server.handleHopProtocol === 'function' &&
    'stopHop' in server &&
    typeof server.stopHop === 'function'
  );
}

const callerOf = (id: Uint8Array | undefined): PeerId | null =>
  id === undefined ? null : idOf(peerIdFromMultihash(Digest.decode(id)));

function inSeconds<Message extends { readonly limit?: Limit | undefined }>(message: Message): Message {
  const duration = message.limit?.duration;
  if (duration === undefined) return message;
  return { ...message, limit: { ...message.limit, duration: Math.max(1, Math.floor(duration / 1000)) } };
}
