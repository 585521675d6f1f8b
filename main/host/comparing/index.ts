/** The comparing room: the same calls to one peer over each way there is, in turns; and what past calls took. */
import type { CompareMessage, CompareRequest, PastComparison } from '../../../shared/compare.ts';
import type { PeerId } from '../../../shared/ids.ts';
import type { Outgoing } from '../calls/index.ts';
import type { Network } from '../network/index.ts';
import type { CallStore } from '../records/index.ts';
import { WayComparing } from './way-comparing.ts';

export interface ComparingModules {
  readonly network: Pick<Network, 'openWay'>;
  readonly outgoing: Pick<Outgoing, 'over'>;
  readonly calls: Pick<CallStore, 'outcomes'>;
}

export interface Comparing {
  /**
   * Runs one comparison and tells of it, at most four times a second, until it is done or the signal ends. One at a time.
   * @throws {CompareError} BUSY, CANCELLED, STOPPED
   */
  run(request: CompareRequest, signal: AbortSignal | undefined): AsyncGenerator<CompareMessage, void>;
  /** What the last 100,000 outgoing calls took, as far as they are of the last so many days. */
  past(query: { readonly peerId?: PeerId | undefined; readonly days: number }): Promise<PastComparison>;
  /** Ends what runs. */
  stop(): Promise<void>;
}

export const createComparing = (modules: ComparingModules): Comparing => new WayComparing(modules);

export { CompareError } from './compare-error.ts';
