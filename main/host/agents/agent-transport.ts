import type { JSONRPCNotification, JSONRPCRequest, Transport } from '@modelcontextprotocol/client';

export type PostResult = 'sent' | 'busy' | 'too-large';

/** Arrays and objects within each other. What nests deeper could not be written as JSON again without a full stack. */
export const MAX_NESTING = 500;
export const TOO_DEEP = 'The agent answered with something that nests too deep.';

/**
 * A transport of the MCP SDK with a second, shorter way beside the SDK's: `post` sends a request of ours at once, and
 * `intercept` sees each parsed message before the SDK validates it.
 */
export interface AgentTransport extends Transport {
  /** True: taken, so the SDK does not see it. */
  intercept: (message: Record<string, unknown>) => boolean;
  /** An answer to one of our requests could not be had: it was too large or no proper answer, or the connection broke. */
  onLost: (id: number, how: 'too-large' | 'bad-message' | 'broken', text: string) => void;
  /** Sends one request of ours. `busy`: too much waits for the agent already. @throws where it has no JSON form */
  post(message: JSONRPCRequest): PostResult;
  /** Ends a request of ours that is no longer wanted. */
  withdraw(id: number, cancelled: JSONRPCNotification): void;
  /** Forgets a request that has its answer. */
  settled(id: number): void;
}

/** Ids of our own requests; the SDK counts its own from 0. */
export const FIRST_ID = 1_000_000_000;
