import type { PeerView } from '../../shared/peers.ts';

export interface InviteOutcome {
  readonly title: string;
  readonly description: string;
}

/** What came of an invite that was just used. Pure. */
export function inviteOutcome({ acceptsUs }: Pick<PeerView, 'acceptsUs'>): InviteOutcome {
  if (acceptsUs === true) return { title: 'You are contacts now', description: 'The invite was taken.' };
  if (acceptsUs === false) {
    return {
      title: 'The invite was not taken',
      description: 'It is used, withdrawn or over. They are your contact, and have been asked to accept you.',
    };
  }
  return {
    title: 'Not reached yet',
    description:
      'They are your contact now. The invite is shown to them as soon as you are connected, while it is good.',
  };
}
