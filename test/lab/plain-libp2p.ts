/**
 * A node that speaks plain libp2p: ping, identify, and nothing of ours. Dials the multiaddr it is given, and prints its
 * peer id once it is connected. Lives until it is ended.
 */
import { noise } from '@chainsafe/libp2p-noise';
import { identify } from '@libp2p/identify';
import { ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';

const node = await createLibp2p({
  nodeInfo: { userAgent: 'plain/1.0.0' },
  addresses: { listen: ['/ip4/0.0.0.0/tcp/4001'] },
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  services: { identify: identify(), ping: ping() },
});
const address = multiaddr(process.argv[2] ?? '');
await node.dial(address);
const ms = await node.services.ping.ping(address);
process.stdout.write(`${JSON.stringify({ peerId: node.peerId.toString(), ms })}\n`);
