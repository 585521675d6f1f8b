/** A network in a process of its own, which can be frozen: says where it listens, and links whom it is told to. */
import { parseArgs } from 'node:util';
import { PeerId } from '../../shared/ids.ts';
import { TransportName } from '../../shared/transports.ts';
import { soon, startNode } from './network-fixture.ts';

const { values } = parseArgs({ options: { transport: { type: 'string' }, dial: { type: 'string' } } });
const transport = TransportName.parse(values.transport);
const { network, at, peerId } = await startNode({ transport });
if (values.dial !== undefined) {
  const dialled = PeerId.parse(await network.dial(values.dial, soon()));
  network.keep(dialled, [values.dial.replace(/(\/p2p\/|#).*$/, '')]);
}
console.log(JSON.stringify({ peerId, address: at(transport === 'libp2p' ? 'tcp' : 'websocket') }));
