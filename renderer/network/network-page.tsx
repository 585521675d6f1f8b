import { Copyable } from '../parts/copy.tsx';
import { Fold } from '../parts/fold.tsx';
import { Card, Fact, Facts, PageHead, Section } from '../parts/page.tsx';
import { Notices } from '../overview/notices.tsx';
import { useLive } from '../state/hooks.ts';
import { href, MAKE_INVITE } from '../state/route.ts';
import { addressesToGive, isLoopback } from '../words/addresses.ts';
import { provenAddresses } from '../words/reachability.ts';
import { webSocketAddressesToGive } from '../words/transports.ts';
import { Connect } from './connect.tsx';
import { Evidence } from './evidence.tsx';
import { Headline } from './headline.tsx';
import { History } from './history.tsx';
import { MigrationPage } from './migration/migration-page.tsx';
import { NetworkPlaces } from './network-places.tsx';
import { MIGRATION } from './places.ts';
import { RelaysInUse } from './relays-in-use.tsx';
import { RelayService } from './relay-service.tsx';
import { RouterAndNat } from './router-and-nat.tsx';
import { Transports } from './transports.tsx';

/** The verdict in one sentence first, then what to do, then what it is known from. */
export const NetworkPage = ({ rest }: { rest: readonly string[] }) =>
  rest[0] === MIGRATION ? <MigrationPage /> : <ThisNetwork />;

function ThisNetwork() {
  return (
    <>
      <PageHead title="Network">
        <NetworkPlaces migration={false} />
      </PageHead>
      <div className="min-h-0 flex-1 overflow-y-auto px-4 pb-8 mid:px-5">
        <div className="flex max-w-220 flex-col gap-6">
          <Headline />
          <Notices />
          <div className="grid items-start gap-6 wide:grid-cols-2">
            <AddressesToGive />
            <Connect />
          </div>
          <div className="flex flex-col gap-2">
            <Evidence />
            <Transports />
            <RouterAndNat />
            <RelaysInUse />
            <RelayService />
            <History />
            <ThisMachine />
          </div>
        </div>
      </div>
    </>
  );
}

const SHOWN = 3;

function AddressesToGive() {
  const { addresses, transports, peerId, reachability } = useLive(({ host, reachability: known }) => ({
    addresses: host.addresses,
    transports: host.transports,
    peerId: host.peerId,
    reachability: known,
  }));
  const proven = provenAddresses(reachability, peerId);
  const webSocket = webSocketAddressesToGive(transports, peerId);
  const all = [...new Set([...proven, ...addressesToGive(addresses), ...webSocket])];
  const more = all.slice(SHOWN);
  return (
    <Section title="Addresses to give" note={proven.length === 0 ? undefined : 'best first'}>
      <Card className="px-3 py-2">
        {all.length === 0 ? <p className="py-1 text-dim">None.</p> : null}
        {all.slice(0, SHOWN).map((address) => (
          <Copyable key={address} text={address} what="address" />
        ))}
        {more.length === 0 ? null : (
          <details>
            <summary className="cursor-default py-1 text-accent select-none hover:underline">
              {more.length.toString()} more
            </summary>
            {more.map((address) => (
              <Copyable key={address} text={address} what="address" />
            ))}
          </details>
        )}
      </Card>
      <p className="text-sm text-dim">
        Or <a href={href('peers', MAKE_INVITE)}>make an invite</a>: it
        {all.length === 0 ? '' : ' holds them all, and'} makes whoever uses it your contact.
      </p>
    </Section>
  );
}

function ThisMachine() {
  const host = useLive((live) => live.host);
  const local = host.addresses.filter(isLoopback);
  return (
    <Fold title="This machine">
      <Facts>
        <Fact name="Peer id">
          <Copyable text={host.peerId} what="peer id" />
        </Fact>
        {local.length === 0 ? null : (
          <Fact name="From this machine">
            {local.map((address) => (
              <Copyable key={address} text={address} what="address" />
            ))}
          </Fact>
        )}
        <Fact name="did:key">
          <Copyable text={host.did} what="did:key" />
        </Fact>
        <Fact name="Dawn node id">
          <Copyable text={host.dawnNodeId} what="Dawn node id" />
        </Fact>
      </Facts>
    </Fold>
  );
}
