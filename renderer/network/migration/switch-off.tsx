import { Lock as LockIcon } from 'lucide-react';
import { useState } from 'react';
import type { Breakage, Migration } from '../../../shared/migration.ts';
import type { TransportChoice } from '../../../shared/transports.ts';
import { useUndo } from '../../frame/toasts.tsx';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { Hostile } from '../../parts/hostile.tsx';
import { PeerNameOf } from '../../parts/peer-name.tsx';
import { Problem } from '../../parts/problem.tsx';
import { useAction } from '../../parts/use-action.ts';
import { useLock } from '../../settings/setting.ts';
import { useHost, useLive } from '../../state/hooks.ts';
import { carriersOf } from '../../words/transports.ts';

const SHOWN = 6;

/** One button, and a way back. Where something would break it is said first. */
export function SwitchOff({ migration }: { migration: Migration }) {
  const before = useLive((live) => live.settings.transport);
  const lock = useLock('transport');
  const host = useHost();
  const undoable = useUndo();
  const [asking, setAsking] = useState(false);
  const [undoError, setUndoError] = useState<string | null>(null);
  const set = (transport: TransportChoice) => host((client) => client.settings.set({ transport }));
  const switchOff = async () => {
    await set('libp2p');
    setUndoError(null);
    undoable({
      title: 'WebSocket is switched off',
      description: 'Calls under way over it end first. Contacts, agents and rules stay.',
      undo: () => {
        set(before).catch(() => setUndoError(`Could not go back to ${carriersOf(before)}. Settings can.`));
      },
    });
  };
  const now = useAction(switchOff);
  const on = useAction(() => set('both'));
  const { verdict, breaks } = migration;
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-3">
        {verdict === 'off' ? (
          breaks.length === 0 ? null : (
            <Button disabled={lock.disabled || on.busy} onClick={on.run}>
              Switch WebSocket on
            </Button>
          )
        ) : verdict === 'safe' ? (
          <Button kind="primary" disabled={lock.disabled || now.busy} onClick={now.run}>
            Switch off WebSocket
          </Button>
        ) : (
          <Button disabled={lock.disabled} onClick={() => setAsking(true)}>
            Switch off WebSocket…
          </Button>
        )}
        {lock.by === null ? null : (
          <p className="flex items-center gap-1.5 text-sm">
            <LockIcon size={12} aria-hidden className="shrink-0" />
            {lock.by}
          </p>
        )}
      </div>
      <Problem text={now.error ?? on.error ?? undoError} />
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title="Switch off WebSocket?"
        verb="Switch off WebSocket"
        onConfirm={switchOff}
      >
        <div className="flex flex-col gap-2">
          {breaks.length === 0 ? (
            <p>{migration.sentence}</p>
          ) : (
            <>
              <p>This would stop working:</p>
              <Breakages breaks={breaks.slice(0, SHOWN)} />
              {breaks.length > SHOWN ? <p>And {(breaks.length - SHOWN).toString()} more.</p> : null}
            </>
          )}
          <p>Calls under way end first. It can be undone, here and in Settings.</p>
        </div>
      </Confirm>
    </div>
  );
}

export const Breakages = ({ breaks }: { breaks: readonly Breakage[] }) => (
  <ul className="flex list-disc flex-col gap-1 pl-5">
    {breaks.map(({ peerId, sentence }, index) => (
      <li key={index} className="break-words">
        {peerId === null ? null : (
          <>
            <PeerNameOf peerId={peerId} className="font-medium text-text" />
            {': '}
          </>
        )}
        <Hostile text={sentence} max={400} />
      </li>
    ))}
  </ul>
);
