import { UserPlus } from 'lucide-react';
import { useRef, useState } from 'react';
import type { PeerView } from '../../shared/peers.ts';
import { Button } from '../parts/button.tsx';
import { Field, Input } from '../parts/field.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Hostile } from '../parts/hostile.tsx';
import { FullPeerName } from '../parts/peer-name.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { useNow } from '../state/use-now.ts';
import { ago, plural } from '../words/format.ts';
import { shown } from '../words/shown.ts';

/** An unknown peer that asked in: accepted with a name of mine, blocked, or dismissed. */
export function ContactRequestCard({ peer, named = false }: { peer: PeerView; named?: boolean }) {
  const [accepting, setAccepting] = useState(false);
  const now = useNow(30_000);
  const host = useHost();
  const isLive = useIsLive();
  const { peerId, request } = peer;
  const block = useAction(() => host((client) => client.contacts.block({ peerId })));
  const dismiss = useAction(() => host((client) => client.contacts.remove({ peerId })));
  if (request === null) return null;
  return (
    <article className="rounded-md border border-wait-line bg-surface" aria-label="Contact request">
      <div className="flex flex-col gap-1 px-4 py-3">
        <p className="flex items-start gap-2 font-medium text-wait">
          <UserPlus size={16} aria-hidden className="mt-0.5 shrink-0" />
          Asks to be a contact
        </p>
        {named ? (
          <p className="text-lg break-words">
            <FullPeerName peer={peer} peerId={peerId} />
          </p>
        ) : null}
        <p className="numbers text-dim">
          {plural(request.attempts, 'time')}, last {ago(request.lastAt, now)} · words:{' '}
          {peer.safetyWords.join(' ')}
        </p>
        {request.wanted === null ? null : (
          <p>
            It tried <Hostile text={request.wanted.agent} max={60} className="font-medium" />
            {request.wanted.tool === null ? null : (
              <>
                {' ▸ '}
                <Hostile text={request.wanted.tool} max={120} className="font-medium" />
              </>
            )}{' '}
            and was denied.
          </p>
        )}
        <Problem text={block.error ?? dismiss.error} />
      </div>
      <div className="flex flex-wrap items-center gap-2 border-t border-line px-4 py-2.5">
        <Button disabled={!isLive || block.busy} onClick={block.run}>
          Block
        </Button>
        <Button disabled={!isLive || dismiss.busy} onClick={dismiss.run}>
          Dismiss
        </Button>
        <Button className="ml-auto" disabled={!isLive} onClick={() => setAccepting(true)}>
          Accept…
        </Button>
      </div>
      {accepting ? <AcceptDialog peer={peer} onClose={() => setAccepting(false)} /> : null}
    </article>
  );
}

/** What it calls itself, unless that hides something or is what a contact is called already. */
export function proposal(own: string | null, peers: readonly PeerView[]): string {
  if (own === null || shown(own, 60) !== own) return '';
  return peers.some(({ alias }) => alias?.toLowerCase() === own.toLowerCase()) ? '' : own;
}

/** Accepting gives the peer a name of mine, so that nobody can pass for it by what they call themselves. */
export function AcceptDialog({ peer, onClose }: { peer: PeerView; onClose: () => void }) {
  const names = useLive((live) => live.peers);
  const [alias, setAlias] = useState(() => peer.alias ?? proposal(peer.name, Object.values(names)));
  const { peerId } = peer;
  const field = useRef<HTMLInputElement>(null);
  const host = useHost();
  const accept = useAction(async () => {
    const name = alias.trim();
    await host((client) =>
      client.contacts.accept({ peerId, trust: 'known', ...(name === '' ? {} : { alias: name }) }),
    );
    onClose();
  });
  return (
    <Dialog open onClose={onClose} title="Accept as a contact" width={480} initialFocus={field}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          accept.run();
        }}
      >
        <p className="text-dim">
          A contact may see your agents and ask to use them. Each call still waits for you, until you make a
          rule.
        </p>
        <Field
          label="What you call it"
          hint={`Safety words: ${peer.safetyWords.join(' ')}. Its person must see the same: read them to each other.`}
        >
          {(control) => (
            <Input
              {...control}
              ref={field}
              value={alias}
              maxLength={60}
              onChange={(event) => setAlias(event.target.value)}
            />
          )}
        </Field>
        <Problem text={accept.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" disabled={accept.busy}>
            Accept
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
