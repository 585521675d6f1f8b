import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { Copyable } from '../parts/copy.tsx';
import { Section } from '../parts/page.tsx';
import { useLive } from '../state/hooks.ts';
import { href, MAKE_INVITE, USE_INVITE } from '../state/route.ts';
import { addressesToGive } from '../words/addresses.ts';

/** For the first minutes: what there is to do, in the order in which it helps, and what is done already. */
export function FirstSteps() {
  const { address, mdns, agents, unconfirmed, contacts } = useLive((live) => ({
    address: addressesToGive(live.host.addresses)[0],
    mdns: live.settings.mdns,
    agents: Object.keys(live.agents).length,
    unconfirmed: Object.values(live.agents).find((agent) => agent.state === 'unconfirmed')?.name,
    contacts: Object.values(live.peers).filter((peer) => peer.contactSince !== null).length,
  }));
  return (
    <Section title="First steps">
      <ol className="rounded-md border border-line bg-surface">
        <Step number={1} done={agents > 0 && unconfirmed === undefined}>
          <p className="font-medium">
            <a href={href('agents', '+')}>Add an agent</a>
          </p>
          <p className="text-dim">
            {unconfirmed === undefined ? (
              'A program that speaks MCP, such as a file server. Nobody can use it before you say so.'
            ) : (
              <>
                It does not start before you have read its command.{' '}
                <a href={href('agents', unconfirmed)}>Confirm {unconfirmed}</a>.
              </>
            )}
          </p>
        </Step>
        <Step number={2} done={contacts > 0}>
          <p className="font-medium">Meet another machine</p>
          <p className="text-dim">
            {mdns ? (
              <>
                Machines on this network that run Gatehouse appear under <a href={href('peers')}>Peers</a> by
                themselves.{' '}
              </>
            ) : null}
            To others <a href={href('peers', MAKE_INVITE)}>give an invite</a>, or{' '}
            <a href={href('peers', USE_INVITE)}>use one of theirs</a>. By address it works too: give this one,
            or <a href={href('network')}>connect to theirs</a>, and accept each other.
          </p>
          {address === undefined || contacts > 0 ? null : <Copyable text={address} what="address" />}
        </Step>
        <Step number={3} done={false}>
          <p className="font-medium">Decide</p>
          <p className="text-dim">
            When a contact calls your agent, the call waits under <a href={href('approvals')}>Approvals</a>{' '}
            until you answer. To call one of theirs, pick the contact under <a href={href('peers')}>Peers</a>.
          </p>
        </Step>
      </ol>
    </Section>
  );
}

function Step({ number, done, children }: { number: number; done: boolean; children: ReactNode }) {
  return (
    <li className="grid grid-cols-[24px_minmax(0,1fr)] gap-x-3 border-line px-4 py-3 not-last:border-b">
      <span
        className={`numbers flex size-6 items-center justify-center rounded-full border text-sm ${
          done ? 'border-good text-good' : 'border-strong-line'
        }`}
      >
        {done ? <Check size={14} role="img" aria-label="Done" /> : number}
      </span>
      <div className="min-w-0">{children}</div>
    </li>
  );
}
