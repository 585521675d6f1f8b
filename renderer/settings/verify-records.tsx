import { CircleCheck, CircleX } from 'lucide-react';
import { useState } from 'react';
import type { ChainCheck } from '../../shared/receipts.ts';
import { Button } from '../parts/button.tsx';
import { Hostile } from '../parts/hostile.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost, useIsLive } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { date, plural, whole } from '../words/format.ts';

/** Every change of the records is an entry of a chain; whoever changes one from outside breaks it. */
export function VerifyRecords() {
  const [check, setCheck] = useState<ChainCheck | null>(null);
  const host = useHost();
  const isLive = useIsLive();
  const verify = useAction(async () => {
    setCheck(null);
    setCheck(await host((client) => client.records.verify()));
  });
  return (
    <div className="flex flex-col gap-2">
      <div>
        <p className="font-medium">Are they still what was written?</p>
        <p className="text-sm text-dim">
          The records are a chain of hashes, signed by this installation. A call that was removed, changed or
          put elsewhere from outside is found.
        </p>
      </div>
      <Button className="self-start" disabled={verify.busy || !isLive} onClick={verify.run}>
        {verify.busy ? 'Verifying…' : 'Verify the records'}
      </Button>
      <div role="status" aria-label="What verifying found">
        {verify.busy ? (
          <p className="text-dim">Reading the chain from its first entry. Calls go on meanwhile.</p>
        ) : check === null ? null : (
          <Found check={check} />
        )}
      </div>
      <Problem text={verify.error} />
    </div>
  );
}

function Found({ check }: { check: ChainCheck }) {
  const { ok, entries, calls, deleted, problems, signedUntil } = check;
  return (
    <div className="numbers flex flex-col gap-2 rounded-md border border-line bg-sunken p-3">
      <p className={`flex items-center gap-1.5 font-semibold ${ok ? 'text-good' : 'text-bad'}`}>
        {ok ? <CircleCheck size={15} aria-hidden /> : <CircleX size={15} aria-hidden />}
        {ok
          ? 'The records are sound.'
          : `The records are not what was written: ${plural(problems.length, 'finding')}${problems.length === 100 ? ' or more' : ''}.`}
      </p>
      <p className="text-dim">
        {whole(entries)} entries over {plural(calls, 'call')}
        {deleted === 0 ? '' : `, ${whole(deleted)} deleted by age or size`}.{' '}
        {signedUntil === null ? 'Not signed yet.' : `Signed until ${date(signedUntil)}.`}
      </p>
      {problems.length === 0 ? null : (
        <ul className="flex max-h-72 flex-col gap-1 overflow-y-auto" tabIndex={0} aria-label="Findings">
          {problems.map(({ kind, entry, callId, text }, index) => (
            <li key={index} className="break-words">
              <span className="font-medium text-bad">{kindWords[kind]}</span>
              <span className="text-dim">
                {entry === null ? '' : `, entry ${whole(entry)}`}
                {callId === null ? '' : ', '}
              </span>
              {callId === null ? null : <a href={href('calls', callId.toString())}>call {whole(callId)}</a>}:{' '}
              <Hostile text={text} max={400} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

const kindWords: Record<ChainCheck['problems'][number]['kind'], string> = {
  removed: 'Removed',
  changed: 'Changed',
  reordered: 'Put elsewhere',
  added: 'Added',
  'bad-signature': 'Signature does not fit',
  'cut-off': 'Cut off',
  unreadable: 'Unreadable',
};
