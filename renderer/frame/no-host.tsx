import { useEffect, useState } from 'react';
import type { LinkState } from '../state/session.ts';
import { useSession } from '../state/hooks.ts';
import { useNow } from '../state/use-now.ts';
import { clock } from '../words/format.ts';
import { Button } from '../parts/button.tsx';
import { Logo } from './logo.tsx';

const QUIET_MS = 400;

/** Before the first snapshot. Says nothing for a moment, since it usually takes less. */
export function Connecting({ link }: { link: LinkState }) {
  const [quiet, setQuiet] = useState(true);
  useEffect(() => {
    const timer = setTimeout(() => setQuiet(false), QUIET_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <main className="flex h-full flex-col items-center justify-center gap-3 p-6 text-center">
      <Logo size={32} />
      {link.state === 'lost' ? (
        <LostBeforeStart link={link} />
      ) : (
        <p role="status" className="min-h-5 text-dim">
          {quiet ? '' : 'Connecting to the host…'}
        </p>
      )}
    </main>
  );
}

function LostBeforeStart({ link }: { link: LinkState & { state: 'lost' } }) {
  const session = useSession();
  const now = useNow(500);
  return (
    <>
      <h1 className="text-lg font-semibold">The host does not answer</h1>
      <p className="max-w-100 text-dim">
        {link.reason} Nothing is shown until it does. Check that Gatehouse runs; the next try is in{' '}
        <span className="numbers">{clock(link.retryAt - now)}</span>.
      </p>
      <Button onClick={() => session.retryNow()}>Try now</Button>
    </>
  );
}

export function Refused() {
  return (
    <main className="flex h-full flex-col items-center justify-center gap-3 p-6 text-center">
      <Logo size={32} />
      <h1 className="text-lg font-semibold">This page is not signed in</h1>
      <p className="max-w-100 text-dim">
        The host runs and does not know this tab. Open the whole address that{' '}
        <code className="font-mono">gatehouse serve</code> printed; it carries the token that signs you in.
      </p>
    </main>
  );
}
