/** The host: the engine behind both shells. Knows nothing of Electron or React. */
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
  /** How many questions wait for the person, now and whenever that changes. For badges and notifications. */
  watchApprovals(listener: (waiting: readonly WaitingApproval[]) => void): () => void;
  /** The machine slept: its links are looked at now, and not only when the host notices by itself. */
  woke(): void;
  stop(): Promise<void>;
}

/** Just enough for an OS notification. `who` may be hostile text; show it escaped. */
export interface WaitingApproval {
  readonly id: string;
  /** `out`: a call of ours, over a legacy link to `who`. */
  readonly direction: 'in' | 'out';
  readonly who: string;
  readonly agent: string;
  readonly tool: string;
}

export type { RunSettings } from './environment.ts';
export type { RelayServerOptions } from './network/index.ts';
export { createHost } from './host.ts';
