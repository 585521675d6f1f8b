import { createContext, useCallback, useContext, useMemo } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { LiveState } from '../../shared/live.ts';
import type { HostClient } from '../connection/index.ts';
import type { HostSession, LinkState, SessionState } from './session.ts';

export const SessionContext = createContext<HostSession | null>(null);

export function useSession(): HostSession {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('There is no session around this part of the interface.');
  return session;
}

export const useSessionState = <T>(select: (state: SessionState) => T): T =>
  useStore(useSession().store, select);

/** A part of the live state. Only below the frame, which waits for the first snapshot. */
export function useLive<T>(select: (live: LiveState) => T): T {
  return useSessionState(
    useShallow((state) => {
      if (state.live === null) throw new Error('There is no live state yet.');
      return select(state.live);
    }),
  );
}

export const useLink = (): LinkState => useSessionState((state) => state.link);

export const useIsLive = (): boolean => useSessionState((state) => state.link.state === 'live');

/** Runs a request with the client of the moment. */
export function useHost(): <T>(request: (client: HostClient) => Promise<T>) => Promise<T> {
  const session = useSession();
  return useCallback(async (request) => request(session.client()), [session]);
}

/** The values of one part of the live state, sorted; computed anew only when that part changes. */
export function useSorted<T>(
  entries: Readonly<Record<string, T>>,
  compare: (a: T, b: T) => number,
): readonly T[] {
  return useMemo(() => Object.values(entries).toSorted(compare), [entries, compare]);
}
