import type { Contender } from '../contender.ts';
import { AGENT, callerOver, soon, startNode } from './gatehouse-node.ts';

/**
 * Our MCP stream: a libp2p node at each end (Noise or QUIC's TLS, yamux), one long-lived stream, as peers use it. Only
 * the gate, the records and the agent are left out.
 */
export function overGatehouse(listen: string): Contender {
  return {
    async serve() {
      const network = await startNode({ listen: [listen] });
      const [address] = network.addresses();
      if (address === undefined) throw new Error(`Nothing listens on ${listen}.`);
      return { address, stop: () => network.stop() };
    },
    async connect(address) {
      const network = await startNode({ listen: ['/ip4/127.0.0.1/tcp/0'] });
      const peerId = await network.dial(address, soon());
      return callerOver(await network.openMcp(peerId, AGENT, soon()), network);
    },
  };
}

/** The same stream over the WebSocket transport: Dawn's handshake and envelopes, each signed, encrypted and verified. */
export const overWebSocket: Contender = {
  async serve() {
    const network = await startNode({ transport: 'websocket', webSocketListen: ['127.0.0.1:0'] });
    const [address] = network.transports().find(({ name }) => name === 'websocket')?.addresses ?? [];
    if (address === undefined) throw new Error('The WebSocket transport listens nowhere.');
    return { address, stop: () => network.stop() };
  },
  async connect(address) {
    const network = await startNode({ transport: 'websocket', webSocketListen: ['127.0.0.1:0'] });
    const peerId = await network.dial(address, soon());
    return callerOver(await network.openMcp(peerId, AGENT, soon()), network);
  },
};
