import { randomUUID } from 'node:crypto';
import { ConnectionClosedError, UnsupportedProtocolError } from '@libp2p/interface';
import type {
  AbortOptions,
  ConnectionStatus,
  NewStreamOptions,
  PeerId as Libp2pPeerId,
  Stream,
} from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import type { Multiaddr } from '@multiformats/multiaddr';
import { sourceOf } from '../ip-address.ts';
import type { LinkPulse } from '../links/link-pulse.ts';
import { ipOf } from '../remote-ip.ts';
import type { DawnLink, LinkConnection } from '../transport.ts';
import type { NodeKey } from './ed25519.ts';
import { EnvelopeSocket } from './envelope-socket.ts';
import type { EnvelopeSocketParts } from './envelope-socket.ts';
import type { GatehouseFacts } from './gatehouse-methods.ts';
import type { Session } from './handshake.ts';
import type { LinkService } from './link-service.ts';
import type { End } from './nonces.ts';
import { PeerMethods } from './peer-methods.ts';
import { RequestTable } from './request-table.ts';
import { readMessages } from './rpc.ts';
import { StreamTable } from './stream-table.ts';
import type { Whereabouts } from './web-socket-kind.ts';
import { CLOSE_GRACE_MS, MAX_DAWN_BACKLOG_BYTES } from './wire-limits.ts';

export interface WebSocketConnectionParts extends Pick<EnvelopeSocketParts, 'socket' | 'allowance'> {
  readonly session: Session;
  /** Which one we are. */
  readonly end: End;
  readonly whereabouts: Whereabouts;
  readonly service: LinkService;
  /** It was dialled for this peer, and not for whoever is there. */
  readonly isNamed?: boolean;
  /** Listener only: the peer is proven. Null: it does not speak Gatehouse. */
  readonly onProven?: (facts: GatehouseFacts | null) => void;
  /** Told once. */
  readonly onClosed: (connection: WebSocketConnection) => void;
}

/** A link over the WebSocket transport, of whichever kind the other side is. */
export class WebSocketConnection implements LinkConnection {
  readonly id = randomUUID();
  readonly remotePeer: Libp2pPeerId;
  readonly remoteAddr: Multiaddr;
  readonly direction: 'inbound' | 'outbound';
  readonly peer: NodeKey;
  readonly transcript: string;
  readonly isNamed: boolean;
  /** The address or network that the peer is at; see `sourceOf`. */
  readonly source: string | null;
  readonly socket: EnvelopeSocket;
  readonly pulse: LinkPulse;
  readonly requests: RequestTable;
  status: ConnectionStatus = 'open';
  kind: Whereabouts['kind'];
  /** The peer is there: it is told of as a link. */
  isProven = false;
  dawn?: DawnLink;
  asksOnly = false;
  gossip?: (text: string) => void;
  onEnd: ((error: Error | null) => void) | null = null;
  /** Takes the place of our own methods where the other side only answers. */
  #onText: ((text: string) => void) | null = null;
  readonly #streams: StreamTable;
  readonly #methods: PeerMethods;
  readonly #onClosed: (connection: WebSocketConnection) => void;
  #error: Error | null = null;
  #usedAt = performance.now();

