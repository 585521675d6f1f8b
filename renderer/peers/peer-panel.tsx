import { ChevronRight, Wrench } from 'lucide-react';
import type { PeerId } from '../../shared/ids.ts';
import type { PeerView } from '../../shared/peers.ts';
import { Copyable } from '../parts/copy.tsx';
import { Hostile } from '../parts/hostile.tsx';
import { PeerStateMark, RelayMark, TrustMark, UnsignedMark } from '../parts/marks.tsx';
import { Fact, Facts, Section } from '../parts/page.tsx';
import { FullPeerName } from '../parts/peer-name.tsx';
import { SidePanel } from '../parts/side-panel.tsx';
import { useLive } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { useNow } from '../state/use-now.ts';
import { ago, clock, plural, span } from '../words/format.ts';
import { trustMeaning } from '../words/sentences.ts';
import { isDawnNode, isPlainNode } from '../words/transports.ts';
import { PeerBudget } from './budget.tsx';
import { ContactRequestCard } from './contact-request.tsx';
import { FallbackLine } from './fallback-line.tsx';
import { LegacyNotice } from './legacy-notice.tsx';
import { Links } from './links.tsx';
import { PathLine } from './path-line.tsx';
import { PeerActions } from './peer-actions.tsx';
import { PeerTransports } from './peer-transport.tsx';
import { SafetyWords } from './safety-words.tsx';
import { UnknownPeer } from './unknown-peer.tsx';

const foundWords: Record<PeerView['foundBy'], string> = {
  mdns: 'on this network (mDNS)',
  dialled: 'connected to by you',
  inbound: 'it connected to you',
  contact: 'from your contacts',
  bootstrap: 'from the bootstrap list',
  dht: 'in the distributed table (DHT)',
  gossip: 'from other peers',
};

export function PeerPanel({ peerId, onClose }: { peerId: PeerId; onClose: () => void }) {
  const peer = useLive((live) => live.peers[peerId]);
  return (
    <SidePanel label="Selected peer" title={<FullPeerName peer={peer} peerId={peerId} />} onClose={onClose}>
      {peer === undefined ? (
        <UnknownPeer peerId={peerId} />
      ) : (
        <>
          {peer.request !== null && peer.trust === 'unknown' ? <ContactRequestCard peer={peer} /> : null}
          <div className="flex flex-col gap-2">
            <div className="flex items-center gap-3">
              <TrustMark trust={peer.trust} />
              {peer.isRelay === true ? <RelayMark /> : null}
              <PeerStateMark peer={peer} />
            </div>
            {isPlainNode(peer) ? (
              <p>Speaks libp2p, not Gatehouse: ping and identify only.</p>
            ) : (
              <p className="text-dim">{trustMeaning[peer.trust]}</p>
            )}
            <PathLine links={peer.links} />
            {peer.fallback === null ? null : <FallbackLine fallback={peer.fallback} />}
            <StateSentence peer={peer} />
          </div>
          <LegacyNotice peer={peer} />
          <PeerActions peer={peer} />
          {isPlainNode(peer) ? null : <Agents peer={peer} />}
          {isPlainNode(peer) || peer.trust === 'blocked' || peer.trust === 'unknown' ? null : (
            <PeerBudget peer={peer} />
          )}
          <Links peer={peer} />
          {isPlainNode(peer) || peer.trust === 'blocked' ? null : <PeerTransports peer={peer} />}
          {isPlainNode(peer) ? null : <SafetyWords words={peer.safetyWords} />}
          <Identity peer={peer} />
        </>
      )}
    </SidePanel>
  );
}

function StateSentence({ peer }: { peer: PeerView }) {
  const now = useNow(1000);
  if (peer.state === 'connected') return null;
  return (
    <p className="numbers">
      {peer.dialError === null ? null : <Hostile text={peer.dialError} max={300} />}{' '}
      {peer.nextDialAt === null
        ? `Last seen ${ago(peer.lastSeen, now)}.`
        : `Dials again in ${clock(peer.nextDialAt - now)}.`}
    </p>
  );
}

function Agents({ peer }: { peer: PeerView }) {
  return (
    <Section title="Agents" note={peer.agents.length === 0 ? undefined : peer.agents.length.toString()}>
      {peer.agents.length === 0 ? (
        <p className="text-dim">{noAgents(peer)}</p>
      ) : (
        <ul className="flex flex-col gap-2">
          {peer.agents.map((agent) => (
            <li key={agent.name}>
              <a
                href={href('peers', peer.peerId, agent.name)}
                className="flex items-start gap-2.5 rounded-md border border-line px-3 py-2 text-text! no-underline! hover:border-strong-line hover:bg-hover"
              >
                <Wrench size={15} aria-hidden className="mt-0.5 shrink-0 text-dim" />
                <span className="min-w-0 flex-1">
                  <span className="font-medium">{agent.name}</span>{' '}
                  <span className="text-sm text-dim">{plural(agent.tools.length, 'tool')}</span>
                  {agent.verified ? null : <UnsignedMark />}
                  {agent.description === '' ? null : (
                    <span className="line-clamp-2 text-dim">
                      <Hostile text={agent.description} max={160} />
                    </span>
                  )}
                </span>
                <ChevronRight size={15} aria-hidden className="mt-0.5 shrink-0 text-dim" />
              </a>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function noAgents(peer: PeerView): string {
  if (peer.legacy === 'offered') return 'Unknown: it is not called, since it answers without encryption.';
  if (peer.legacy === 'allowed' && peer.state === 'connected') return 'It offers none.';
  if (peer.trust === 'unknown') return 'Unknown. Agents are shown between contacts only.';
  if (peer.acceptsUs === false) return 'It has not accepted you as a contact, so it shows no agents.';
  if (peer.state !== 'connected') return 'Unknown until it is connected.';
  return 'It offers you none.';
}

function Identity({ peer }: { peer: PeerView }) {
  const now = useNow(60_000);
  return (
    <Section title="Identity">
      <Facts>
        <Fact name="Peer id">
          <Copyable text={peer.peerId} what="peer id" />
        </Fact>
        <Fact name="did:key">
          <Copyable text={peer.did} what="did:key" />
        </Fact>
        <Fact name="Found">{foundWords[peer.foundBy]}</Fact>
        <Fact name="First seen">{ago(peer.firstSeen, now)}</Fact>
        {peer.contactSince === null ? null : <Fact name="Contact for">{span(now - peer.contactSince)}</Fact>}
        {peer.speaksGatehouse === false || isDawnNode(peer) ? null : (
          <Fact name="Accepts you">
            {peer.acceptsUs === null ? 'unknown' : peer.acceptsUs ? 'yes' : 'not yet'}
          </Fact>
        )}
        <Fact name="Runs">
          {peer.software === null ? 'unknown' : <Hostile text={peer.software} max={120} />}
        </Fact>
        {peer.addresses.length === 0 ? null : (
          <Fact name="Addresses">
            {peer.addresses.map((address) => (
              <Copyable key={address} text={address} what="address" />
            ))}
          </Fact>
        )}
      </Facts>
    </Section>
  );
}
