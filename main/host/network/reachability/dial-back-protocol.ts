/**
 * `/gatehouse/dial-back/1.0.0`: a peer elsewhere connects to addresses of ours, to find out whether they work. libp2p's
 * AutoNAT does the same, but believes no less than several peers in different networks, which a small circle has not.
 */
import { randomBytes } from 'node:crypto';
import type { Connection, Stream } from '@libp2p/interface';
import type { TransportManager } from '@libp2p/interface-internal';
import { multiaddr } from '@multiformats/multiaddr';
import type { PeerId } from '../../../../shared/ids.ts';
import {
  DIAL_BACK_PROTOCOL,
  DialBackAnswer,
  DialBackHello,
  MAX_DIAL_BACK_ADDRESSES,
  MAX_HELLO_BYTES,
} from '../../../../shared/wire.ts';
import { deadline } from '../../deadline.ts';
import { idOf } from '../addresses.ts';
import { DialBackTurns, mayDialBack } from './dial-back-policy.ts';
import type { DialBackAsker, DialBackSelf } from './dial-back-policy.ts';
import { NetworkError } from '../errors.ts';
import { readFirstLine } from '../channels/first-line.ts';
import { parseIpMultiaddr } from '../ip-multiaddr.ts';
import { parseJson, sendLine } from '../channels/mcp-protocol.ts';
import { transportOf } from '../links/path.ts';
import { ipOf } from '../remote-ip.ts';
import { hangUp } from './test-connections.ts';
import type { TestConnections } from './test-connections.ts';

const DIAL_MS = 4000;
const PROOF_MS = 2000;
const HELLO_MS = 5000;
/** The whole of a request, for either side: eight addresses, two at a time. */
const REQUEST_MS = (MAX_DIAL_BACK_ADDRESSES / 2) * (DIAL_MS + PROOF_MS) + 1000;
const PARALLEL = 2;

/** What a peer said of one address. `ok` only where we have seen it ourselves. */
export interface DialBackResult {
  readonly address: string;
  readonly outcome: 'ok' | 'refused' | 'no-route' | 'failed' | 'unproven';
  /** Where the connection came from; null without one. */
  readonly from: string | null;
}

export interface DialBackParts {
  readonly transports: () => Pick<TransportManager, 'dial'> | null;
  readonly isContact: (peerId: PeerId) => boolean;
  /** Nobody is dialled for who is blocked, or while everything is stopped. */
  readonly admits: (peerId: PeerId) => boolean;
  /** Ends when everything is stopped. */
  readonly running: () => AbortSignal;
  readonly self: () => DialBackSelf;
  readonly tests: TestConnections;
}

interface Question {
  readonly peerId: PeerId;
  readonly addresses: readonly string[];
  /** Proven, and by which connection. */
  readonly proven: Map<string, Connection>;
}

/** Both sides of it. */
export class DialBack {
  readonly #parts: DialBackParts;
  readonly #turns: DialBackTurns;
  /** Ours under way, by nonce. */
  readonly #questions = new Map<string, Question>();
  readonly #ending = new AbortController();

  constructor(parts: DialBackParts, turns = new DialBackTurns()) {
    this.#parts = parts;
    this.#turns = turns;
  }

  stop(): void {
    this.#ending.abort(new Error('The network stops.'));
  }

  /**
   * Asks one peer to connect to addresses of ours, over an open link.
   * @throws {NetworkError} REFUSED where it does not do it (now), PROTOCOL, TIMEOUT, LINK_LOST
   */
  async ask(
    connection: Pick<Connection, 'newStream' | 'remotePeer'>,
    addresses: readonly string[],
    outer: AbortSignal,
  ): Promise<DialBackResult[]> {
    const peerId = idOf(connection.remotePeer);
    if (peerId === null) throw new NetworkError('REFUSED', 'Only Ed25519 peers are asked.');
    const asked = addresses.slice(0, MAX_DIAL_BACK_ADDRESSES);
    const nonce = randomBytes(24).toString('base64url');
    const question: Question = { peerId, addresses: asked, proven: new Map() };
    const expected = this.#parts.tests.expect(peerId);
    const limit = deadline(REQUEST_MS, outer);
    let stream: Stream | null = null;
    try {
      stream = await openTo(connection, limit.signal);
      this.#questions.set(nonce, question);
      sendLine(stream, JSON.stringify({ nonce, addresses: asked }));
      const answer = DialBackAnswer.safeParse(
        parseJson(await readFirstLine(stream, MAX_HELLO_BYTES, limit.signal)),
      );
      if (!answer.success) throw new NetworkError('PROTOCOL', 'The peer gave an answer that makes no sense.');
      if (!answer.data.ok) throw new NetworkError('REFUSED', 'The peer does not connect back now.');
      const { results } = answer.data;
      return asked.map((address) => {
        const said = results.find((result) => result.address === address);
        const by = question.proven.get(address);
        if (by !== undefined) return { address, outcome: 'ok', from: ipOf(by) };
        const outcome = said === undefined || said.ok ? 'unproven' : (said.error ?? 'failed');
        return { address, outcome, from: null };
      });
    } finally {
      this.#questions.delete(nonce);
      limit.release();
      if (stream?.status === 'open') stream.abort(new Error('The answer has been read.'));
      this.#parts.tests.over(expected);
    }
  }

