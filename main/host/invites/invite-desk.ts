import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { PeerId } from '../../../shared/ids.ts';
import { InviteId, type InvitePreview, type InviteView, type NewInvite } from '../../../shared/invites.ts';
import type { PeerView } from '../../../shared/peers.ts';
import { NetworkError } from '../network/index.ts';
import { RecordsError, type StoredInvite } from '../records/index.ts';
import { Attempts } from './attempts.ts';
import type { Invites, InvitesModules } from './index.ts';
import { InviteError } from './invite-error.ts';
import { decodeInvite, encodeInvite, type Invite } from './invite-text.ts';
import { ownWays, type OwnWays } from './own-ways.ts';
import { SecretsToShow } from './secrets-to-show.ts';

const MAX_OPEN = 32;
const HOUR_MS = 60 * 60 * 1000;
/** How long an invite that is over is still listed. */
const LISTED_MS = 30 * 24 * HOUR_MS;
const SECRET = /^[A-Za-z0-9_-]{22}$/;

/** Makes invites, takes those of others, and lets in whoever brings one of ours. */
export class InviteDesk implements Invites {
  readonly #modules: InvitesModules;
  readonly #now: () => number;
  readonly #attempts = new Attempts(() => performance.now());
  readonly #toShow: SecretsToShow;

  constructor(modules: InvitesModules) {
    this.#modules = modules;
    this.#now = modules.now ?? Date.now;
    this.#toShow = new SecretsToShow(modules.facts);
  }

  create({ hours, trust }: { hours: number; trust: 'known' | 'trusted' }): NewInvite {
    const { network, store, ownPeerId, ownName } = this.#modules;
    const now = this.#now();
    const all = store.list();
    if (all.filter((invite) => isOpen(invite, now)).length >= MAX_OPEN) {
      throw new InviteError(
        'CONFLICT',
        `${MAX_OPEN} invites are open. Withdraw one, or wait until one is used or over.`,
      );
    }
    for (const { id } of all.filter((invite) => isLongOver(invite, now))) store.remove(id);
    const secret = randomBytes(16);
    const invite: StoredInvite = {
      id: InviteId.parse(randomBytes(5).toString('hex')),
      secretHash: hashOf(secret).toString('hex'),
      trust,
      createdAt: now,
      // The text holds whole seconds; both sides mean the same moment.
      expiresAt: Math.floor((now + hours * HOUR_MS) / 1000) * 1000,
      usedBy: null,
      usedAt: null,
    };
    const ways = ownWays(network.reachEvidence(), network.addresses());
    const text = encodeInvite({
      peerId: ownPeerId,
      expiresAt: invite.expiresAt,
      secret,
      name: ownName(),
      addresses: ways.addresses,
      relays: ways.relays,
    });
    store.add(invite);
    return {
      invite: viewOf(invite),
      text,
      reachableFromOutside: ways.fromOutside,
      warnings: warningsFor(ways),
    };
  }

  list(): InviteView[] {
    const now = this.#now();
    return this.#modules.store
      .list()
      .filter((invite) => !isLongOver(invite, now))
      .map(viewOf);
  }

  withdraw(id: InviteId): void {
    const { store } = this.#modules;
    if (!store.list().some((invite) => invite.id === id)) {
      throw new InviteError('NOT_FOUND', `There is no invite ${id}.`);
    }
    store.remove(id);
  }

  preview(text: string): InvitePreview {
    const { peerId, name, addresses, relays, expiresAt } = decodeInvite(text);
    return {
      peerId,
      name,
      addresses: [...addresses],
      relays: [...relays],
      expiresAt,
      expired: expiresAt <= this.#now(),
      own: peerId === this.#modules.ownPeerId,
    };
  }

