import { openIdentity, type Identity } from '../../../main/host/identity/index.ts';
import { createNetwork, type Network, type NetworkHandlers } from '../../../main/host/network/index.ts';
import { AgentName } from '../../../shared/ids.ts';
import type { Contender } from '../contender.ts';
import { answerLine, Waiting } from './echo.ts';

const AGENT = AgentName.parse('echo');
const TIMEOUT_MS = 20_000;

const silent = {
  cards: () => ({ name: 'bench', contact: false, cards: [] }),
  announcement: () => 'ignore',
  announcements: () => [],
  isContact: () => false,
} as const satisfies Partial<NetworkHandlers>;

/**
 * Our MCP stream: a libp2p node at each end (Noise or QUIC's TLS, yamux), one long-lived stream, as peers use it. Only
 * the gate, the records and the agent are left out.
 */
export function overGatehouse(listen: string): Contender {
  return {
    async serve() {
      const network = await startNetwork([listen], {
        ...silent,
        mcp: () => ({
          take: (channel) => {
            channel.onLine = (line): void => void channel.send(answerLine(line));
          },
        }),
      });
      const [address] = network.addresses();
      if (address === undefined) throw new Error(`Nothing listens on ${listen}.`);
      return { address, stop: () => network.stop() };
    },
    async connect(address) {
      const network = await startNetwork(['/ip4/127.0.0.1/tcp/0'], {
        ...silent,
        mcp: () => {
          throw new Error('Nobody calls this side.');
        },
      });
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const peerId = await network.dial(address, { signal });
      const channel = await network.openMcp(peerId, AGENT, { signal });
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
    },
  };
}

async function startNetwork(listen: readonly string[], handlers: NetworkHandlers): Promise<Network> {
  const network = createNetwork(
    { identity: await newIdentity(), listen, mdns: false, userAgent: 'gatehouse/bench' },
    handlers,
  );
  await network.start();
  return network;
}

/** A fresh key that is kept nowhere. */
const newIdentity = (): Promise<Identity> =>
  openIdentity({ kind: 'file', place: 'nowhere', load: async () => null, create: async () => undefined });