  /** A stream that a peer opened: it asks, or proves. */
  async answer(stream: Stream, connection: Connection): Promise<void> {
    try {
      const hello = DialBackHello.safeParse(
        parseJson(await within(HELLO_MS, (signal) => readFirstLine(stream, MAX_HELLO_BYTES, signal))),
      );
      if (!hello.success) throw new NetworkError('PROTOCOL', 'The request makes no sense.');
      if ('proof' in hello.data) this.#prove(hello.data.proof, hello.data.address, connection);
      else if (!this.#parts.tests.isLink(connection))
        throw new NetworkError('REFUSED', 'It is there for a test only.');
      else await this.#serve(stream, connection, hello.data.nonce, hello.data.addresses);
      await within(HELLO_MS, (signal) => stream.close({ signal }));
    } catch (error) {
      stream.abort(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Counts only what we see: this peer, a connection that it made itself, and that fits the address. */
  #prove(nonce: string, address: string, connection: Connection): void {
    const question = this.#questions.get(nonce);
    if (question === undefined || idOf(connection.remotePeer) !== question.peerId) return;
    this.#parts.tests.proven(connection);
    const parsed = parseIpMultiaddr(address);
    const from = ipOf(connection);
    if (parsed === null || from === null || !question.addresses.includes(address)) return;
    if (connection.direction !== 'inbound') return;
    if (
      transportOf(connection.remoteAddr) !== parsed.transport ||
      from.includes(':') !== (parsed.family === 6)
    )
      return;
    if ([...question.proven.values()].includes(connection)) return;
    question.proven.set(address, connection);
  }

  async #serve(
    stream: Stream,
    connection: Connection,
    nonce: string,
    addresses: readonly string[],
  ): Promise<void> {
    const peerId = idOf(connection.remotePeer);
    const answer = (value: DialBackAnswer): void => sendLine(stream, JSON.stringify(value));
    if (peerId === null || !this.#parts.admits(peerId)) {
      answer({ ok: false, error: 'refused' });
      return;
    }
    const asker: DialBackAsker = { ip: ipOf(connection), contact: this.#parts.isContact(peerId) };
    const endTurn = this.#turns.take(peerId, asker);
    if (endTurn === null) {
      answer({ ok: false, error: 'busy' });
      return;
    }
    const limit = deadline(REQUEST_MS, AbortSignal.any([this.#ending.signal, this.#parts.running()]));
    try {
      const waiting = [...new Set(addresses)];
      const results: { address: string; ok: boolean; error?: 'refused' | 'no-route' | 'failed' }[] = [];
      const work = async (): Promise<void> => {
        for (let address = waiting.shift(); address !== undefined; address = waiting.shift()) {
          const allowed = mayDialBack(address, asker, this.#parts.self());
          const error =
            allowed === null ? 'refused' : await this.#connect(peerId, address, nonce, limit.signal);
          results.push(error === null ? { address, ok: true } : { address, ok: false, error });
        }
      };
      await Promise.all(Array.from({ length: PARALLEL }, work));
      answer({ ok: true, results });
    } finally {
      endTurn();
      limit.release();
    }
  }

  /** Connects anew, shows the nonce and hangs up. @returns what went wrong, coarsely: no more than the asker must know */
  async #connect(
    peerId: PeerId,
    address: string,
    nonce: string,
    outer: AbortSignal,
  ): Promise<'no-route' | 'failed' | null> {
    const transports = this.#parts.transports();
    if (transports === null || !this.#parts.admits(peerId)) return 'failed';
    const target = multiaddr(`${address}/p2p/${peerId}`);
    let connection: Connection | null = null;
    try {
      // Past the queue of dials, which would hand us the link that is there.
      const made = await within(
        DIAL_MS,
        (signal) => this.#parts.tests.make(target, () => transports.dial(target, { signal })),
        outer,
      );
      connection = made;
      await within(PROOF_MS, (signal) => prove(made, { proof: nonce, address }, signal), outer);
      return null;
    } catch (error) {
      return /ENETUNREACH|EHOSTUNREACH|EADDRNOTAVAIL|EAFNOSUPPORT/.test(String(error))
        ? 'no-route'
        : 'failed';
    } finally {
      if (connection !== null) await hangUp(connection);
    }
  }
}

async function prove(connection: Connection, proof: DialBackHello, signal: AbortSignal): Promise<void> {
  const stream = await openTo(connection, signal);
  sendLine(stream, JSON.stringify(proof));
  await stream.close({ signal });
  // The other side closes its end once it has read it.
  await readFirstLine(stream, 16, signal).catch(() => undefined);
}

async function within<T>(
  ms: number,
  run: (signal: AbortSignal) => Promise<T>,
  outer?: AbortSignal,
): Promise<T> {
  const limit = deadline(ms, outer);
  try {
    return await run(limit.signal);
  } finally {
    limit.release();
  }
}

async function openTo(connection: Pick<Connection, 'newStream'>, signal: AbortSignal): Promise<Stream> {
  try {
    return await connection.newStream([DIAL_BACK_PROTOCOL], { signal, runOnLimitedConnection: true });
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'UnsupportedProtocolError')
      throw new NetworkError('REFUSED', 'This peer does not connect back.', { cause });
    throw new NetworkError('LINK_LOST', 'The link to the peer was lost.', { cause });
  }
}
