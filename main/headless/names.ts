import type { PeerView } from '../../shared/peers.ts';
import { visibleText } from '../../shared/visible-text.ts';

/** The end of a peer id: it tells peers apart where the beginning does not. */
export const shortId = (peerId: string): string => `…${peerId.slice(-8)}`;

/** What a peer is called on one line: the alias given to it, else what it calls itself, in quotes. */
export function peerLabel(peer: PeerView | undefined, peerId: string): string {
  if (peer?.alias != null) return visible(peer.alias);
  if (peer?.name != null && peer.name !== '') return `"${visible(peer.name)}" ${shortId(peerId)}`;
  return shortId(peerId);
}

/** Text of others on one line, with everything in it that would steer the terminal shown instead of done. */
export const visible = (text: string, maxLength = 2000): string => visibleText(text, { maxLength }).text;
