/** The host: the engine behind both shells. Knows nothing of Electron or React. */
import type { Risk } from '../../shared/gate.ts';
import type { Path } from '../../shared/peers.ts';
import type { RunSettings } from './environment.ts';
import type { RelayServerOptions } from './network/index.ts';
import type { Router } from './router.ts';
import type { KeyStore } from './identity/index.ts';

export interface HostOptions {
  /** Holds the database and the rest; made with mode 0700 where it is missing. */
  readonly dataDir: string;
  readonly keyStore: KeyStore;
  readonly version: string;
  /** What this host calls itself until the person says otherwise. */
  readonly defaultName: string;
  /** What the environment and the command line decide for this run, over the stored settings. */
  readonly environment?: RunSettings;
  readonly demo?: boolean;
  /** Relays for others. */
  readonly relayServer?: RelayServerOptions;
  /** There is no other host in this process, and it ends after this one. */
  readonly ownsProcess?: boolean;
}

export interface Host {
  /** The implementation of the interface contract; shells attach it to a MessagePort or a WebSocket. */
  readonly router: Router;
  readonly peerId: string;
  addresses(): string[];
  /** What waits for the person, now and whenever that changes. For badges and notifications. */
  watchWaiting(listener: (waiting: WaitingForPerson) => void): () => void;
  /**
   * Answers a question from outside the window, as it was told of. Can be taken back for as long as the settings say.
   * @param digest of what was shown
   * @throws {Error} a sentence: it no longer waits, or is another
   */
  answer(id: string, digest: string, answer: 'allow' | 'deny'): void;
  /** The machine slept: its links are looked at now, and not only when the host notices by itself. */
  woke(): void;
  stop(): Promise<void>;
}

export interface WaitingForPerson {
  /** Questions that are not answered. */
  readonly approvals: readonly WaitingApproval[];
  /** Answers of agents that are held. */
  readonly reviews: readonly WaitingReview[];
  /** The person is not to be disturbed. */
  readonly quiet: boolean;
}

/** Just enough for an OS notification. `who`, `tool` and the arguments may be hostile text; show them escaped. */
export interface WaitingApproval {
  readonly id: string;
  /** An answer names it. */
  readonly digest: string;
  /** `out`: a call of ours, over a legacy link to `who`. */
  readonly direction: 'in' | 'out';
  readonly peerId: string;
  readonly who: string;
  readonly agent: string;
  readonly tool: string;
  readonly path: Path;
  readonly risk: Risk;
  /** The tool's definition is not the one that was granted. */
  readonly toolChanged: boolean;
  /** The person has put it off, and is not to be told of it now. */
  readonly putOff: boolean;
  /** All arguments in full, as JSON text; null where they are too many or too long to be told here. */
  readonly whole: readonly { readonly name: string; readonly json: string }[] | null;
}

/** What an agent answered, held until the person releases it. */
export type WaitingReview = Pick<WaitingApproval, 'id' | 'peerId' | 'who' | 'agent' | 'tool'>;

export type { RunSettings } from './environment.ts';
export type { RelayServerOptions } from './network/index.ts';
export { createHost } from './host.ts';
