import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { cleanup } from 'node-datachannel';
import { z } from 'zod';
import type { Network } from '../../../main/host/network/index.ts';
import { PeerId } from '../../../shared/ids.ts';
import type { Contender, Served } from '../contender.ts';
import { AGENT, callerOver, soon, startNode } from './gatehouse-node.ts';

const RELAY = fileURLToPath(new URL('local-relay.ts', import.meta.url));
const LISTEN = ['/ip4/127.0.0.1/tcp/0'];

/** A node that others find by way of a relay, which runs in a process of its own. */
async function serve(): Promise<Served> {
  const relay = fork(RELAY, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [message]: unknown[] = await once(relay, 'message');
  const relayAddress = z.string().min(1).parse(message);
  const network = await startNode({ listen: LISTEN, relays: true, betterPaths: false });
  const [route = '', relayId] = relayAddress.split('/p2p/');
  network.keep(PeerId.parse(relayId), [route]);
  return {
    address: await circuitOf(network),
    async stop() {
      await network.stop();
      relay.disconnect();
    },
  };
}

async function circuitOf(network: Network): Promise<string> {
  for (;;) {
    const circuit = network.addresses().find((address) => address.includes('/p2p-circuit/'));
    if (circuit !== undefined) return circuit;
    await once(network, 'addresses', soon());
  }
}

const startCaller = (): Promise<Network> => startNode({ listen: LISTEN, relays: true, betterPaths: false });

/** Our stream by way of a relay: encrypted from end to end, and once more between each end and the relay. */
export const overRelay: Contender = {
  serve,
  async connect(address) {
    const network = await startCaller();
    const peerId = await network.dial(address, soon());
    return callerOver(await network.openMcp(peerId, AGENT, soon()), network);
  },
};

/** Our stream over WebRTC, punched with the help of that relay. It needs an interface beside loopback, which it stays on. */
export const overWebRtc: Contender = {
  serve,
  async connect(address) {
    const network = await startCaller();
    const peerId = await network.dial(address, soon());
    const way = await network.openWay(peerId, 'webrtc', soon());
    const caller = callerOver(await way.openMcp(AGENT, soon()), network);
    return {
      call: () => caller.call(),
      async stop() {
        await caller.stop();
        cleanup();
      },
    };
  },
};
