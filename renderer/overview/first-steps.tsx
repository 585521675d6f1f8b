import { Copyable } from '../parts/copy.tsx';
import { Section } from '../parts/page.tsx';
import { useLive } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { addressesToGive } from '../words/addresses.ts';

/** For the first minutes: what there is to do, in the order in which it helps. */
export function FirstSteps() {
  const address = useLive((live) => addressesToGive(live.host.addresses)[0]);
  const mdns = useLive((live) => live.settings.mdns);
  const step = 'grid grid-cols-[24px_minmax(0,1fr)] gap-x-3 px-4 py-3 border-line not-last:border-b';
  const number =
    'numbers flex size-6 items-center justify-center rounded-full border border-strong-line text-sm';
  return (
    <Section title="First steps">
      <ol className="rounded-md border border-line bg-surface">
        <li className={step}>
          <span className={number}>1</span>
          <div>
            <p className="font-medium">
              <a href={href('agents', '+')}>Add an agent</a>
            </p>
            <p className="text-dim">
              A program that speaks MCP, such as a file server. Nobody can use it before you say so.
            </p>
          </div>
        </li>
        <li className={step}>
          <span className={number}>2</span>
          <div className="min-w-0">
            <p className="font-medium">Meet another machine</p>
            <p className="text-dim">
              {mdns ? 'Machines on this network appear by themselves. ' : ''}
              To others give this address, or <a href={href('network')}>connect to theirs</a>.
            </p>
            {address === undefined ? null : <Copyable text={address} what="address" />}
          </div>
        </li>
        <li className={step}>
          <span className={number}>3</span>
          <div>
            <p className="font-medium">Decide</p>
            <p className="text-dim">
              The other asks to be a contact and then calls. Both wait here until you answer.
            </p>
          </div>
        </li>
      </ol>
    </Section>
  );
}
