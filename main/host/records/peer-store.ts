import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import { PeerId, Time } from '../../../shared/ids.ts';
import { ContactRequest, Trust } from '../../../shared/peers.ts';
import { Budget } from '../../../shared/rules.ts';
import { TransportChoice } from '../../../shared/transports.ts';
import type { PeerStore, StoredPeer } from './index.ts';
import { jsonOf } from './json-column.ts';
import type { Save } from './small-writes.ts';

const Flag = z.int().transform((flag) => flag !== 0);
const Row = z
  .object({
    peer_id: PeerId,
    trust: Trust,
    alias: z.string().nullable(),
    name: z.string().nullable(),
    contact_since: Time.nullable(),
    // Whether a peer is blocked must not hang on what it was heard to say.
    addresses: jsonOf(z.array(z.string())).catch([]),
    request: jsonOf(ContactRequest).nullable().catch(null),
    last_seen: Time,
    transport: TransportChoice.nullable().catch(null),
    legacy_allowed: Flag,
    speaks_gatehouse: Flag,
    libp2p_at: Time.nullable(),
    websocket_at: Time.nullable(),
    budget: jsonOf(Budget).nullable().catch(null),
  })
  .transform((row): StoredPeer => ({
    peerId: row.peer_id,
    trust: row.trust,
    alias: row.alias,
    name: row.name,
    contactSince: row.contact_since,
    addresses: row.addresses,
    request: row.request,
    lastSeen: row.last_seen,
    transportChoice: row.transport,
    legacyAllowed: row.legacy_allowed,
    budget: row.budget,
    speaksGatehouse: row.speaks_gatehouse,
    lastLinkedAt: { libp2p: row.libp2p_at, websocket: row.websocket_at },
  }));

/** Contacts, blocked peers and pending requests. */
export class SqlitePeerStore implements PeerStore {
  readonly #save: Save;
  readonly #all: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;

  constructor(database: DatabaseSync, save: Save) {
    this.#save = save;
    this.#all = database.prepare('SELECT * FROM peers ORDER BY rowid');
    this.#put = database.prepare(`
      INSERT INTO peers (peer_id, trust, alias, name, contact_since, addresses, request, last_seen, transport,
        legacy_allowed, speaks_gatehouse, libp2p_at, websocket_at, budget)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET trust = excluded.trust, alias = excluded.alias, name = excluded.name,
        contact_since = excluded.contact_since, addresses = excluded.addresses, request = excluded.request,
        last_seen = excluded.last_seen, transport = excluded.transport, legacy_allowed = excluded.legacy_allowed,
        speaks_gatehouse = excluded.speaks_gatehouse, libp2p_at = excluded.libp2p_at,
        websocket_at = excluded.websocket_at, budget = excluded.budget`);
    this.#remove = database.prepare('DELETE FROM peers WHERE peer_id = ?');
  }

  list(): StoredPeer[] {
    return this.#all.all().flatMap((row) => {
      const parsed = Row.safeParse(row);
      return parsed.success ? [parsed.data] : [];
    });
  }

  problem(): string | null {
    const unread = this.#all.all().length - this.list().length;
    if (unread === 0) return null;
    return `${unread} of the peers in the records cannot be read. If you blocked them, block them again.`;
  }

  put(peer: StoredPeer): void {
    this.#save.surely(keyOf(peer.peerId), () =>
      this.#put.run(
        peer.peerId,
        peer.trust,
        peer.alias,
        peer.name,
        peer.contactSince,
        JSON.stringify(peer.addresses),
        peer.request === null ? null : JSON.stringify(peer.request),
        peer.lastSeen,
        peer.transportChoice,
        Number(peer.legacyAllowed),
        Number(peer.speaksGatehouse),
        peer.lastLinkedAt.libp2p,
        peer.lastLinkedAt.websocket,
        peer.budget === null ? null : JSON.stringify(peer.budget),
      ),
    );
  }

  remove(peerId: PeerId): void {
    this.#save.surely(keyOf(peerId), () => this.#remove.run(peerId));
  }
}

const keyOf = (peerId: PeerId): string => `peer ${peerId}`;
