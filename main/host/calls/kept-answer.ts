import type { AgentName } from '../../../shared/ids.ts';
import type { EndedCall } from '../receipts/index.ts';
import type { StreamLife } from './asker.ts';
import type { CallAnswer } from './call-answer.ts';

/** What a receipt says of a call, but for the stream that it was answered on. */
export type CallFacts = Omit<EndedCall, 'rpcId' | 'nonce' | 'response' | 'outcome'>;

/** An answer that may be asked for with its ticket. */
export interface KeptAnswer {
  readonly answer: Pick<CallAnswer, 'tail' | 'outcome'>;
  readonly facts: CallFacts;
  /** Of the request and the answer, about. */
  readonly bytes: number;
  /** Told once, where nobody was there when the call ended: it was fetched, or never will be. */
  readonly settled: ((fetched: boolean) => void) | null;
}

/** A ticket whose call has ended. */
export interface EndedTicket {
  readonly ticket: string;
  readonly agent: AgentName;
  /** When the call came, on the clock that never jumps, as all times here. */
  readonly arrivedAt: number;
  endedAt: number;
  /** Null: it has arrived, or there is none to be had. */
  kept: KeptAnswer | null;
  /** The stream that it was given to last; null: none. */
  given: StreamLife | null;
  givenAt: number;
  givings: number;
}
