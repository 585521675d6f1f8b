/**
 * What two Gatehouses say to each other inside the envelopes, beside Dawn's methods: who they are, and named streams of
 * bytes with credit. Nobody else ever sees these.
 */
import { z } from 'zod';
import { WebSocketAddress } from '../../../../shared/transports.ts';
import { MAX_ADDRESSES, MAX_PIECE_BYTES } from './wire-limits.ts';

export const GET_INFO = 'node/get_info';
/** Of this wire; a peer with a higher one still speaks this. */
export const WIRE_VERSION = 1;

/** Odd where the dialler opened the stream, even where the listener did. Each side counts up and uses none twice. */
const StreamId = z.int().positive();

/** More credit than anybody gives, and little enough to count with. */
const MAX_CREDIT_BYTES = 64 * 1024 * 1024;
const Credit = z.int().positive().max(MAX_CREDIT_BYTES);

/** Who speaks: in the result of `node/get_info` under `gatehouse`, and in the dialler's `gatehouse/hello`. */
export const GatehouseFacts = z.object({
  version: z.int().min(1),
  /** Both ends have seen the same handshake. */
  transcript: z.string().regex(/^[0-9a-f]{64}$/),
  software: z.string().max(200).nullable().catch(null),
  /** Where the sender can be dialled by this transport. */
  addresses: z.array(WebSocketAddress).max(MAX_ADDRESSES).catch([]),
});
export type GatehouseFacts = z.infer<typeof GatehouseFacts>;

/** The result of `node/get_info`, of whoever answers. */
export const NodeInfo = z.looseObject({
  node_id: z.string().max(200).optional(),
  gatehouse: GatehouseFacts.optional(),
});
export type NodeInfo = z.infer<typeof NodeInfo>;

export const StreamMethod = {
  /** A request; the answer has the other direction's credit, or is an error where there is no such protocol. */
  open: 'gatehouse/stream.open',
  data: 'gatehouse/stream.data',
  /** So many more bytes may be sent. */
  credit: 'gatehouse/stream.credit',
  /** The sender has no more data. */
  close: 'gatehouse/stream.close',
  /** Both directions end here. */
  reset: 'gatehouse/stream.reset',
} as const;

export const HELLO = 'gatehouse/hello';

export const isGatehouseMethod = (method: string): boolean => method.startsWith('gatehouse/');

export const OpenParams = z.object({
  stream: StreamId,
  protocol: z.string().min(1).max(200),
  credit: Credit,
});
export const OpenResult = z.object({ credit: Credit });
export const DataParams = z.object({
  stream: StreamId,
  data: z
    .string()
    .min(4)
    .max(Math.ceil(MAX_PIECE_BYTES / 3) * 4),
});
export const CreditParams = z.object({ stream: StreamId, bytes: Credit });
export const StreamParams = z.object({ stream: StreamId });

/** By hand, since this is where nearly all bytes go. */
export const writeData = (stream: number, piece: Uint8Array): string =>
  `{"jsonrpc":"2.0","method":"${StreamMethod.data}","params":{"stream":${stream},"data":"${base64(piece)}"}}`;

const base64 = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');
