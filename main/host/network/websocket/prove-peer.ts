import { z } from 'zod';
import { NetworkError } from '../errors.ts';
import type { DawnLink, Introduction } from '../transport.ts';
import type { DawnDialling, DawnSocket } from './dawn-socket.ts';
import { GET_INFO, HELLO, NodeInfo, WIRE_VERSION } from './gatehouse-methods.ts';
import type { GatehouseFacts } from './gatehouse-methods.ts';
import type { LinkService } from './link-service.ts';
import { nestsDeeperThan } from './nesting.ts';
import { writeNotification } from './rpc.ts';
import type { WebSocketConnection } from './web-socket-connection.ts';
import { MAX_DAWN_FRAME_BYTES, MAX_NESTING } from './wire-limits.ts';
import { CloseCode, WireViolation } from './wire-violation.ts';

/**
 * Asks a dialled peer who it is. Its answer in an envelope proves that it is there; what it says decides how it is spoken
 * to from then on.
 * @throws {NetworkError}
 */
export async function provePeer(
  connection: WebSocketConnection,
  service: LinkService,
  dawn: DawnDialling | null,
  signal: AbortSignal,
): Promise<Introduction> {
  const answer = await askInfo(connection, signal);
  const info = NodeInfo.safeParse(answer.info);
  if (!info.success) throw refuse(connection, 'It answers with something else than what it is.');
  const { node_id: nodeId, gatehouse, software } = { software: null, ...info.data };
  if (nodeId !== undefined && nodeId !== connection.peer.nodeId) {
    throw refuse(connection, 'It says that it is another node than the one that shook hands.');
  }
  if (answer.encrypted && gatehouse !== undefined) return greet(connection, service, gatehouse);
  await linkDawn(connection, dawn, answer, signal);
  return { software: typeof software === 'string' ? software : null, speaksGatehouse: false, addresses: [] };
}

/** Not the echo of a request. */
const PlainAnswer = z.object({
  jsonrpc: z.literal('2.0'),
  method: z.undefined().optional(),
  result: z.looseObject({}),
});

interface InfoAnswer {
  readonly info: unknown;
  readonly encrypted: boolean;
}

async function askInfo(connection: WebSocketConnection, signal: AbortSignal): Promise<InfoAnswer> {
  const plain = Promise.withResolvers<InfoAnswer>();
  // The answer of a Dawn node. It is read only so far as to know it for one.
  connection.socket.onPlain = (text) => {
    connection.socket.onPlain = () => undefined;
    plain.resolve({ info: plainResult(text), encrypted: false });
  };
  const sealed = connection.requests.ask<InfoAnswer>(
    GET_INFO,
    {},
    {
      signal,
      read: (info) => {
        connection.socket.onPlain = null;
        return { info, encrypted: true };
      },
      refused: () => new NetworkError('PROTOCOL', 'The peer does not say what it is.'),
    },
  );
  sealed.catch(() => undefined);
  return await Promise.race([sealed, plain.promise]);
}

/** @throws {WireViolation} where it is no answer to the request that we sent */
function plainResult(text: string): unknown {
  const refused = new WireViolation(CloseCode.protocol, 'Only signed, encrypted envelopes are taken here.');
  if (nestsDeeperThan(text, MAX_NESTING)) throw refused;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refused;
  }
  const answer = PlainAnswer.safeParse(value);
  if (!answer.success) throw refused;
  return answer.data.result;
}

/** Both are Gatehouses. Whether both saw the same handshake is checked here, and, by the hello, over there. */
function greet(
  connection: WebSocketConnection,
  service: LinkService,
  { transcript, software, addresses }: GatehouseFacts,
): Introduction {
  if (transcript !== connection.transcript || connection.socket.peerCounts !== true) {
    throw refuse(connection, 'Somebody stands between this machine and the peer.');
  }
  connection.speakGatehouse();
  connection.socket.send(writeNotification(HELLO, { ...service.facts(transcript), version: WIRE_VERSION }));
  connection.socket.flush();
  return { software, speaksGatehouse: true, addresses };
}

async function linkDawn(
  connection: WebSocketConnection,
  dawn: DawnDialling | null,
  { info, encrypted }: InfoAnswer,
  signal: AbortSignal,
): Promise<void> {
  const { peerId, nodeId } = connection.peer;
  if (!encrypted && dawn?.mayBeLegacy(peerId) !== true) {
    dawn?.offersLegacy(peerId, connection.isNamed);
    const error = new NetworkError(
      'REFUSED',
      'This peer answers without encryption, as Dawn nodes do, and that is not allowed for it here.',
    );
    connection.abort(error);
    throw error;
  }
  if (dawn === null) throw refuse(connection, 'It does not run Gatehouse.');
  const socket = dawnSocketOf(connection, { peerId, nodeId, encrypted, info });
  if (!encrypted) connection.kind = { ...connection.kind, path: 'legacy' };
  const link: DawnLink = await dawn.link(socket, signal);
  connection.dawn = link;
}

function dawnSocketOf(
  connection: WebSocketConnection,
  facts: Pick<DawnSocket, 'peerId' | 'nodeId' | 'encrypted' | 'info'>,
): DawnSocket {
  let ended: { readonly error: Error | null } | null = null;
  let onClose: DawnSocket['onClose'] = null;
  const socket: DawnSocket = {
    ...facts,
    send: (text) => {
      connection.socket.send(text);
      return connection.socket.isOpen;
    },
    onText: null,
    get onClose() {
      return onClose;
    },
    set onClose(listener) {
      onClose = listener;
      if (ended !== null) listener?.(ended.error);
    },
    abort: (error) => connection.abort(error),
  };
  const take = (text: string): void => {
    if (nestsDeeperThan(text, MAX_NESTING)) {
      throw new WireViolation(CloseCode.policy, `JSON may nest ${MAX_NESTING} levels deep here.`);
    }
    socket.onText?.(text);
  };
  connection.socket.maxFrameBytes = MAX_DAWN_FRAME_BYTES;
  connection.speakDawn();
  connection.socket.onPlain = facts.encrypted ? null : take;
  connection.handOver(
    facts.encrypted
      ? take
      : () => {
          throw new WireViolation(CloseCode.protocol, 'Answers come in plain text here, or in envelopes.');
        },
  );
  connection.onEnd = (error) => {
    ended = { error };
    onClose?.(error);
  };
  if (!connection.socket.isOpen) connection.onEnd(connection.error);
  return socket;
}

/** Ends a connection for something that the other side does. @returns what to throw */
function refuse(connection: WebSocketConnection, why: string): NetworkError {
  const error = new NetworkError('PROTOCOL', `This peer cannot be linked. ${why}`);
  connection.socket.fail(new WireViolation(CloseCode.policy, why));
  return error;
}
