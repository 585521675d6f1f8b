/** Uses all of a network, stops it and says so. What is left after that keeps this program from ending. */
import { TransportName } from '../../shared/transports.ts';
import { ECHO, linesOf, newIdentity, soon, startNode, stopAll } from './network-fixture.ts';

const transport = TransportName.parse(process.argv[2]);
const lan = { interface: '127.0.0.1', port: 25_353, intervalMs: 200 };
const options = { transport, mdns: true, gossip: true, dht: true, lan };
const [a, b] = await Promise.all([startNode(options), startNode(options)]);
const kinds = transport === 'libp2p' ? (['tcp', 'quic', 'ws'] as const) : (['websocket'] as const);
for (const kind of kinds) {
  await b.network.dial(a.at(kind), soon());
  const channel = await b.network.openMcp(a.peerId, ECHO, soon());
  const answer = linesOf(channel, 1);
  channel.send(kind);
  await answer;
  channel.onClose = null;
  if (kind !== kinds.at(-1)) await b.network.disconnect(a.peerId);
}
// Somebody who is not there is dialled now and then, and somebody who is there is dialled as all this ends.
b.network.keep((await newIdentity()).peerId, ['/ip4/127.0.0.1/tcp/1', 'ws://127.0.0.1:1']);
b.network.setWebSocketPeers(['ws://127.0.0.1:1']);
const late = a.network.dial(b.at(kinds[0]), soon()).catch(() => undefined);
await stopAll();
await late;
console.log('stopped');
