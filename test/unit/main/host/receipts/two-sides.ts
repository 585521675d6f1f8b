/** Two hosts' receipts, joined by a stream that does not exist. */
import { keyFromSeed } from '../../../../../main/host/identity/index.ts';
import { privateKeyFromProtobuf } from '@libp2p/crypto/keys';
import {
  createReceipts,
  type CallersView,
  type EndedCall,
  type Receipts,
  type ReceiptsModules,
} from '../../../../../main/host/receipts/index.ts';
import { AgentName, CallId, type PeerId } from '../../../../../shared/ids.ts';
import { COUNTERSIGNED_METHOD, RECEIPTS_METHOD } from '../../../../../shared/wire.ts';
import { ReceiptsInMemory } from './receipts-in-memory.ts';

export interface Side {
  readonly peerId: PeerId;
  readonly room: Receipts;
  readonly store: ReceiptsInMemory;
  readonly notices: string[];
  readonly identity: ReceiptsModules['identity'];
}

/** @param seed names the key */
export async function side(seed: number, now?: () => number): Promise<Side> {
  const { protobuf, peerId } = await keyFromSeed(new Uint8Array(32).fill(seed));
  const privateKey = privateKeyFromProtobuf(protobuf);
  const store = new ReceiptsInMemory();
  const notices: string[] = [];
  const identity = { privateKey, peerId };
  const room = createReceipts({
    identity,
    store,
    nameOf: () => 'Ben',
    notice: (_id, level, text) => void notices.push(`${level}: ${text}`),
    ...(now === undefined ? {} : { now }),
  });
  return { peerId, room, store, notices, identity };
}

export const agent = AgentName.parse('files');

/** The same call as the two see it. */
export function call(
  number: number,
  changes: Partial<EndedCall> = {},
): { host: EndedCall; caller: CallersView } {
  const now = Date.now();
  const both = {
    rpcId: number,
    agent,
    tool: 'write_file',
    nonce: `ticket-of-the-call-number-${number}`,
    outcome: 'result',
    request: { path: `/tmp/${number}`, text: 'höher' },
    response: { content: [{ type: 'text', text: `written ${number}` }] },
    bytes: 200,
  } as const;
  const host: EndedCall = {
    ...both,
    callId: CallId.parse(number),
    effect: 'allow',
    by: 'person',
    changed: 'no',
    receivedAt: now - 30,
    decidedAt: now - 10,
    endedAt: now,
    ...changes,
  };
  const caller = { ...both, callId: CallId.parse(1000 + number), sentAt: now - 31 };
  return { host, caller };
}

/** One stream between them. `onTheWay` sees, and may change or keep back (null), what the host says of receipts. */
export function stream(
  host: Side,
  caller: Side,
  onTheWay: (params: Record<string, unknown>) => Record<string, unknown> | null = (params) => params,
): { host: ReturnType<Receipts['asHost']>; caller: ReturnType<Receipts['asCaller']>; said: string[] } {
  const said: string[] = [];
  const overTheWire = (value: Record<string, unknown>): unknown => JSON.parse(JSON.stringify(value));
  const ofCaller = caller.room.asCaller(host.peerId, (method, params) => {
    if (method !== COUNTERSIGNED_METHOD) throw new Error(`The caller said ${method}.`);
    said.push(Object.keys(params).join(' '));
    queueMicrotask(() => ofHost.countersigned(overTheWire(params)));
  });
  const ofHost = host.room.asHost(caller.peerId, (method, params) => {
    if (method !== RECEIPTS_METHOD) throw new Error(`The host said ${method}.`);
    const arrives = onTheWay(params);
    if (arrives !== null) queueMicrotask(() => ofCaller.received(overTheWire(arrives)));
  });
  return { host: ofHost, caller: ofCaller, said };
}
