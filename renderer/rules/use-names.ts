import { useCallback } from 'react';
import { useLive } from '../state/hooks.ts';
import { rawLabel, type NameOf } from '../words/rule-words.ts';

/** What peers are called in sentences about rules. */
export function useNames(): NameOf {
  const peers = useLive((live) => live.peers);
  return useCallback((peerId) => rawLabel(peers[peerId], peerId), [peers]);
}
