import type { CallAnswer } from './call-answer.ts';
import type { IncomingCall } from './incoming-call.ts';
import type { Params } from './mcp-message.ts';

/** What is known of the stream over which somebody asked, also after it has ended. */
export interface StreamLife {
  /** On the clock that never jumps; null: it stands. */
  endedAt: number | null;
  /**
   * Asks the other side whether it still hears us. False: it has ended by now. Null once it has ended. What was said on
   * the stream before has arrived where this resolves with true: a stream keeps the order.
   */
  answers: (() => Promise<boolean>) | null;
}

/** Who waits for a call: one request on one stream. */
export interface Asker {
  readonly life: StreamLife;
  /** Params of a progress notification, token left out. */
  progress(params: Params): void;
  /**
   * Says the answer, which is in the records by now. Null: nobody is to be answered.
   * @returns what was said
   */
  answer(answer: CallAnswer | null, call: IncomingCall): CallAnswer | null;
  /** The same call was asked for on another stream, which is told the answer. */
  replaced(): void;
}
