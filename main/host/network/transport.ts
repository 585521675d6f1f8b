/**
 * What the network asks of a transport: authenticated links that carry named streams. Nothing above knows which
 * transport a link is of, beyond what it shows to people and how it ranks it.
 */
import type { Connection, Stream } from '@libp2p/interface';
import type { AgentName, PeerId } from '../../../shared/ids.ts';
import type { LinkTransport, Path, PeerAgent } from '../../../shared/peers.ts';
import type { TransportName } from '../../../shared/transports.ts';
import type { MessageChannel } from './index.ts';
import type { LinkPulse } from './links/link-pulse.ts';

/**
 * One authenticated link to a peer. The shape is libp2p's, so that libp2p's own connections are links as they are;
 * the WebSocket transport makes its own. `streams` are `Stream`s of libp2p's interface, half-closable, with
 * backpressure.
 */
export interface LinkConnection extends Pick<
  Connection,
  | 'id'
  | 'remotePeer'
  | 'remoteAddr'
  | 'direction'
  | 'status'
  | 'streams'
  | 'limits'
  | 'newStream'
  | 'close'
  | 'abort'
> {
  /** Set on those of the WebSocket transport; libp2p's say it by their remote address. */
  readonly kind?: {
    readonly path: Path;
    readonly transport: LinkTransport;
    /** As people write it: `ws://192.0.2.7:8000`. */
    readonly address: string;
  };
  /** Set on a link to a Dawn node, which knows no streams. */
  readonly dawn?: DawnLink;
  /** True on the link of a caller that speaks as Dawn does: it asks, answers nothing, and knows no streams. */
  readonly asksOnly?: boolean;
  /** Sends a text of Dawn's gossip, which nobody answers. Set where the other side speaks the strict wire. */
  readonly gossip?: (text: string) => void;
  /** Signs of life, seen for free. Those of libp2p's connections are known elsewhere. */
  readonly pulse?: LinkPulse;
  /** Asks for a sign of life, and waits for it. In place of libp2p's ping where it is set. @returns ms */
  readonly roundTrip?: (signal: AbortSignal) => Promise<number>;
}

/** What a Dawn node can do, who answers one call at a time and in plain text. */
export interface DawnLink {
  /** Of `node/list_agents`, as last asked. Unsigned: nobody vouches for it. */
  readonly agents: readonly PeerAgent[];
  /** A call is under way. */
  readonly busy: boolean;
  /** Nothing new begins on the sessions that are open; each is closed once nothing is under way on it. */
  retire(): void;
  /** Asks anew. @throws {NetworkError} */
  refresh(signal: AbortSignal): Promise<void>;
  /** An MCP session that is made of Dawn's calls. @throws {NetworkError} REFUSED where there is no such agent */
  open(agent: AgentName): MessageChannel;
  /** A channel whose lines come back once the node has answered one `node/get_info` for each. */
  openEcho(): MessageChannel;
}

/** Answers a stream that a peer opened. */
export type StreamAnswer = (
  stream: Stream,
  connection: LinkConnection,
  peerId: PeerId,
) => void | Promise<void>;

/** What a peer says of itself at the beginning of a link. Hostile. */
export interface Introduction {
  readonly software: string | null;
  readonly speaksGatehouse: boolean;
  /** Where it says that it can be dialled by this transport. */
  readonly addresses: readonly string[];
}

/** Who runs a transport. None of these may throw. */
export interface TransportOwner {
  /** Whether a peer may be linked, over this transport, now. Asked at each step of a connection. */
  admits(peerId: PeerId): boolean;
  /**
   * Whether the peer may not be linked only because this transport is being given up, for it or for all. What is under way
   * on its links goes on, and nothing new begins.
   */
  isLeaving(peerId: PeerId): boolean;
  /** A contact, or whom the person keeps linked: there is always a place for it, and time. */
  isKept(peerId: PeerId): boolean;
  /** Nobody at all may be linked. */
  readonly frozen: boolean;
  opened(connection: LinkConnection): void;
  closed(connection: LinkConnection): void;
  introduced(connection: LinkConnection, introduction: Introduction): void;
  /** A stream that a peer opened; null: nothing of that name is answered. */
  answerTo(protocol: string): StreamAnswer | null;
  addressesChanged(): void;
  notify(notice: { id: string; level: 'info' | 'warning' | 'error'; text: string }): void;
}

/** Where to dial. */
export interface DialTarget {
  /** Null: whoever is there. Otherwise anybody else is an error. */
  readonly peerId: PeerId | null;
  /** As the transport writes them; those of other transports are passed over. */
  readonly addresses: readonly string[];
  /** Makes a link even where there is one. */
  readonly another?: boolean;
}

export interface Transport {
  readonly name: TransportName;
  /** Listens. @throws {NetworkError} where it cannot run at all; a busy port is only a notice */
  start(): Promise<void>;
  /** Cuts all links, and leaves nothing behind. */
  stop(): Promise<void>;
  /** Where it listens, as others would dial it, loopback included. */
  addresses(): string[];
  /** What is wrong although it runs, as a sentence. */
  readonly problem?: string | null;
  /** Whether an address is one of this transport's. */
  dials(address: string): boolean;
  /**
   * Makes a link by the first address that answers.
   * @throws {NetworkError} INVALID_ADDRESS, UNREACHABLE, REFUSED, TIMEOUT
   */
  dial(target: DialTarget, options: { signal: AbortSignal }): Promise<LinkConnection>;
  /** All there are, or those to one peer. */
  connections(peerId?: PeerId): LinkConnection[];
}
