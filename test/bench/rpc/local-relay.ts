/** A relay on loopback, in a process of its own: sends its address, and ends with its parent. */
import { startNode } from './gatehouse-node.ts';

const network = await startNode({
  listen: ['/ip4/127.0.0.1/tcp/0'],
  relayServer: {
    maxReservations: 8,
    circuitSeconds: 24 * 60 * 60,
    // As good as unbounded: what is measured is not when a circuit is used up.
    circuitBytes: 2 ** 40,
    stunPorts: [0],
    contactsOnly: false,
  },
});
process.on('disconnect', () => void network.stop().finally(() => process.exit(0)));
process.send?.(network.addresses().find((address) => /\/tcp\/\d+\/p2p\//.test(address)) ?? '');
