import { useState } from 'react';
import { Button } from '../parts/button.tsx';
import { Copyable } from '../parts/copy.tsx';
import { Field, Input } from '../parts/field.tsx';
import { Card, Fact, Facts, PageHead, Section } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { Notices } from '../overview/notices.tsx';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { go, href } from '../state/route.ts';
import { addressesToGive, isLoopback } from '../words/addresses.ts';
import { peerWords } from '../words/peer-words.ts';

export function NetworkPage() {
  const host = useLive((live) => live.host);
  const mdns = useLive((live) => live.settings.mdns);
  const listening = host.addresses.length > 0 && host.stoppedAt === null;
  return (
    <>
      <PageHead title="Network" />
      <div className="min-h-0 flex-1 overflow-y-auto px-4 pb-8 mid:px-5">
        <div className="flex max-w-180 flex-col gap-6">
          <div className="flex flex-col gap-1">
            <p className="text-xl font-semibold">
              {listening
                ? 'Reachable on this network. From outside: unknown.'
                : 'Nobody can reach this machine.'}
            </p>
            <p className="text-dim">{listening ? outside(mdns) : quiet(host.stoppedAt !== null)}</p>
          </div>
          <Notices />
          <Dial />
          <Section title="Addresses" note="give one to whoever should connect to you">
            <AddressList addresses={addressesToGive(host.addresses)} />
          </Section>
          {host.addresses.some(isLoopback) ? (
            <Section title="On this machine only" note="of no use to others">
              <AddressList addresses={host.addresses.filter(isLoopback)} />
            </Section>
          ) : null}
          <Section title="This machine">
            <Facts>
              <Fact name="Words">
                {peerWords(host.peerId)}
                <span className="block text-sm text-dim">
                  Read them to a person who accepts you, so that you both notice a mix-up.
                </span>
              </Fact>
              <Fact name="Peer id">
                <Copyable text={host.peerId} what="peer id" />
              </Fact>
              <Fact name="did:key">
                <Copyable text={host.did} what="did:key" />
              </Fact>
              <Fact name="Dawn node id">
                <Copyable text={host.dawnNodeId} what="Dawn node id" />
              </Fact>
            </Facts>
          </Section>
        </div>
      </div>
    </>
  );
}

function AddressList({ addresses }: { addresses: readonly string[] }) {
  return (
    <Card className="px-3 py-2">
      {addresses.length === 0 ? (
        <p className="py-1 text-dim">None.</p>
      ) : (
        addresses.map((address) => <Copyable key={address} text={address} what="address" />)
      )}
    </Card>
  );
}

const outside = (mdns: boolean): string =>
  `Machines on this network ${mdns ? 'find this one by themselves' : 'can connect by address; finding is switched off in Settings'}. ` +
  'Whether machines elsewhere can reach it has not been tested. If they cannot, connect from here to an address of theirs.';

const quiet = (stopped: boolean): string =>
  stopped
    ? 'Everything is stopped. Resume to listen again.'
    : 'No address could be opened. The notices below say why.';

function Dial() {
  const [address, setAddress] = useState('');
  const host = useHost();
  const isLive = useIsLive();
  const dial = useAction(async () => {
    const peer = await host((client) => client.peers.dial({ address: address.trim() }));
    setAddress('');
    go('peers', peer.peerId);
  });
  return (
    <Section title="Connect to an address">
      <form
        className="flex flex-col gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (address.trim() !== '') dial.run();
        }}
      >
        <Field
          label="Address of the other machine"
          hint={
            <>
              Found on the other machine’s Network page. It ends in <code className="font-mono">/p2p/</code>{' '}
              and the peer id, so that you reach that machine or none. See{' '}
              <a href={href('peers')}>the peers</a> you have.
            </>
          }
        >
          {(control) => (
            <span className="flex gap-2">
              <Input
                {...control}
                className="min-w-0 flex-1 font-mono text-sm"
                value={address}
                maxLength={1000}
                placeholder="/ip4/192.0.2.7/tcp/4001/p2p/12D3KooW…"
                onChange={(event) => setAddress(event.target.value)}
              />
              <Button type="submit" disabled={!isLive || dial.busy || address.trim() === ''}>
                {dial.busy ? 'Connecting…' : 'Connect'}
              </Button>
            </span>
          )}
        </Field>
        <Problem text={dial.error} />
      </form>
    </Section>
  );
}
