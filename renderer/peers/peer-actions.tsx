import { Ellipsis } from 'lucide-react';
import { useState } from 'react';
import type { PeerView, Trust } from '../../shared/peers.ts';
import { isWebSocketAddress } from '../../shared/transports.ts';
import { useAttempt } from '../frame/toasts.tsx';
import { Button, buttonClass } from '../parts/button.tsx';
import { Confirm, Dialog } from '../parts/dialog.tsx';
import { Field, Input } from '../parts/field.tsx';
import { Menu, type MenuEntry } from '../parts/menu.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost, useIsLive } from '../state/hooks.ts';
import { go } from '../state/route.ts';
import { peerLabel } from '../words/peer-names.ts';
import { isPlainNode } from '../words/transports.ts';
import { AcceptDialog } from './contact-request.tsx';

type Open = 'accept' | 'rename' | 'block' | 'forget' | null;

export function PeerActions({ peer }: { peer: PeerView }) {
  const [open, setOpen] = useState<Open>(null);
  const host = useHost();
  const attempt = useAttempt();
  const isLive = useIsLive();
  const { peerId } = peer;
  const isPlain = isPlainNode(peer);
  const isContact = peer.trust === 'known' || peer.trust === 'trusted';
  const refresh = useAction(() => host((client) => client.peers.refresh({ peerId })));
  const dial = useAction(() => host((client) => client.peers.dial({ address: addressOf(peer) })));
  const setTrust = (trust: Trust) =>
    attempt('Could not change the trust', () =>
      host((client) => client.contacts.setTrust({ peerId, trust })),
    );
  const disconnect: MenuEntry = {
    label: 'Disconnect',
    note: 'Until you connect again',
    onChoose: () =>
      attempt('Could not disconnect', () => host((client) => client.peers.disconnect({ peerId }))),
  };
  const entries: MenuEntry[] = [
    ...(isContact ? [{ label: 'Rename…', onChoose: () => setOpen('rename') }] : []),
    ...(peer.trust === 'known'
      ? [
          {
            label: 'Trust',
            note: 'May read unasked, if Settings says so',
            onChoose: () => setTrust('trusted'),
          },
        ]
      : []),
    ...(peer.trust === 'trusted' ? [{ label: 'Trust no more', onChoose: () => setTrust('known') }] : []),
    ...(isContact && !isPlain
      ? [{ label: 'Compare ways…', note: 'How fast each is', onChoose: () => go('compare', peerId) }]
      : []),
    ...(peer.state === 'offline' ? [] : [disconnect]),
    ...(peer.trust === 'blocked'
      ? []
      : [{ label: 'Block…', danger: true, onChoose: () => setOpen('block') }]),
    { label: 'Forget…', danger: true, onChoose: () => setOpen('forget') },
  ];
  const close = () => setOpen(null);
  const name = peerLabel(peer, peerId);
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap gap-2">
        {peer.trust === 'unknown' && peer.request === null && !isPlain ? (
          <Button disabled={!isLive} onClick={() => setOpen('accept')}>
            Accept as a contact…
          </Button>
        ) : null}
        {peer.trust === 'blocked' ? (
          <Button disabled={!isLive} onClick={() => setTrust('unknown')}>
            Unblock
          </Button>
        ) : null}
        {peer.state === 'connected' ? (
          isPlain ? null : (
            <Button disabled={!isLive || refresh.busy} onClick={refresh.run}>
              {refresh.busy ? 'Refreshing…' : 'Refresh'}
            </Button>
          )
        ) : peer.trust === 'blocked' ? null : (
          <Button disabled={!isLive || dial.busy} onClick={dial.run}>
            {dial.busy ? 'Connecting…' : 'Connect now'}
          </Button>
        )}
        <Menu
          disabled={!isLive}
          align="start"
          trigger={
            <button type="button" className={buttonClass()} aria-label="More actions for this peer">
              <Ellipsis size={15} aria-hidden />
            </button>
          }
          entries={entries}
        />
      </div>
      <Problem text={refresh.error ?? dial.error} />
      {open === 'accept' ? <AcceptDialog peer={peer} onClose={close} /> : null}
      {open === 'rename' ? <RenameDialog peer={peer} onClose={close} /> : null}
      <Confirm
        open={open === 'block'}
        onClose={close}
        title={`Block ${name}?`}
        verb="Block"
        onConfirm={() => host((client) => client.contacts.block({ peerId }))}
      >
        <p>Its links are cut, what waits from it is refused, and it gets no answer from now on.</p>
      </Confirm>
      <Confirm
        open={open === 'forget'}
        onClose={close}
        title={`Forget ${name}?`}
        verb="Forget"
        onConfirm={() => host((client) => client.contacts.remove({ peerId }))}
      >
        <p>The contact, its rules and its request are removed. Recorded calls stay. It may ask again.</p>
      </Confirm>
    </div>
  );
}

/** Where this peer was last known to be, and nobody else. */
function addressOf({ addresses: [address], peerId }: PeerView): string {
  if (address === undefined) return peerId;
  return isWebSocketAddress(address) && !address.includes('#') ? `${address}#${peerId}` : address;
}

function RenameDialog({ peer, onClose }: { peer: PeerView; onClose: () => void }) {
  const [alias, setAlias] = useState(peer.alias ?? '');
  const host = useHost();
  const { peerId } = peer;
  const rename = useAction(async () => {
    await host((client) =>
      client.contacts.rename({ peerId, alias: alias.trim() === '' ? null : alias.trim() }),
    );
    onClose();
  });
  return (
    <Dialog open onClose={onClose} title="Rename" width={420}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          rename.run();
        }}
      >
        <Field label="What you call it" hint="Only you see this. Leave it empty to see what it calls itself.">
          {(control) => (
            <Input
              {...control}
              value={alias}
              maxLength={60}
              onChange={(event) => setAlias(event.target.value)}
            />
          )}
        </Field>
        <Problem text={rename.error} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" disabled={rename.busy}>
            Rename
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
