import type { Command } from 'commander';
import type { PeerView } from '../../../shared/peers.ts';
import { formatSpan } from '../durations.ts';
import { findPeer } from '../find-peer.ts';
import { peerLabel, visible } from '../names.ts';
import type { ActionOf } from '../program.ts';
import type { Session } from '../session.ts';

/** How long reaching a peer may take, in milliseconds. The host has a deadline of its own within it. */
const DIAL_MS = 60_000;

/** `peers`, `dial`, `disconnect`. */
export function addPeerCommands(program: Command, action: ActionOf): void {
  program
    .command('peers')
    .description('list the peers that are known: who they are, how they are reached, what they offer')
    .action(
      action((session) =>
        session.withHost(async ({ state }) => listPeers(session, Object.values(state.peers))),
      ),
    );
  program
    .command('dial')
    .description('connect to a peer')
    .argument('<address>', 'a multiaddr ending in /p2p/<peer id>, or a peer that is known')
    .action(
      action((session, address: string) =>
        session.withHost(
          async ({ client, state }) => {
            const target = address.startsWith('/') ? address : findPeer(address, state.peers).peerId;
            const peer = await client.peers.dial({ address: target });
            session.give(withId(peer));
            session.say(
              `Connected to ${peerLabel(peer, peer.peerId)}: ${howReached(peer)}. Trust: ${peer.trust}.`,
            );
          },
          { deadlineMs: DIAL_MS },
        ),
      ),
    );
  program
    .command('disconnect')
    .description('cut the links to a peer and leave it alone until it is dialled')
    .argument('<peer>', peerArgument)
    .action(
      action((session, name: string) =>
        session.withHost(async ({ client, state }) => {
          const { peerId } = findPeer(name, state.peers);
          await client.peers.disconnect({ peerId });
          session.give({ id: peerId, disconnected: true });
          session.say(`Disconnected from ${peerLabel(state.peers[peerId], peerId)}.`);
        }),
      ),
    );
}

export const peerArgument = 'a peer id, a beginning or end of one, or an alias';

export const withId = (peer: PeerView): PeerView & { id: string } => ({ id: peer.peerId, ...peer });

export function listPeers(session: Session, peers: readonly PeerView[]): void {
  const sorted = peers.toSorted((one, other) => rank(one) - rank(other) || other.lastSeen - one.lastSeen);
  session.give(sorted.map(withId));
  session.columns(
    ['PEER', 'TRUST', 'STATE', 'PATH', 'RTT', 'SEEN', 'AGENTS', 'PEER ID'],
    sorted.map((peer) => [
      peerLabel(peer, peer.peerId),
      peer.request === null ? peer.trust : `${peer.trust}, asks`,
      peer.state,
      howReached(peer),
      rtt(peer),
      peer.state === 'connected' ? 'now' : `${formatSpan(Date.now() - peer.lastSeen)} ago`,
      peer.agents.map((agent) => visible(agent.name)).join(' ') || '-',
      peer.peerId,
    ]),
    'No peers yet. Others on this network appear by themselves; "gatehouse dial ADDRESS" reaches the rest.',
  );
}

const order: Readonly<Record<PeerView['trust'], number>> = { trusted: 0, known: 1, unknown: 2, blocked: 3 };
const rank = (peer: PeerView): number => order[peer.trust] * 2 + (peer.state === 'connected' ? 0 : 1);

function howReached(peer: PeerView): string {
  const best = peer.links[0];
  return best === undefined ? '-' : `${best.path} ${best.transport}`;
}

function rtt(peer: PeerView): string {
  const ms = peer.links[0]?.rttMs;
  return ms == null ? '-' : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}
