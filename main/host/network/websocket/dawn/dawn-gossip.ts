/** Dawn's `gossip_announcement`: said on the links that we dialled, and taken as a hint from whoever says it. */
import { z } from 'zod';
import { AgentName, PeerId } from '../../../../../shared/ids.ts';
import { WebSocketAddress } from '../../../../../shared/transports.ts';
import { payloadOf, peerIdOfPublicKey } from '../../../identity/index.ts';
import { PeerRate } from '../../../peer-rate.ts';
import { recordOf, type AgentFacts } from './agent-records.ts';
import type { DawnHints } from './dawn-hints.ts';

const EVERY_MS = 60_000;
const MAX_PEERS = 10;
const MAX_AGENTS = 64;
/** How far the clock of a node may be off, and how old its news may be, in s. */
const MAX_AHEAD_S = 5 * 60;
const MAX_AGE_S = 10 * 60;
/** Peers that one node may tell us of in ten minutes, and all that are no contacts together. */
const MAX_HINTS_OF_ONE = 30;
const MAX_HINTS_OF_STRANGERS = 200;
const HINTS_WINDOW_MS = 10 * 60_000;
const MAX_NODES = 1000;
/** As many kinds of things as one announcement may have. */
const MAX_LOOKED_AT = 100;

const NodeId = z.string().regex(/^[0-9a-f]{64}$/);

/** A peer, in either of the ways in which a node may name it; others are passed over. */
const Told = z.union([
  z.looseObject({ node_id: NodeId, address: WebSocketAddress }),
  WebSocketAddress.transform((text) => ({ node_id: text.split('#')[1] ?? '', address: text })).pipe(
    z.looseObject({ node_id: NodeId, address: WebSocketAddress }),
  ),
]);

const Announcement = z.looseObject({
  type: z.literal('gossip_announcement'),
  timestamp: z.number(),
  peers: z.array(z.unknown()).catch([]),
});

/** What of our own announcements is repeated in Dawn's words. */
const Announced = z.object({
  peerId: PeerId,
  agent: AgentName,
  gone: z.literal(false).default(false),
  expires: z.number(),
  description: z.string(),
  version: z.string(),
  tools: z.array(z.string()),
});

export interface DawnGossipParts {
  readonly own: { readonly peerId: PeerId; readonly nodeId: string };
  readonly hints: DawnHints;
  /** In force, ours first. */
  announcements(): readonly string[];
  /** Sends each peer that we dialled, and that is not a Dawn server, a text of its own. */
  say(textFor: (peerId: PeerId) => string): void;
  isContact(peerId: PeerId): boolean;
  /** Somebody tells of a peer. Nobody is dialled for that. */
  onPeer(peerId: PeerId, address: string): void;
}

export class DawnGossip {
  readonly #parts: DawnGossipParts;
  readonly #everyMs: number;
  readonly #ofOne = new PeerRate({ most: MAX_HINTS_OF_ONE, windowMs: HINTS_WINDOW_MS, maxPeers: MAX_NODES });
  #strangers = { since: -Infinity, count: 0 };
  #timer: NodeJS.Timeout | undefined;
  #since = new Map<AgentName, number>();

  constructor(parts: DawnGossipParts, everyMs = EVERY_MS) {
    this.#parts = parts;
    this.#everyMs = everyMs;
  }

  set(enabled: boolean): void {
    if (!enabled) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else if (this.#timer === undefined) {
      this.#timer = setInterval(() => this.#say(), this.#everyMs);
      this.#timer.unref();
    }
  }

  get enabled(): boolean {
    return this.#timer !== undefined;
  }

  /** Takes in what somebody on the strict wire announces: nothing of it is signed. Never throws. */
  hear(from: PeerId, value: unknown): void {
    if (!this.enabled) return;
    const announcement = Announcement.safeParse(value);
    if (!announcement.success) return;
    const { timestamp, peers } = announcement.data;
    const age = Date.now() / 1000 - timestamp;
    if (age > MAX_AGE_S || age < -MAX_AHEAD_S) return;
    for (const value_ of peers.slice(0, MAX_PEERS)) {
      const told = Told.safeParse(value_);
      if (!told.success) continue;
      const peerId = peerIdIn(told.data.node_id);
      if (peerId === null || peerId === this.#parts.own.peerId || peerId === from) continue;
      if (!this.#admit(from)) return;
      const address = told.data.address.replace(/\/?(#.*)?$/, '');
      this.#parts.hints.heard(peerId, address, from);
      this.#parts.onPeer(peerId, address);
    }
  }

  /** What one peer is told: agents that are announced anyway, and whom it may be told of; see `DawnHints`. */
  announcement(to: PeerId, now: number, agents = this.#agents(now)): object {
    return {
      type: 'gossip_announcement',
      timestamp: now / 1000,
      peers: this.#parts.hints.told(to).slice(0, MAX_PEERS),
      agent_registry: agents,
      task_registry: {},
    };
  }

  #say(): void {
    const now = Date.now();
    const agents = this.#agents(now);
    this.#parts.say((peerId) => JSON.stringify(this.announcement(peerId, now, agents)));
  }

  #agents(now: number): object {
    const { own } = this.#parts;
    return Object.fromEntries(
      this.#announced(now).map((facts) => {
        const record = recordOf(own.nodeId, facts, { since: this.#sinceOf(facts.agent, now), now });
        return [record.agent_id, { value: record, timestamp: now / 1000, node_id: own.nodeId }];
      }),
    );
  }

  #announced(now: number): AgentFacts[] {
    return this.#parts
      .announcements()
      .slice(0, MAX_LOOKED_AT)
      .flatMap((text) => {
        const { success, data } = Announced.safeParse(payloadOf(text));
        if (!success || data.peerId !== this.#parts.own.peerId || data.expires <= now) return [];
        const { agent, description, version, tools } = data;
        return [{ agent, description, version, tools: tools.map((name) => ({ name, description: '' })) }];
      })
      .slice(0, MAX_AGENTS);
  }

  #sinceOf(agent: AgentName, now: number): number {
    const since = this.#since.get(agent) ?? now;
    if (this.#since.size < MAX_NODES) this.#since.set(agent, since);
    return since;
  }

  #admit(from: PeerId): boolean {
    const now = performance.now();
    if (!this.#ofOne.admit(from, now)) return false;
    if (this.#parts.isContact(from)) return true;
    if (now - this.#strangers.since > HINTS_WINDOW_MS) this.#strangers = { since: now, count: 0 };
    this.#strangers.count += 1;
    return this.#strangers.count <= MAX_HINTS_OF_STRANGERS;
  }
}

function peerIdIn(nodeId: string): PeerId | null {
  try {
    return peerIdOfPublicKey(Buffer.from(nodeId, 'hex'));
  } catch {
    // Not a point of the curve.
    return null;
  }
}
