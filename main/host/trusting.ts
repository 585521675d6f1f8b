import type { PeerId } from '../../shared/ids.ts';
import type { PeerView, Trust } from '../../shared/peers.ts';
import type { Gate } from './gate/index.ts';
import type { Peers } from './peers/index.ts';

interface TrustingModules {
  readonly gate: Pick<Gate, 'forgetPeer' | 'trustChanged'>;
  readonly peers: Pick<Peers, 'accept' | 'setTrust' | 'remove'>;
}

/** How far the person trusts a peer, told to both rooms that must know: what waits of it is judged by that. */
export class Trusting {
  readonly #modules: TrustingModules;

  constructor(modules: TrustingModules) {
    this.#modules = modules;
  }

  accept(peerId: PeerId, how: Parameters<Peers['accept']>[1]): PeerView {
    const { gate, peers } = this.#modules;
    const view = peers.accept(peerId, how);
    gate.trustChanged(peerId);
    return view;
  }

  /** Who is blocked, or no contact any more, is so also where the gate cannot forget its rules. */
  setTrust(peerId: PeerId, trust: Trust): PeerView {
    const { gate, peers } = this.#modules;
    let view: PeerView;
    try {
      if (trust === 'unknown' || trust === 'blocked') gate.forgetPeer(peerId);
    } finally {
      view = peers.setTrust(peerId, trust);
    }
    gate.trustChanged(peerId);
    return view;
  }

  async remove(peerId: PeerId): Promise<void> {
    const { gate, peers } = this.#modules;
    try {
      gate.forgetPeer(peerId);
    } finally {
      await peers.remove(peerId);
    }
  }
}
