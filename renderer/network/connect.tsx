import { useState } from 'react';
import { INVITE_PREFIX } from '../../shared/invites.ts';
import { chosenTransports, isWebSocketAddress } from '../../shared/transports.ts';
import { Button } from '../parts/button.tsx';
import { Field, Input } from '../parts/field.tsx';
import { Section } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { go, href, openInvite } from '../state/route.ts';

const LONGEST = 2000;

/** Connects to an address; an invite is opened instead, so that it is seen before it is used. */
export function Connect() {
  const [text, setText] = useState('');
  const host = useHost();
  const isLive = useIsLive();
  const entered = text.trim();
  const isInvite = entered.toLowerCase().startsWith(INVITE_PREFIX);
  const usesWebSocket = useLive((live) => chosenTransports(live.settings.transport).includes('websocket'));
  const dial = useAction(async () => {
    const peer = await host((client) => client.peers.dial({ address: entered }));
    setText('');
    go('peers', peer.peerId);
  });
  return (
    <Section title="Connect">
      <form
        className="flex flex-col gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (isInvite) openInvite(entered);
          else if (entered !== '') dial.run();
        }}
      >
        <Field
          label="Address of the other machine, or its invite"
          hint={
            <>
              An address is on its Network page and ends in <code className="font-mono">/p2p/</code> and the
              peer id, so that you reach that machine or none. A <code className="font-mono">ws://</code>{' '}
              address is fine too, and may end in <code className="font-mono">#</code> and the id of who is
              there.
            </>
          }
        >
          {(control) => (
            <span className="flex gap-2">
              <Input
                {...control}
                className="min-w-0 flex-1 font-mono text-sm"
                value={text}
                maxLength={LONGEST}
                placeholder="/ip4/192.0.2.7/tcp/4001/p2p/12D3KooW…"
                onChange={(event) => setText(event.target.value)}
              />
              <Button type="submit" disabled={!isLive || dial.busy || entered === ''}>
                {dial.busy ? 'Connecting…' : isInvite ? 'Look at it…' : 'Connect'}
              </Button>
            </span>
          )}
        </Field>
        {isWebSocketAddress(entered) && !usesWebSocket ? (
          <p className="text-sm">
            WebSocket is not switched on here. <a href={href('settings')}>Settings</a> can do that.
          </p>
        ) : null}
        <Problem text={dial.error} />
      </form>
    </Section>
  );
}
