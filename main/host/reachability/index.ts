/** The reachability room: judges from what the network knows whether others can reach this machine. */
import type { EventEmitter } from 'node:events';
import type { Reachability, VerdictChange } from '../../../shared/reachability.ts';
import type { Network, NetworkEvents } from '../network/index.ts';
import type { VerdictStore } from '../records/index.ts';
import { ReachabilityWatch } from './reachability-watch.ts';

export interface ReachabilityEvents {
  change: [Reachability];
}

export interface ReachabilityRoom extends EventEmitter<ReachabilityEvents> {
  start(): void;
  stop(): void;
  current(): Reachability;
  /** Tests now: a second asker shares the test that is under way. At most 30 s. */
  test(): Promise<Reachability>;
  /** Newest first. */
  history(limit: number): VerdictChange[];
}

export interface ReachabilityModules {
  readonly network: Pick<Network, 'reachEvidence' | 'testReach'> &
    Pick<EventEmitter<NetworkEvents>, 'on' | 'off'>;
  readonly verdicts: VerdictStore;
  /** Everything is stopped: nothing is tested, and nobody can reach us. */
  readonly stopped: () => boolean;
}

export const createReachability = (modules: ReachabilityModules): ReachabilityRoom =>
  new ReachabilityWatch(modules);
