import { Fold } from '../parts/fold.tsx';
import { Fact, Facts } from '../parts/page.tsx';
import { useLive } from '../state/hooks.ts';
import { bytes, plural, span, whole } from '../words/format.ts';

const MS = 1000;

/** What this machine does for others, where it is a relay. */
export function RelayService() {
  const relay = useLive((live) => live.host.relay);
  if (relay === null) return null;
  const { reservations, maxReservations, circuits, limits, stunPorts } = relay;
  return (
    <Fold
      title="Relaying for others"
      note={`${plural(circuits, 'connection')} now, ${bytes(relay.bytes)} carried`}
    >
      <Facts>
        <Fact name="Places taken">
          {whole(reservations)} of {whole(maxReservations)}
          {reservations >= maxReservations ? (
            <span className="text-dim">. Others are refused until one is free.</span>
          ) : null}
        </Fact>
        <Fact name="Connections now">{whole(circuits)}</Fact>
        <Fact name="Carried">{bytes(relay.bytes)} since the start</Fact>
        <Fact name="Limit of each">
          {span(limits.seconds * MS)} and {bytes(limits.bytes)}
        </Fact>
        <Fact name="STUN">
          {stunPorts.length === 0
            ? 'not answering: no UDP port could be opened'
            : `UDP ${stunPorts.join(', ')}`}
        </Fact>
      </Facts>
    </Fold>
  );
}
