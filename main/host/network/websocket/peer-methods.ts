import { RpcCode, rpcError } from '../../../../shared/errors.ts';
import type { RpcError } from '../../../../shared/errors.ts';
import type { LinkConnection } from '../transport.ts';
import type { DawnCaller } from './dawn-methods.ts';
import { DawnMethodError } from './dawn-methods.ts';
import type { NodeKey } from './ed25519.ts';
import type { EnvelopeSocket } from './envelope-socket.ts';
import { GatehouseFacts, GET_INFO, HELLO, isGatehouseMethod, StreamMethod } from './gatehouse-methods.ts';
import type { LinkService } from './link-service.ts';
import type { RequestTable } from './request-table.ts';
import { errorOf, writeError, writeResult } from './rpc.ts';
import type { RpcId, RpcMessage } from './rpc.ts';
import type { StreamTable } from './stream-table.ts';
import { MAX_DAWN_ANSWER_BYTES, MAX_PLAINTEXT_BYTES, MAX_REQUESTS } from './wire-limits.ts';
import { CloseCode, WireViolation } from './wire-violation.ts';

interface PeerMethodsParts {
  readonly connection: LinkConnection & {
    readonly peer: NodeKey;
    readonly transcript: string;
    readonly socket: EnvelopeSocket;
    readonly requests: RequestTable;
    speakGatehouse(): void;
    speakDawn(): void;
  };
  readonly service: LinkService;
  readonly streams: StreamTable;
  /** Null on the dialler, who proves its peer by asking. */
  readonly onProven: ((facts: GatehouseFacts | null) => void) | null;
}

/** Answers what a peer asks on one connection: Gatehouse's own methods, and, by others, Dawn's. */
export class PeerMethods {
  speaksGatehouse = false;
  readonly #parts: PeerMethodsParts;
  readonly #ended = new AbortController();
  #proven = false;
  #underWay = 0;

  constructor(parts: PeerMethodsParts) {
    this.#parts = parts;
  }

  /** Something that the peer asked for is under way. */
  get isBusy(): boolean {
    return this.#underWay > 0;
  }

  end(): void {
    this.#ended.abort(new Error('The connection has ended.'));
  }

  /** Takes one message in. @throws {WireViolation} */
  take(message: RpcMessage): void {
    const { connection, service } = this.#parts;
    switch (message.kind) {
      case 'result':
      case 'error':
        connection.requests.settle(message);
        return;
      case 'gossip':
        this.#proveByUse(null);
        service.dawnMethods?.gossip(this.#caller(), message.announcement);
        return;
      case 'request':
      case 'notification':
        if (isGatehouseMethod(message.method)) this.#takeOwn(message);
        else this.#takeDawn(message);
    }
  }

  #takeOwn(message: Extract<RpcMessage, { kind: 'request' | 'notification' }>): void {
    const { method, params } = message;
    const { socket } = this.#parts.connection;
    // Who does not number its envelopes could lose one unnoticed.
    if (socket.peerCounts !== true) throw outOfOrder();
    if (message.kind === 'request') {
      if (!this.speaksGatehouse) throw outOfOrder();
      if (method === StreamMethod.open) this.#answerOpen(message.id, params);
      else this.#refuse(message.id, unknownMethod());
    } else if (method === HELLO) this.#takeHello(params);
    else if (!this.speaksGatehouse) throw outOfOrder();
    // What is not known is of a later version, and needs no answer.
    else this.#parts.streams.take(method, params);
  }

  #answerOpen(id: RpcId, params: unknown): void {
    const answer = this.#parts.streams.accept(params);
    if ('error' in answer) this.#refuse(id, answer.error);
    else this.#parts.connection.socket.send(writeResult(id, answer.result));
  }

  #takeHello(params: unknown): void {
    const { connection, onProven } = this.#parts;
    const facts = GatehouseFacts.safeParse(params);
    if (onProven === null || this.#proven || !facts.success) throw outOfOrder();
    if (facts.data.transcript !== connection.transcript) {
      throw new WireViolation(CloseCode.policy, 'Both ends saw another handshake: somebody is in between.');
    }
    this.#proven = true;
    connection.speakGatehouse();
    onProven(facts.data);
  }

  #takeDawn(message: Extract<RpcMessage, { kind: 'request' | 'notification' }>): void {
    this.#proveByUse(message.method);
    if (message.kind === 'request') void this.#answerDawn(message.id, message.method, message.params);
  }

  /** A Dawn-style client is there by calling something; a Gatehouse first asks who we are, and then says hello. */
  #proveByUse(method: string | null): void {
    const { connection, onProven } = this.#parts;
    if (this.#proven || this.speaksGatehouse) return;
    if (connection.socket.peerCounts === true && method === GET_INFO) return;
    if (onProven === null || connection.socket.peerCounts !== false) throw outOfOrder();
    this.#proven = true;
    connection.speakDawn();
    onProven(null);
  }

  async #answerDawn(id: RpcId, method: string, params: unknown): Promise<void> {
    const { socket, peer } = this.#parts.connection;
    if (this.#underWay >= MAX_REQUESTS) {
      this.#refuse(
        id,
        rpcError(RpcCode.busy, 'too-many-calls', 'You have too many requests under way here.'),
      );
      return;
    }
    this.#underWay += 1;
    try {
      const { service } = this.#parts;
      if (!service.admits(peer.peerId) && !service.isLeaving(peer.peerId))
        throw new DawnMethodError(-32001, 'Not authorised.');
      this.#answer(id, writeResult(id, await this.#call(method, params)));
    } catch (error) {
      if (socket.isOpen) this.#refuse(id, errorOf(error));
    } finally {
      this.#underWay -= 1;
    }
  }

  async #call(method: string, params: unknown): Promise<unknown> {
    const { connection, service } = this.#parts;
    const { dawnMethods } = service;
    if (method !== GET_INFO) {
      if (dawnMethods === null) throw unknownMethod();
      return await dawnMethods.call(this.#caller(), method, params, this.#ended.signal);
    }
    const info =
      dawnMethods === null
        ? service.bareInfo()
        : await dawnMethods.call(this.#caller(), method, params, this.#ended.signal);
    const gatehouse = service.facts(connection.transcript);
    return typeof info === 'object' && info !== null ? { ...info, gatehouse } : { gatehouse };
  }

  #answer(id: RpcId, text: string): void {
    const { socket } = this.#parts.connection;
    const limit = socket.peerCounts === true ? MAX_PLAINTEXT_BYTES : MAX_DAWN_ANSWER_BYTES;
    if (Buffer.byteLength(text) <= limit) socket.send(text);
    else this.#refuse(id, rpcError(RpcCode.internal, 'too-large', 'The answer is too long for this wire.'));
  }

  #refuse(id: RpcId, error: RpcError | DawnMethodError): void {
    this.#parts.connection.socket.send(writeError(id, error));
  }

  #caller(): DawnCaller {
    const { connection, service } = this.#parts;
    const { peerId, nodeId } = connection.peer;
    const leaving = service.isLeaving(peerId);
    return { peerId, nodeId, connection, speaksGatehouse: this.speaksGatehouse, leaving };
  }
}

const unknownMethod = (): DawnMethodError => new DawnMethodError(RpcCode.methodNotFound, 'Method not found');

const outOfOrder = (): WireViolation =>
  new WireViolation(CloseCode.protocol, 'That message does not belong here.');
