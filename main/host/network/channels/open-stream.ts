import type { Stream } from '@libp2p/interface';
import { NetworkError } from '../errors.ts';
import { MAX_STREAMS_PER_LINK } from '../limits.ts';
import type { LinkConnection } from '../transport.ts';

/** Opens a stream of one protocol, relayed links included. @throws {NetworkError} REFUSED, TIMEOUT, LINK_LOST */
export async function openStream(
  connection: LinkConnection,
  protocol: string,
  signal: AbortSignal,
): Promise<Stream> {
  try {
    return await connection.newStream([protocol], {
      signal,
      runOnLimitedConnection: true,
      maxOutboundStreams: MAX_STREAMS_PER_LINK,
    });
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'UnsupportedProtocolError') {
      throw new NetworkError('REFUSED', 'This peer does not run Gatehouse.', { cause });
    }
    if (signal.aborted) throw new NetworkError('TIMEOUT', 'The peer did not answer in time.', { cause });
    throw new NetworkError('LINK_LOST', 'The link to the peer was lost.', { cause });
  }
}
