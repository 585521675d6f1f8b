import type { ContractRouterClient } from '@orpc/contract';
import { z } from 'zod';
import { AgentSpec } from '../../shared/agents.ts';
import type { Contract } from '../../shared/contract.ts';
import { AgentName, PeerId } from '../../shared/ids.ts';

/** The contract of a host in the same process. */
export type HostClient = ContractRouterClient<Contract>;

/** What a demo peer is told when it is started, as JSON on its command line. */
export const DemoConfig = z.strictObject({
  name: z.string(),
  /** Holds all of the demo; removed by whoever is left at the end. */
  root: z.string(),
  dataDir: z.string(),
  agent: AgentSpec,
});
export type DemoConfig = z.infer<typeof DemoConfig>;

/** One host of the demo, as the others get to know it. */
export const DemoHost = z.strictObject({
  peerId: PeerId,
  address: z.string(),
  alias: z.string(),
  agent: AgentName,
  /** The person's own host: it is asked less often, since a person has to answer. */
  own: z.boolean(),
  /** The harmless tools there may be called without asking each time, by whoever is told so. */
  standing: z.boolean(),
});
export type DemoHost = z.infer<typeof DemoHost>;

/** From a demo peer to its parent. */
export const FromPeer = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready'), peerId: PeerId, address: z.string() }),
  /** It has made contacts of those it was told of, as far as they could be reached. */
  z.strictObject({ type: z.literal('met') }),
]);
export type FromPeer = z.infer<typeof FromPeer>;

/** From the parent to a demo peer. */
export const ToPeer = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('meet'), others: z.array(DemoHost) }),
  z.strictObject({ type: z.literal('stop') }),
]);
export type ToPeer = z.infer<typeof ToPeer>;
