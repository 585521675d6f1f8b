/** The invites room: a short text that brings two people together, and makes one a contact of the other. */
import type { InviteId, InvitePreview, InviteView, NewInvite } from '../../../shared/invites.ts';
import type { PeerId } from '../../../shared/ids.ts';
import type { PeerView, Trust } from '../../../shared/peers.ts';
import type { Network } from '../network/index.ts';
import type { Peers } from '../peers/index.ts';
import type { InviteStore } from '../records/index.ts';
import { InviteDesk } from './invite-desk.ts';

export interface Invites {
  create(how: { hours: number; trust: 'known' | 'trusted' }): NewInvite;
  list(): InviteView[];
  withdraw(id: InviteId): void;
  /** @throws {InviteError} INVALID */
  preview(text: string): InvitePreview;
  /** @throws {InviteError} INVALID, EXPIRED; {NetworkError} */
  accept(
    text: string,
    how: { alias?: string | undefined; trust: 'known' | 'trusted' },
    signal: AbortSignal,
  ): Promise<PeerView>;
  /**
   * A peer brought a secret: the trust that the invite gives, or null where there is no such invite (any more).
   * Marks it as used. Guessing is hopeless (128 bits), and slowed down all the same.
   */
  redeem(secret: string, peerId: PeerId): Extract<Trust, 'known' | 'trusted'> | null;
}

export interface InvitesModules {
  readonly network: Network;
  readonly peers: Peers;
  readonly store: InviteStore;
  readonly ownPeerId: PeerId;
  readonly ownName: () => string;
  /** Trusts the peer, or gives it more trust; never less. */
  readonly trustPeer: (peerId: PeerId, trust: 'known' | 'trusted') => void;
}

export const createInvites = (modules: InvitesModules): Invites => new InviteDesk(modules);

export { InviteError } from './invite-error.ts';
