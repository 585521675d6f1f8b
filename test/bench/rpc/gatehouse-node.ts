import { openIdentity, type Identity } from '../../../main/host/identity/index.ts';
import {
  createNetwork,
  type MessageChannel,
  type Network,
  type NetworkHandlers,
  type NetworkOptions,
} from '../../../main/host/network/index.ts';
import { AgentName } from '../../../shared/ids.ts';
import type { Caller } from '../contender.ts';
import { answerLine, Waiting } from './echo.ts';

export const AGENT = AgentName.parse('echo');
const TIMEOUT_MS = 20_000;
export const soon = (): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(TIMEOUT_MS) });

const handlers: NetworkHandlers = {
  cards: () => ({ name: 'bench', contact: false, cards: [] }),
  announcement: () => 'ignore',
  announcements: () => [],
  // Ways of their own are for contacts.
  isContact: () => true,
  mcp: () => ({
    take: (channel) => {
      channel.onLine = (line): void => void channel.send(answerLine(line));
    },
  }),
};

/** A network whose only agent answers as all contenders do. */
export async function startNode(options: Partial<NetworkOptions>): Promise<Network> {
  const identity = await newIdentity();
  const network = createNetwork(
    { identity, listen: [], mdns: false, userAgent: 'gatehouse/bench', ...options },
    handlers,
  );
  await network.start();
  return network;
}

/** Calls over one channel, any number at once. */
export function callerOver(channel: MessageChannel, network: Network): Caller {
  const waiting = new Waiting();
  channel.onLine = (line): void => waiting.answered(line);
  channel.onClose = (error): void => waiting.fail(error ?? new Error('The stream was closed.'));
  return {
    call: () => waiting.call((line) => channel.send(line)),
    async stop() {
      await channel.close();
      await network.stop();
    },
  };
}

/** A fresh key that is kept nowhere. */
const newIdentity = (): Promise<Identity> =>
  openIdentity({ kind: 'file', place: 'nowhere', load: async () => null, create: async () => undefined });
