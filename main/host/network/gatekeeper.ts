import type { ConnectionGater, PeerId as Libp2pPeerId } from '@libp2p/interface';
import { PeerId } from '../../../shared/ids.ts';

/** Who may be linked at all. */
export class Gatekeeper {
  /** Blocked by the person. */
  readonly blocked = new Set<PeerId>();
  /** Disconnected by the person, who would not want to see it come back by itself. */
  readonly suspended = new Set<PeerId>();
  /** Everything is stopped. */
  frozen = false;

  admits(peerId: PeerId): boolean {
    return !this.frozen && !this.blocked.has(peerId) && !this.suspended.has(peerId);
  }

  /** For libp2p, which asks at each step of a connection. True means no. */
  asGater(): ConnectionGater {
    const denies = (peer: Libp2pPeerId): boolean => {
      // Peers with keys of another kind have no did:key and no Dawn id here, so they are not taken.
      const peerId = PeerId.safeParse(peer.toString());
      return !peerId.success || !this.admits(peerId.data);
    };
    return {
      denyDialPeer: denies,
      // libp2p's own default in browsers only; here private addresses are the rule.
      denyDialMultiaddr: () => this.frozen,
      denyInboundConnection: () => this.frozen,
      denyInboundEncryptedConnection: denies,
      denyOutboundEncryptedConnection: denies,
      denyInboundUpgradedConnection: denies,
      denyOutboundUpgradedConnection: denies,
    };
  }
}
