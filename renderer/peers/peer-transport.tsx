import type { PeerView } from '../../shared/peers.ts';
import { TransportChoice, type PeerTransport } from '../../shared/transports.ts';
import { Field, Select } from '../parts/field.tsx';
import { Hostile } from '../parts/hostile.tsx';
import { Mark, type Shape } from '../parts/marks.tsx';
import { Section } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost, useIsLive, useLive } from '../state/hooks.ts';
import { useNow } from '../state/use-now.ts';
import { ago } from '../words/format.ts';
import type { Tone } from '../words/sentences.ts';
import { carriersOf, choiceWords, transportNames } from '../words/transports.ts';
import { useRef } from 'react';

const AS_SETTINGS = 'settings';

/** Which transports are used for this peer, and what is known of each. */
export function PeerTransports({ peer }: { peer: PeerView }) {
  const chosen = useLive((live) => live.settings.transport);
  const host = useHost();
  const isLive = useIsLive();
  const wanted = useRef<TransportChoice | null>(null);
  const { peerId, transportChoice } = peer;
  const set = useAction(() =>
    host((client) => client.peers.setTransport({ peerId, transport: wanted.current })),
  );
  return (
    <Section title="Transports">
      <Field label="For this peer">
        {(control) => (
          <Select
            {...control}
            value={transportChoice ?? AS_SETTINGS}
            disabled={!isLive || set.busy}
            onChange={(event) => {
              wanted.current = TransportChoice.safeParse(event.target.value).data ?? null;
              set.run();
            }}
          >
            <option value={AS_SETTINGS}>As the settings say: {carriersOf(chosen)}</option>
            <option value="libp2p">libp2p only</option>
            <option value="websocket">WebSocket only</option>
            <option value="both">{choiceWords.both.name}</option>
          </Select>
        )}
      </Field>
      <Problem text={set.error} />
      <ul className="flex flex-col gap-1.5">
        {peer.transports.map((transport) => (
          <li key={transport.name}>
            <Known transport={transport} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Known({ transport }: { transport: PeerTransport }) {
  const now = useNow(30_000);
  const { shape, tone, words } = standingOf(transport, now);
  return (
    <div className="flex items-start gap-2">
      <span className="flex h-5 items-center">
        <Mark shape={shape} tone={tone} />
      </span>
      <p className="min-w-0 break-words">
        {transportNames[transport.name]}: <span className="text-dim">{words}</span>
        {transport.lastError === null || transport.linked ? null : (
          <span className="block text-sm text-dim">
            <Hostile text={transport.lastError} max={300} />
          </span>
        )}
      </p>
    </div>
  );
}

function standingOf(
  { linked, lastLinkedAt, lastError, hasAddress }: PeerTransport,
  now: number,
): { shape: Shape; tone: Tone; words: string } {
  if (linked) return { shape: 'full', tone: 'good', words: 'linked' };
  const last = lastLinkedAt === null ? '' : `, last linked ${ago(lastLinkedAt, now)}`;
  if (lastError !== null) return { shape: 'cross', tone: 'plain', words: `failed${last}` };
  if (lastLinkedAt !== null) return { shape: 'ring', tone: 'plain', words: `not linked${last}` };
  return { shape: 'ring', tone: 'plain', words: hasAddress ? 'not tried yet' : 'no address known' };
}
