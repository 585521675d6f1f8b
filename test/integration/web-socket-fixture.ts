import { EventEmitter, once } from 'node:events';
import { WebSocketTransport } from '../../main/host/network/websocket/web-socket-transport.ts';
import type { WebSocketTransportOptions } from '../../main/host/network/websocket/web-socket-transport-options.ts';
import type { Identity } from '../../main/host/identity/index.ts';
import type {
  Introduction,
  LinkConnection,
  StreamAnswer,
  TransportOwner,
} from '../../main/host/network/transport.ts';
import type { PeerId } from '../../shared/ids.ts';
import { newIdentity } from './network-fixture.ts';

/** A WebSocket transport on loopback, and what it told its owner. */
export interface TestTransport {
  readonly transport: WebSocketTransport;
  readonly identity: Identity;
  readonly peerId: PeerId;
  /** `ws://127.0.0.1:port`, without an id. */
  readonly url: string;
  readonly opened: LinkConnection[];
  readonly closed: LinkConnection[];
  readonly introductions: Introduction[];
  readonly notices: { id: string; text: string }[];
  /** Peers that are turned away. */
  readonly blocked: Set<PeerId>;
  readonly contacts: Set<PeerId>;
  readonly answers: Map<string, StreamAnswer>;
  freeze(frozen: boolean): void;
  /** Waits until there were so many links. */
  untilOpened(count: number): Promise<void>;
  untilClosed(count: number): Promise<void>;
}

export interface TestTransportOptions extends Partial<WebSocketTransportOptions> {
  /** The end of the test, which stops it. */
  readonly scope: { defer(stop: () => Promise<void>): void };
}

/** Stops what a test started. */
export class Scope {
  readonly #stops: (() => Promise<void>)[] = [];

  defer(stop: () => Promise<void>): void {
    this.#stops.push(stop);
  }

  async end(): Promise<void> {
    for (const stop of this.#stops.splice(0).toReversed()) await stop();
  }
}

export async function startTransport({ scope, ...options }: TestTransportOptions): Promise<TestTransport> {
  const identity = options.identity ?? (await newIdentity());
  const opened: LinkConnection[] = [];
  const closed: LinkConnection[] = [];
  const introductions: Introduction[] = [];
  const notices: { id: string; text: string }[] = [];
  const blocked = new Set<PeerId>();
  const contacts = new Set<PeerId>();
  const answers = new Map<string, StreamAnswer>();
  const events = new EventEmitter();
  let isFrozen = false;
  const owner: TransportOwner = {
    admits: (peerId) => !isFrozen && !blocked.has(peerId),
    isLeaving: () => false,
    isKept: (peerId) => contacts.has(peerId),
    get frozen() {
      return isFrozen;
    },
    opened: (connection) => {
      opened.push(connection);
      events.emit('opened');
    },
    closed: (connection) => {
      closed.push(connection);
      events.emit('closed');
    },
    introduced: (_, introduction) => introductions.push(introduction),
    answerTo: (protocol) => answers.get(protocol) ?? null,
    addressesChanged: () => undefined,
    notify: (notice) => notices.push(notice),
  };
  const transport = new WebSocketTransport(
    {
      identity,
      listen: ['127.0.0.1:0'],
      tls: null,
      softwareName: 'gatehouse/test',
      dawnMethods: null,
      dawnDialling: null,
      ...options,
    },
    owner,
  );
  await transport.start();
  scope.defer(() => transport.stop());
  const until = async (name: string, list: readonly unknown[], count: number): Promise<void> => {
    while (list.length < count) await once(events, name, { signal: AbortSignal.timeout(20_000) });
  };
  return {
    transport,
    identity,
    peerId: identity.peerId,
    url: (transport.addresses()[0] ?? '').replace(/#.*/, ''),
    opened,
    closed,
    introductions,
    notices,
    blocked,
    contacts,
    answers,
    freeze: (frozen) => {
      isFrozen = frozen;
    },
    untilOpened: (count) => until('opened', opened, count),
    untilClosed: (count) => until('closed', closed, count),
  };
}