  constructor(parts: WebSocketConnectionParts) {
    const { session, service, end, socket, allowance } = parts;
    this.peer = session.peer;
    this.transcript = session.transcript;
    this.isNamed = parts.isNamed ?? false;
    this.remotePeer = peerIdFromString(session.peer.peerId);
    const ip = ipOf(parts.whereabouts);
    this.source = ip === null ? null : sourceOf(ip);
    this.remoteAddr = parts.whereabouts.remoteAddr;
    this.kind = parts.whereabouts.kind;
    this.direction = end === 'dialler' ? 'outbound' : 'inbound';
    this.#onClosed = parts.onClosed;
    this.requests = new RequestTable((message) => this.socket.send(message));
    this.#streams = new StreamTable({
      end,
      requests: this.requests,
      wire: { send: (message) => this.socket.send(message), room: () => this.socket.room },
      answerTo: (protocol) => service.answerTo(protocol, this),
    });
    this.#methods = new PeerMethods({
      connection: this,
      service,
      streams: this.#streams,
      onProven: parts.onProven ?? null,
    });
    this.socket = new EnvelopeSocket(
      {
        socket,
        allowance,
        sealer: session.sealer,
        opener: session.opener,
        pace: service.paceOf({
          isProven: () => this.isProven,
          isKept: () => service.isKept(session.peer.peerId),
        }),
      },
      {
        onText: (text) => this.#take(text),
        onDrain: () => this.#streams.goOn(),
        onClosed: (error) => this.#end(error),
      },
    );
    const ping = (): Promise<number> => this.socket.roundTrip(new AbortController().signal);
    this.pulse = {
      get heardAt() {
        return allowance.heardAt;
      },
      ping,
    };
  }

  get streams(): Stream[] {
    return this.#streams.all();
  }

  /** For how long nothing has run on it, in ms; 0: something runs. */
  get idleMs(): number {
    if (this.#streams.all().length > 0 || this.#methods.isBusy) return 0;
    return performance.now() - this.#usedAt;
  }

  /** Why it ended, where it did not end in good order. */
  get error(): Error | null {
    return this.#error;
  }

  /** From now on the other side may use streams, and several messages share an envelope. */
  speakGatehouse(): void {
    this.#methods.speaksGatehouse = true;
    this.socket.batches = true;
    this.gossip = (text): void => this.socket.send(text);
  }

  /** The other side speaks as Dawn does: it calls us where it came to us, and answers where we went to it. */
  speakDawn(): void {
    this.asksOnly = this.direction === 'inbound';
    this.socket.maxBacklogBytes = MAX_DAWN_BACKLOG_BYTES;
  }

  readonly newStream = async (
    protocols: string | string[],
    options: NewStreamOptions = {},
  ): Promise<Stream> => {
    const [protocol = ''] = typeof protocols === 'string' ? [protocols] : protocols;
    if (this.status !== 'open') throw new ConnectionClosedError('The link to the peer was lost.');
    if (!this.#methods.speaksGatehouse) {
      throw new UnsupportedProtocolError('This peer knows the methods of Dawn only, and no streams.');
    }
    return await this.#streams.open(protocol, options);
  };

  /** Says goodbye to each stream, then to the peer. */
  async close({ signal = AbortSignal.timeout(CLOSE_GRACE_MS) }: AbortOptions = {}): Promise<void> {
    if (this.status !== 'open') return;
    this.status = 'closing';
    try {
      await Promise.all(this.streams.map((stream) => stream.close({ signal })));
      this.socket.close('Closed in good order.');
    } catch (error) {
      this.abort(error instanceof Error ? error : new Error(String(error)));
    }
  }

  abort(error: Error): void {
    this.socket.abort(error);
  }

  roundTrip = (signal: AbortSignal): Promise<number> => this.socket.roundTrip(signal);

  /** Hands over what envelopes hold, from now on, in place of taking it for messages of Gatehouse's own. */
  handOver(onText: (text: string) => void): void {
    this.#onText = onText;
  }

  #take(text: string): void {
    this.#usedAt = performance.now();
    if (this.#onText !== null) {
      this.#onText(text);
      return;
    }
    for (const message of readMessages(text, this.socket.peerCounts === true)) {
      if (!this.socket.isOpen) return;
      this.#methods.take(message);
    }
  }

  #end(error: Error | null): void {
    this.status = error === null ? 'closed' : 'aborted';
    this.#error = error;
    const reason = error ?? new ConnectionClosedError('The link to the peer was lost.');
    this.requests.end(reason);
    this.#methods.end();
    this.#streams.end(reason);
    this.onEnd?.(error);
    this.#onClosed(this);
  }
}
