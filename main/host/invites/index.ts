/** The invites room: a short text that brings two people together, and makes one a contact of the other. */
import type { InviteId, InvitePreview, InviteView, NewInvite } from '../../../shared/invites.ts';
import type { PeerId } from '../../../shared/ids.ts';
import type { PeerView } from '../../../shared/peers.ts';
import type { Network } from '../network/index.ts';
import type { InviteExchange, Peers } from '../peers/index.ts';
import type { FactStore, InviteStore } from '../records/index.ts';
import { InviteDesk } from './invite-desk.ts';

export interface Invites extends InviteExchange {
  /** @throws {InviteError} CONFLICT where 32 are open; {RecordsError} */
  create(how: { hours: number; trust: 'known' | 'trusted' }): NewInvite;
  list(): InviteView[];
  /** @throws {InviteError} NOT_FOUND; {RecordsError} */
  withdraw(id: InviteId): void;
  /** @throws {InviteError} INVALID */
  preview(text: string): InvitePreview;
  /**
   * Makes the inviter a contact, dials it and shows it the secret. Where it cannot be reached now, it is shown when
   * the two are linked next, until the invite is over. `acceptsUs` of the answer says whether it was taken.
   * @throws {InviteError} INVALID, EXPIRED, CONFLICT
   */
  accept(
    text: string,
    how: { alias?: string | undefined; trust: 'known' | 'trusted' },
    signal: AbortSignal,
  ): Promise<PeerView>;
}

export interface InvitesModules {
  readonly network: Network;
  readonly peers: Peers;
  readonly store: InviteStore;
  readonly facts: FactStore;
  readonly ownPeerId: PeerId;
  readonly ownName: () => string;
  /** Everything is stopped: nobody is let in. */
  readonly stopped: () => boolean;
  readonly now?: () => number;
}

export const createInvites = (modules: InvitesModules): Invites => new InviteDesk(modules);

export { InviteError } from './invite-error.ts';
