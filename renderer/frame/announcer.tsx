import { useEffect, useRef, useState } from 'react';
import { useLive } from '../state/hooks.ts';
import { plural } from '../words/format.ts';
import { peerLabel } from '../words/peer-names.ts';
import { shown } from '../words/shown.ts';

/** Says new questions aloud to screen readers, and keeps their number in the window's title. */
export function Announcer() {
  const { approvals, peers } = useLive((live) => ({ approvals: live.approvals, peers: live.peers }));
  const [text, setText] = useState('');
  const known = useRef<ReadonlySet<string> | null>(null);
  const count = Object.keys(approvals).length;

  useEffect(() => {
    const before = known.current;
    known.current = new Set(Object.keys(approvals));
    if (before === null) return;
    const added = Object.values(approvals).filter((approval) => !before.has(approval.id));
    const [first] = added;
    if (first === undefined) return;
    const who = peerLabel(peers[first.peerId], first.peerId);
    const what = `${who} wants to use ${first.agent}, ${shown(first.tool, 80)}.`;
    setText(added.length === 1 ? what : `${what} ${plural(added.length - 1, 'more call')} wait.`);
  }, [approvals, peers]);

  useEffect(() => {
    document.title = count === 0 ? 'Gatehouse' : `(${count.toString()}) Gatehouse`;
  }, [count]);

  return (
    <div role="status" aria-live="polite" aria-label="New approvals" className="sr-only">
      {text}
    </div>
  );
}
