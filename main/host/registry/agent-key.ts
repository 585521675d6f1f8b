import type { AgentName, PeerId } from '../../../shared/ids.ts';

/** Names one agent of one peer in maps. */
export const keyOf = (peerId: PeerId, agent: AgentName): string => `${peerId} ${agent}`;
