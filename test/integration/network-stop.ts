/** Uses all of a network, stops it and says so. What is left after that keeps this program from ending. */
import { ECHO, linesOf, newIdentity, soon, startNode, stopAll } from './network-fixture.ts';

const lan = { interface: '127.0.0.1', port: 25_353, intervalMs: 200 };
const [a, b] = await Promise.all([
  startNode({ mdns: true, lan, dht: true }),
  startNode({ mdns: true, lan, dht: true }),
]);
for (const kind of ['tcp', 'quic', 'ws'] as const) {
  await b.network.dial(a.at(kind), soon());
  const channel = await b.network.openMcp(a.peerId, ECHO, soon());
  const answer = linesOf(channel, 1);
  channel.send(kind);
  await answer;
  channel.onClose = null;
  if (kind !== 'ws') await b.network.disconnect(a.peerId);
}
b.network.keep((await newIdentity()).peerId, ['/ip4/127.0.0.1/tcp/1']);
await stopAll();
console.log('stopped');
