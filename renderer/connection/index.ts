/** How the interface reaches its host: one typed client, over a MessagePort or a WebSocket. */
import type { ContractRouterClient } from '@orpc/contract';
import type { Contract } from '../../shared/contract.ts';
import { connectByPort, isElectron } from './by-port.ts';
import { connectByWebSocket } from './by-websocket.ts';

export type HostClient = ContractRouterClient<Contract>;

export interface Connection {
  readonly client: HostClient;
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>;
  /** It runs over a network, which may lose it without a word; a port within one machine cannot be lost so. */
  readonly canFallSilent: boolean;
  close(): void;
}

export type Connect = (signal: AbortSignal) => Promise<Connection>;

export { ConnectionRefused } from './connection-refused.ts';

/** @throws {ConnectionRefused} when the page is not signed in; an Error when the host cannot be reached */
export const connect: Connect = (signal) =>
  isElectron() ? connectByPort(signal) : connectByWebSocket(signal);
