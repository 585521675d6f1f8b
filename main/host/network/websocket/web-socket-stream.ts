import type { MessageStreamDirection } from '@libp2p/interface';
import { AbstractStream } from '@libp2p/utils';
import type { SendResult } from '@libp2p/utils';
import type { Uint8ArrayList } from 'uint8arraylist';
import { STREAM_WINDOW_BYTES } from '../limits.ts';
import { StreamMethod, writeData } from './gatehouse-methods.ts';
import { writeNotification } from './rpc.ts';
import { silentLog } from './silent-log.ts';
import { MAX_PIECE_BYTES } from './wire-limits.ts';
import { CloseCode, WireViolation } from './wire-violation.ts';

/** Credit is given back in portions of this size, so that it costs little beside the data. */
const PORTION_BYTES = STREAM_WINDOW_BYTES / 4;

/** What a stream needs of its connection. */
export interface StreamWire {
  send(message: string): void;
  /** How many bytes streams may hand over now. */
  room(): number;
}

interface StreamInit {
  readonly number: number;
  readonly protocol: string;
  readonly direction: MessageStreamDirection;
  /** What the other side lets us send, in bytes. */
  readonly credit: number;
}

/**
 * One named stream of a connection between two Gatehouses. A side may send as many bytes as the other has given it credit
 * for, and credit comes back only as those bytes are handed to their reader: a reader that pauses stops the sender.
 */
export class WebSocketStream extends AbstractStream {
  readonly number: number;
  readonly #wire: StreamWire;
  /** What we may send. */
  #credit: number;
  /** What the other side may send. */
  #granted = STREAM_WINDOW_BYTES;
  /** What came, and was not given back as credit. */
  #owed = 0;

  constructor(wire: StreamWire, { number, protocol, direction, credit }: StreamInit) {
    super({
      id: String(number),
      protocol,
      direction,
      log: silentLog,
      inactivityTimeout: Number.MAX_SAFE_INTEGER,
    });
    this.number = number;
    this.#wire = wire;
    this.#credit = credit;
  }

  /** Bytes of the peer. @throws {WireViolation} where it sends more than it may */
  receive(data: Uint8Array): void {
    this.#granted -= data.byteLength;
    if (this.#granted < 0) {
      throw new WireViolation(CloseCode.policy, 'More was sent on a stream than there was credit for.');
    }
    this.#owed += data.byteLength;
    this.onData(data);
    this.#giveBack();
  }

  /** @throws {WireViolation} */
  receiveCredit(bytes: number): void {
    this.#credit += bytes;
    if (!Number.isSafeInteger(this.#credit))
      throw new WireViolation(CloseCode.policy, 'Far too much credit.');
    this.goOn();
  }

  /** Sends what was held back, where there is room and credit for it now. */
  goOn(): void {
    if (this.writableNeedsDrain && this.#credit > 0 && this.#wire.room() > 0) this.onMuxerDrain();
  }

  sendData(data: Uint8ArrayList): SendResult {
    const bytes = Math.max(0, Math.min(data.byteLength, this.#credit, this.#wire.room()));
    for (let at = 0; at < bytes; at += MAX_PIECE_BYTES) {
      this.#wire.send(writeData(this.number, data.subarray(at, Math.min(at + MAX_PIECE_BYTES, bytes))));
    }
    this.#credit -= bytes;
    return { sentBytes: bytes, canSendMore: bytes === data.byteLength };
  }

  sendReset(): void {
    this.#say(StreamMethod.reset);
  }

  sendCloseWrite(): Promise<void> {
    this.#say(StreamMethod.close);
    return Promise.resolve();
  }

  /** The wire has no word for it: what still comes is dropped, and given back as credit, so that the sender gets done. */
  sendCloseRead(): Promise<void> {
    this.#giveBack();
    return Promise.resolve();
  }

  /** Credit says it. */
  sendPause(): void {
    // Nothing is given back while nothing is read.
  }

  sendResume(): void {
    this.#giveBack();
  }

  protected override dispatchReadBuffer(): void {
    super.dispatchReadBuffer();
    this.#giveBack();
  }

  #giveBack(): void {
    const bytes = this.#owed - this.readBuffer.byteLength;
    if (bytes < PORTION_BYTES || this.remoteWriteStatus === 'closed') return;
    this.#owed -= bytes;
    this.#granted += bytes;
    this.#wire.send(writeNotification(StreamMethod.credit, { stream: this.number, bytes }));
  }

  #say(method: string): void {
    this.#wire.send(writeNotification(method, { stream: this.number }));
  }
}
