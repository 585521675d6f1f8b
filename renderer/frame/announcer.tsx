import { useEffect, useRef, useState } from 'react';
import type { LiveState } from '../../shared/live.ts';
import { waitingNow } from '../approvals/waiting-now.ts';
import { useLive } from '../state/hooks.ts';
import { plural } from '../words/format.ts';
import { peerLabel } from '../words/peer-names.ts';
import { shown } from '../words/shown.ts';

/** What a screen reader hears of one thing that waits: its id, and its sentence. */
type Waiting = ReadonlyMap<string, string>;

/** Says new questions and contact requests aloud to screen readers, and keeps their number in the window's title. */
export function Announcer() {
  const { approvals, reviews, peers, count } = useLive((live) => ({
    approvals: live.approvals,
    reviews: live.reviews,
    peers: live.peers,
    count: waitingNow(live).length,
  }));
  const calls = useNews(callsOf(approvals, peers), 'call');
  const answers = useNews(answersOf(reviews, peers), 'answer');
  const requests = useNews(requestsOf(peers), 'contact request');

  useEffect(() => {
    document.title = count === 0 ? 'Gatehouse' : `(${count.toString()}) Gatehouse`;
  }, [count]);

  return (
    <>
      <div role="status" aria-live="polite" aria-label="New approvals" className="sr-only">
        {calls}
      </div>
      <div role="status" aria-live="polite" aria-label="New answers to review" className="sr-only">
        {answers}
      </div>
      <div role="status" aria-live="polite" aria-label="New contact requests" className="sr-only">
        {requests}
      </div>
    </>
  );
}

function callsOf(approvals: LiveState['approvals'], peers: LiveState['peers']): Waiting {
  return new Map(
    Object.values(approvals).map(({ id, direction, peerId, agent, tool }) => {
      const name = peerLabel(peers[peerId], peerId);
      const target = `${agent}, ${shown(tool, 80)}`;
      return [
        id,
        direction === 'out'
          ? `You are about to call ${target}, of ${name}.`
          : `${name} wants to use ${target}.`,
      ];
    }),
  );
}

function answersOf(reviews: LiveState['reviews'], peers: LiveState['peers']): Waiting {
  return new Map(
    Object.values(reviews).map(({ id, peerId, agent, tool }) => [
      id,
      `What ${agent}, ${shown(tool, 80)} answered ${peerLabel(peers[peerId], peerId)} waits for you.`,
    ]),
  );
}

function requestsOf(peers: LiveState['peers']): Waiting {
  return new Map(
    Object.values(peers)
      .filter((peer) => peer.request !== null && peer.trust === 'unknown')
      .map((peer) => [peer.peerId, `${peerLabel(peer, peer.peerId)} asks to be a contact.`]),
  );
}

/** The sentence of what is new since the last time; what waits at the start is on the page, and not news. */
function useNews(waiting: Waiting, noun: string): string {
  const [text, setText] = useState('');
  const known = useRef<Waiting | null>(null);
  useEffect(() => {
    const before = known.current;
    known.current = waiting;
    if (before === null) return;
    const added = [...waiting].filter(([id]) => !before.has(id));
    const [first] = added;
    if (first === undefined) return;
    const more = added.length - 1;
    setText(
      more === 0 ? first[1] : `${first[1]} ${plural(more, `more ${noun}`)} ${more === 1 ? 'waits' : 'wait'}.`,
    );
  }, [waiting, noun]);
  return text;
}
