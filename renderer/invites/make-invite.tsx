import { useRef, useState } from 'react';
import type { NewInvite } from '../../shared/invites.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Field, Select } from '../parts/field.tsx';
import { Problem } from '../parts/problem.tsx';
import { useAction } from '../parts/use-action.ts';
import { useHost, useIsLive } from '../state/hooks.ts';
import { InviteList } from './invite-list.tsx';
import { InviteShown } from './invite-shown.tsx';
import { TrustChoice, type ContactTrust } from './trust-choice.tsx';

const HOURS: readonly (readonly [number, string])[] = [
  [1, '1 hour'],
  [24, '1 day'],
  [168, '1 week'],
  [720, '30 days'],
];

/** Makes an invite, shows it once, and lists those that are about. */
export function MakeInvite({ onClose }: { onClose: () => void }) {
  const [hours, setHours] = useState(24);
  const [trust, setTrust] = useState<ContactTrust>('known');
  const [made, setMade] = useState<NewInvite | null>(null);
  const first = useRef<HTMLSelectElement>(null);
  const host = useHost();
  const isLive = useIsLive();
  const make = useAction(async () => {
    setMade(await host((client) => client.invites.create({ hours, trust })));
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={made === null ? 'Invite' : 'Your invite'}
      width={640}
      initialFocus={first}
    >
      {made === null ? (
        <div className="flex flex-col gap-6">
          <form
            className="flex flex-col gap-4"
            onSubmit={(event) => {
              event.preventDefault();
              make.run();
            }}
          >
            <p className="text-dim">
              An invite is a text and a QR code. It says where this machine is and how to reach it. Whoever
              uses it first becomes your contact; then it is used up.
            </p>
            <Field label="It can be used for">
              {(control) => (
                <Select
                  {...control}
                  ref={first}
                  className="!w-48"
                  value={hours}
                  onChange={(event) => setHours(Number(event.target.value))}
                >
                  {HOURS.map(([value, label]) => (
                    <option key={value} value={value}>
                      {label}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
            <TrustChoice legend="Whoever uses it becomes" value={trust} onChange={setTrust} />
            <Problem text={make.error} />
            <div className="flex justify-end gap-2">
              <Button onClick={onClose}>Cancel</Button>
              <Button type="submit" kind="primary" disabled={!isLive || make.busy}>
                {make.busy ? 'Making…' : 'Make an invite'}
              </Button>
            </div>
          </form>
          <InviteList />
        </div>
      ) : (
        <InviteShown made={made} trust={trust} onAnother={() => setMade(null)} onClose={onClose} />
      )}
    </Dialog>
  );
}
