import type { Connection } from '@libp2p/interface';
import { canonicalIp } from './ip-address.ts';

/** The IP address at the other end; null where a relay, or WebRTC, stands between. */
export function ipOf({ remoteAddr }: Pick<Connection, 'remoteAddr'>): string | null {
  const names = remoteAddr.getComponents().map(({ name }) => name);
  if (names.includes('p2p-circuit') || names.includes('webrtc')) return null;
  const [first] = remoteAddr.getComponents();
  return (first?.name === 'ip4' || first?.name === 'ip6') && first.value !== undefined
    ? canonicalIp(first.value)
    : null;
}
