import { z } from 'zod';
import { PeerId, Time } from './ids.ts';

export const InviteId = z.string().min(4).max(32).brand<'InviteId'>();
export type InviteId = z.infer<typeof InviteId>;

/** An invite that was made here. Its secret is shown once, when it is made; only its hash is kept. */
export const InviteView = z.strictObject({
  id: InviteId,
  createdAt: Time,
  expiresAt: Time,
  usedBy: PeerId.nullable(),
  usedAt: Time.nullable(),
});
export type InviteView = z.infer<typeof InviteView>;

/** What is shown, once, when an invite is made. */
export const NewInvite = z.strictObject({
  invite: InviteView,
  /** `gatehouse://invite/…`; also what the QR code holds. */
  text: z.string(),
  /** Whether one of its addresses works from outside this network, as far as is known. */
  reachableFromOutside: z.boolean(),
  /** Sentences to be shown with it; the first says so where nobody outside can use it. */
  warnings: z.array(z.string()),
});
export type NewInvite = z.infer<typeof NewInvite>;

/** What an invite says, before it is used. */
export const InvitePreview = z.strictObject({
  peerId: PeerId,
  /** What the inviter calls itself: hostile text. */
  name: z.string(),
  addresses: z.array(z.string()),
  /** Addresses of relays, `/p2p/<relay>` at their end. */
  relays: z.array(z.string()),
  expiresAt: Time,
  expired: z.boolean(),
  /** It is from this host itself. */
  own: z.boolean(),
});
export type InvitePreview = z.infer<typeof InvitePreview>;

/** Longest text of an invite. */
export const MAX_INVITE_TEXT = 2000;
export const INVITE_PREFIX = 'gatehouse://invite/';
