import type { Connection, Stream, StreamHandler } from '@libp2p/interface';
import type { PeerId } from '../../../../shared/ids.ts';
import { idOf } from '../addresses.ts';
import { NetworkError } from '../errors.ts';

/** Answers a stream that a peer opened. */
export type Answer = (stream: Stream, connection: Connection, peerId: PeerId) => void | Promise<void>;

/** Our protocols answer these streams only. */
type Admits = (peerId: PeerId, stream: Stream, connection: Connection) => boolean;

/** A handler for libp2p that aborts what is not to be answered, whatever the protocol. */
export function answerAdmitted(answer: Answer, admits: Admits): StreamHandler {
  return async (stream, connection) => {
    const peerId = idOf(connection.remotePeer);
    if (peerId === null || !admits(peerId, stream, connection)) {
      stream.abort(new NetworkError('REFUSED', 'This peer is not answered here.'));
      return;
    }
    await answer(stream, connection, peerId);
  };
}
