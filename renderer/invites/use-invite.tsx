import { Toast } from '@base-ui/react/toast';
import { useEffect, useRef, useState } from 'react';
import { MAX_INVITE_TEXT, type InvitePreview } from '../../shared/invites.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Field, Input, TextArea } from '../parts/field.tsx';
import { Problem } from '../parts/problem.tsx';
import { sentenceOf, useAction } from '../parts/use-action.ts';
import { proposal } from '../peers/contact-request.tsx';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { slide } from '../state/route.ts';
import { inviteOutcome } from '../words/invite-outcome.ts';
import { Previewed } from './previewed.tsx';
import { TrustChoice, type ContactTrust } from './trust-choice.tsx';

/** Reads an invite, shows what it says, and uses it only after that. */
export function UseInvite({ given, onClose }: { given: string; onClose: () => void }) {
  const [text, setText] = useState(given);
  const { preview, error } = usePreview(text.trim());
  const paste = useRef<HTMLTextAreaElement>(null);
  return (
    <Dialog open onClose={onClose} title="Use an invite" width={560} initialFocus={paste}>
      <div className="flex flex-col gap-4">
        <Field
          label="Invite"
          hint={
            preview === null ? 'The whole text, gatehouse://invite/… Nothing is contacted yet.' : undefined
          }
          error={error}
        >
          {(control) => (
            <TextArea
              {...control}
              ref={paste}
              rows={preview === null ? 4 : 2}
              className="font-mono text-sm break-all"
              value={text}
              maxLength={MAX_INVITE_TEXT}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        {preview === null ? (
          <div className="flex justify-end">
            <Button onClick={onClose}>Cancel</Button>
          </div>
        ) : (
          <Accept key={preview.peerId} text={text.trim()} preview={preview} onClose={onClose} />
        )}
      </div>
    </Dialog>
  );
}

/** What the invite says. The host reads it; it contacts nobody for that. */
function usePreview(text: string): { preview: InvitePreview | null; error: string | null } {
  const host = useHost();
  const isLive = useIsLive();
  const [read, setRead] = useState<{ text: string; preview: InvitePreview | null; error: string | null }>({
    text: '',
    preview: null,
    error: null,
  });
  useEffect(() => {
    if (text === '' || !isLive) return undefined;
    let over = false;
    host((client) => client.invites.preview({ text })).then(
      (preview) => {
        if (!over) setRead({ text, preview, error: null });
      },
      (caught: unknown) => {
        if (!over) setRead({ text, preview: null, error: sentenceOf(caught) });
      },
    );
    return () => {
      over = true;
    };
  }, [host, text, isLive]);
  return read.text === text ? read : { preview: null, error: null };
}

function Accept({ text, preview, onClose }: { text: string; preview: InvitePreview; onClose: () => void }) {
  const { peerId, name, own, expired } = preview;
  const peers = useLive((live) => live.peers);
  const known = peers[peerId];
  const [alias, setAlias] = useState(() => known?.alias ?? proposal(name, Object.values(peers)));
  const [trust, setTrust] = useState<ContactTrust>(known?.trust === 'trusted' ? 'trusted' : 'known');
  const host = useHost();
  const isLive = useIsLive();
  const { add } = Toast.useToastManager();
  const accept = useAction(async () => {
    const called = alias.trim();
    const peer = await host((client) =>
      client.invites.accept({ text, trust, ...(called === '' ? {} : { alias: called }) }),
    );
    add(inviteOutcome(peer));
    slide('peers', peerId);
  });
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        accept.run();
      }}
    >
      <Previewed preview={preview} known={known} />
      {own || expired ? null : (
        <>
          <Field label="What you call it" hint="Only you see this.">
            {(control) => (
              <Input
                {...control}
                value={alias}
                maxLength={60}
                onChange={(event) => setAlias(event.target.value)}
              />
            )}
          </Field>
          <TrustChoice legend="It becomes" value={trust} onChange={setTrust} />
        </>
      )}
      <Problem text={accept.error} />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        {own || expired ? null : (
          <Button type="submit" kind="primary" disabled={!isLive || accept.busy}>
            {accept.busy ? 'Connecting…' : 'Accept and connect'}
          </Button>
        )}
      </div>
    </form>
  );
}
