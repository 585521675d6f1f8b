import type { Logger } from '@libp2p/interface';

/** For libp2p's streams, which log each of their steps. */
export const silentLog: Logger = Object.assign((): void => undefined, {
  error: (): void => undefined,
  trace: (): void => undefined,
  enabled: false,
  newScope: (): Logger => silentLog,
});