  async accept(
    text: string,
    how: { alias?: string | undefined; trust: 'known' | 'trusted' },
    signal: AbortSignal,
  ): Promise<PeerView> {
    const { peers } = this.#modules;
    const invite = this.#usable(text);
    const { peerId } = invite;
    const secret = Buffer.from(invite.secret).toString('base64url');
    this.#toShow.add({ peerId, secret, expiresAt: invite.expiresAt });
    const view = peers.welcome(peerId, {
      ...how,
      addresses: [...invite.addresses, ...invite.relays.map((relay) => `${relay}/p2p-circuit`)],
    });
    try {
      await peers.dial(peerId, signal);
      return await peers.refresh(peerId, signal);
    } catch (error) {
      // It may be off, or somewhere else, just now: the secret is shown when it is linked next.
      if (!(error instanceof NetworkError)) throw error;
      return peers.get(peerId) ?? view;
    }
  }

  redeem(secret: string, peerId: PeerId): 'known' | 'trusted' | null {
    const { store, peers, ownPeerId } = this.#modules;
    if (this.#modules.stopped()) return null;
    if (!SECRET.test(secret) || peerId === ownPeerId || peers.trust(peerId) === 'blocked') return null;
    if (!this.#attempts.allow(peerId)) return null;
    const now = this.#now();
    const hash = hashOf(Buffer.from(secret, 'base64url'));
    try {
      const found = store
        .list()
        .filter((invite) => timingSafeEqual(Buffer.from(invite.secretHash, 'hex'), hash));
      const [invite] = found.filter((candidate) => isOpen(candidate, now));
      return invite === undefined ? null : this.#letIn(peerId, invite, now);
    } catch (error) {
      // Whoever brought it may try again; the records tell the person what is wrong with them.
      if (error instanceof RecordsError) return null;
      throw error;
    }
  }

  /** The contact first: an invite that is used up without one would be good for nothing. @throws {RecordsError} */
  #letIn(peerId: PeerId, { id, trust }: StoredInvite, now: number): 'known' | 'trusted' | null {
    const { store, peers } = this.#modules;
    const before = peers.trust(peerId);
    let isUsed = false;
    try {
      peers.welcome(peerId, { trust, addresses: [] });
      isUsed = store.use(id, peerId, now);
    } finally {
      // It could be used once more, so whoever brought it now must not stay in.
      if (!isUsed && peers.trust(peerId) !== before) peers.setTrust(peerId, before);
    }
    return isUsed ? trust : null;
  }

  secretFor(peerId: PeerId): string | null {
    return this.#toShow.of(peerId, this.#now());
  }

  shown(peerId: PeerId, secret: string): void {
    this.#toShow.shown(peerId, secret);
  }

  /** @throws {InviteError} where it cannot be used */
  #usable(text: string): Invite {
    const invite = decodeInvite(text);
    if (invite.peerId === this.#modules.ownPeerId) {
      throw new InviteError(
        'INVALID',
        'This invite is from this Gatehouse itself. Give it to somebody else.',
      );
    }
    if (invite.expiresAt <= this.#now()) {
      throw new InviteError('EXPIRED', 'The time of this invite is over. Ask for another one.');
    }
    if (this.#modules.peers.trust(invite.peerId) === 'blocked') {
      throw new InviteError(
        'CONFLICT',
        'You have blocked whoever made this invite. Unblock that peer first.',
      );
    }
    return invite;
  }
}

const hashOf = (secret: Uint8Array): Buffer => createHash('sha256').update(secret).digest();

const isOpen = (invite: InviteView, now: number): boolean => invite.usedBy === null && invite.expiresAt > now;

const isLongOver = (invite: InviteView, now: number): boolean =>
  (invite.usedAt ?? invite.expiresAt) < now - LISTED_MS;

const viewOf = ({ id, createdAt, expiresAt, usedBy, usedAt }: StoredInvite): InviteView => ({
  id,
  createdAt,
  expiresAt,
  usedBy,
  usedAt,
});

function warningsFor({ fromOutside, nowhere }: OwnWays): string[] {
  if (fromOutside) return [];
  const who = nowhere
    ? 'Only programs on this machine can use this invite: it is connected to no network.'
    : 'Only machines on this network can use this invite: no address of this machine is known to work from outside.';
  return [
    who,
    'For others, connect to a relay (add its address to the bootstrap peers in the settings) or open a port at your router, then make a new invite.',
  ];
}
