import type { Command } from 'commander';
import type { PeerView } from '../../../shared/peers.ts';
import { isWebSocketAddress } from '../../../shared/transports.ts';
import { usageError } from '../cli-error.ts';
import { formatSpan } from '../durations.ts';
import { findPeer } from '../find-peer.ts';
import { peerLabel, visible } from '../names.ts';
import type { ActionOf } from '../program.ts';
import type { Session } from '../session.ts';

/** How long reaching a peer may take, in milliseconds. The host has a deadline of its own within it. */
const DIAL_MS = 60_000;

/** `peers [list|legacy]`, `dial`, `disconnect`. */
export function addPeerCommands(program: Command, action: ActionOf): void {
  const peers = program.command('peers').description('the peers that are known, and how they are reached');
  peers
    .command('list', { isDefault: true })
    .description('list the peers that are known: who they are, how they are reached, what they offer')
    .action(
      action((session) =>
        session.withHost(async ({ state }) => listPeers(session, Object.values(state.peers))),
      ),
    );
  peers
    .command('legacy')
    .description('whether a Dawn node may be called although its answers are not encrypted')
    .argument('<peer>', peerArgument)
    .argument('<permission>', 'allow or deny')
    .action(action(setLegacy));
  program
    .command('dial')
    .description('connect to a peer')
    .argument('<address>', 'a multiaddr ending in /p2p/<peer id>, a ws:// address, or a peer that is known')
    .action(
      action((session, address: string) =>
        session.withHost(
          async ({ client, state }) => {
            const isAddress = address.startsWith('/') || isWebSocketAddress(address);
            const target = isAddress ? address : findPeer(address, state.peers).peerId;
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

async function setLegacy(session: Session, name: string, permission: string): Promise<void> {
  if (permission !== 'allow' && permission !== 'deny') throw usageError('The permission is allow or deny.');
  await session.withHost(async ({ client, state }) => {
    const { peerId } = findPeer(name, state.peers);
    const peer = await client.peers.allowLegacy({ peerId, allowed: permission === 'allow' });
    session.give(withId(peer));
    const label = peerLabel(peer, peerId);
    if (permission === 'deny') session.say(`${label} is not linked unless it encrypts its answers.`);
    else {
      session.say(`${label} may be called although its answers are not encrypted.`);
      session.terminal.err(
        'Careful: whoever is on the way can read its answers and change them, and nothing proves that they are its own. ' +
          'You are asked about every call to it and from it.\n',
      );
    }
  });
}

export const peerArgument = 'a peer id, a beginning or end of one, or an alias';

export const withId = (peer: PeerView): PeerView & { id: string } => ({ id: peer.peerId, ...peer });

export function listPeers(session: Session, peers: readonly PeerView[]): void {
  const sorted = peers.toSorted((one, other) => rank(one) - rank(other) || other.lastSeen - one.lastSeen);
  session.give(sorted.map(withId));
  session.columns(
    ['PEER', 'TRUST', 'STATE', 'PATH', 'RTT', 'SEEN', 'AGENTS', 'PEER ID', 'SAFETY WORDS'],
    sorted.map((peer) => [
      peerLabel(peer, peer.peerId),
      peer.request === null ? peer.trust : `${peer.trust}, asks`,
      peer.state,
      howReached(peer),
      rtt(peer),
      peer.state === 'connected' ? 'now' : `${formatSpan(Date.now() - peer.lastSeen)} ago`,
      peer.agents.map((agent) => visible(agent.name)).join(' ') || '-',
      peer.peerId,
      peer.safetyWords.join(' '),
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
