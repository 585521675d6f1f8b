import type { ReactNode } from 'react';
import type { AddressEvidence } from '../../shared/reachability.ts';
import { Copyable } from '../parts/copy.tsx';
import { Fold } from '../parts/fold.tsx';
import { Hostile } from '../parts/hostile.tsx';
import { Mark } from '../parts/marks.tsx';
import { PeerNameOf } from '../parts/peer-name.tsx';
import { useLive } from '../state/hooks.ts';
import { useNow } from '../state/use-now.ts';
import { ago, plural } from '../words/format.ts';
import { compareEvidence, scopeWords, sourceWords } from '../words/reachability.ts';

/** Each address of this machine: where it comes from, and who found that it works, or why it does not. */
export function Evidence() {
  const addresses = useLive((live) => live.reachability.evidence.addresses);
  const now = useNow(15_000);
  const sorted = addresses.toSorted(compareEvidence);
  const proven = sorted.filter(({ verified, failed }) => verified !== null && failed === null).length;
  return (
    <Fold
      title="Evidence"
      open
      note={
        sorted.length === 0
          ? 'no address'
          : `${plural(sorted.length, 'address', 'addresses')}, ${proven.toString()} proven`
      }
    >
      {sorted.length === 0 ? (
        <p className="text-dim">This machine has no address that others could use.</p>
      ) : (
        <div role="table" aria-label="Addresses of this machine" className="numbers flex flex-col">
          <div
            role="row"
            className="grid grid-cols-[minmax(0,5fr)_minmax(0,2fr)_minmax(0,4fr)] gap-4 border-b border-line pb-1.5 text-sm text-dim max-mid:sr-only"
          >
            <span role="columnheader">Address</span>
            <span role="columnheader">Comes from</span>
            <span role="columnheader">Tried</span>
          </div>
          {sorted.map((entry) => (
            <div
              key={entry.address}
              role="row"
              className="grid grid-cols-1 items-start gap-x-4 gap-y-0.5 border-line py-2 not-last:border-b mid:grid-cols-[minmax(0,5fr)_minmax(0,2fr)_minmax(0,4fr)]"
            >
              <span role="cell" className={entry.scope === 'machine' ? 'text-dim' : ''}>
                <Copyable text={entry.address} what="address" />
              </span>
              <span role="cell" className="mid:py-0.5">
                {sourceWords[entry.source]}
                <span className="text-sm text-dim max-mid:before:content-[',_'] mid:block">
                  {scopeWords[entry.scope]}
                </span>
              </span>
              <span role="cell" className="mid:py-0.5">
                <Tried entry={entry} now={now} />
              </span>
            </div>
          ))}
        </div>
      )}
    </Fold>
  );
}

function Tried({ entry: { verified, failed, scope }, now }: { entry: AddressEvidence; now: number }) {
  if (failed !== null) {
    return (
      <Finding shape="cross" tone="bad">
        <By peerId={failed.by} /> did not reach it, {ago(failed.at, now)}.{' '}
        <Hostile text={failed.why} max={200} className="text-dim" />
        {verified === null ? null : (
          <span className="text-dim"> It last worked {ago(verified.at, now)}.</span>
        )}
      </Finding>
    );
  }
  if (verified !== null) {
    return (
      <Finding shape="full" tone="good">
        <By peerId={verified.by} /> reached it, {ago(verified.at, now)}.
      </Finding>
    );
  }
  return (
    <Finding shape="ring" tone="plain">
      <span className="text-dim">
        {scope === 'machine' ? 'Of no use to others.' : 'Nobody has tried it.'}
      </span>
    </Finding>
  );
}

const By = ({ peerId }: { peerId: NonNullable<AddressEvidence['verified']>['by'] }) =>
  peerId === null ? 'AutoNAT' : <PeerNameOf peerId={peerId} className="font-medium" />;

const Finding = ({
  shape,
  tone,
  children,
}: {
  shape: 'cross' | 'full' | 'ring';
  tone: 'bad' | 'good' | 'plain';
  children: ReactNode;
}) => (
  <span className="flex items-start gap-2">
    <span className="flex h-5 items-center">
      <Mark shape={shape} tone={tone} />
    </span>
    <span className="min-w-0 break-words">{children}</span>
  </span>
);
