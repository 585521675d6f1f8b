/** The registry room: all agents that this host knows of, and what it tells others of its own. */
import type { EventEmitter } from 'node:events';
import type { PeerId } from '../../../shared/ids.ts';
import type { Capability, RegistryQuery, SeenAgent } from '../../../shared/registry.ts';
import type { Agents } from '../agents/index.ts';
import type { Identity } from '../identity/index.ts';
import type { AnnouncementVerdict, Network } from '../network/index.ts';
import type { Peers } from '../peers/index.ts';
import type { FactStore } from '../records/index.ts';
import { AgentRegistry } from './agent-registry.ts';

export interface RegistryEvents {
  /** Something in it changed; conflated to at most one per second. */
  change: [{ size: number; at: number }];
}

export interface Registry extends EventEmitter<RegistryEvents> {
  start(): void;
  /** Tells the network that our agents are gone, as far as it can be told. */
  stop(): Promise<void>;
  readonly size: number;
  search(query: RegistryQuery): SeenAgent[];
  /** Asks the distributed table, and those it names for their cards. Under 15 s. */
  lookUp(capability: Capability, signal?: AbortSignal): Promise<SeenAgent[]>;
  /** For the network: see `NetworkHandlers`. */
  announcement(text: string, from: PeerId): AnnouncementVerdict;
  announcements(): readonly string[];
}

export interface RegistryModules {
  readonly network: Network;
  readonly peers: Peers;
  readonly agents: Agents;
  readonly identity: Identity;
  readonly facts: FactStore;
  /** Whether the person has named it as a way into the network. */
  readonly isBootstrap: (peerId: PeerId) => boolean;
}

export const createRegistry = (modules: RegistryModules): Registry => new AgentRegistry(modules);
