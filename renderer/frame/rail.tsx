import {
  Bot,
  ChartNoAxesColumn,
  Gauge,
  ListTree,
  Network,
  Scale,
  Settings,
  ShieldQuestion,
  Waypoints,
  type LucideIcon,
} from 'lucide-react';
import { WaitCount } from '../parts/marks.tsx';
import { useLive } from '../state/hooks.ts';
import type { Page } from '../../shared/pages.ts';
import { href } from '../state/route.ts';
import { plural, whole } from '../words/format.ts';
import { waitingNow } from '../approvals/waiting-now.ts';
import { Logo } from './logo.tsx';

interface Entry {
  page: Page;
  label: string;
  icon: LucideIcon;
}

const upper: readonly Entry[] = [
  { page: 'overview', label: 'Overview', icon: Gauge },
  { page: 'peers', label: 'Peers', icon: Waypoints },
  { page: 'agents', label: 'Agents', icon: Bot },
  { page: 'approvals', label: 'Approvals', icon: ShieldQuestion },
  { page: 'calls', label: 'Calls', icon: ListTree },
  { page: 'network', label: 'Network', icon: Network },
  { page: 'compare', label: 'Compare', icon: ChartNoAxesColumn },
];
const lower: readonly Entry[] = [
  { page: 'rules', label: 'Rules', icon: Scale },
  { page: 'settings', label: 'Settings', icon: Settings },
];

/** Words and counts; icons under 1100 px; a bar at the bottom under 600 px. */
export function Rail({ page }: { page: Page }) {
  const counts = useLive((live) => ({
    peers: Object.keys(live.peers).length,
    requests: Object.values(live.peers).filter((peer) => peer.request !== null && peer.trust === 'unknown')
      .length,
    agents: Object.keys(live.agents).length,
    approvals: waitingNow(live).length,
    unconfirmed: Object.values(live.agents).filter((agent) => agent.state === 'unconfirmed').length,
  }));
  const amount: Partial<Record<Page, number>> = { peers: counts.peers, agents: counts.agents };
  const waiting: Partial<Record<Page, { count: number; label: string }>> = {
    peers: { count: counts.requests, label: `${plural(counts.requests, 'contact request')} waiting for you` },
    approvals: { count: counts.approvals, label: `${plural(counts.approvals, 'question')} waiting for you` },
    agents: { count: counts.unconfirmed, label: `${plural(counts.unconfirmed, 'agent')} to be confirmed` },
  };
  const row = (entry: Entry) => (
    <RailRow
      key={entry.page}
      entry={entry}
      current={entry.page === page}
      amount={amount[entry.page]}
      waiting={waiting[entry.page]}
    />
  );
  return (
    <nav
      aria-label="Pages"
      className="flex shrink-0 border-line bg-sunken max-mid:border-t mid:w-14 mid:flex-col mid:border-r wide:w-46"
    >
      <div className="flex h-11 items-center gap-2 px-4.5 font-semibold max-mid:hidden wide:px-4">
        <Logo />
        <span className="max-wide:sr-only">Gatehouse</span>
      </div>
      <ul className="flex flex-auto mid:flex-none mid:flex-col mid:gap-0.5 mid:px-2 mid:pt-1">
        {upper.map(row)}
      </ul>
      <div className="mx-4 my-2 border-t border-line max-mid:hidden" aria-hidden />
      <ul className="flex flex-auto mid:flex-none mid:flex-col mid:gap-0.5 mid:px-2">{lower.map(row)}</ul>
    </nav>
  );
}

function RailRow({
  entry,
  current,
  amount,
  waiting,
}: {
  entry: Entry;
  current: boolean;
  amount: number | undefined;
  waiting: { count: number; label: string } | undefined;
}) {
  const Icon = entry.icon;
  const waits = waiting !== undefined && waiting.count > 0;
  return (
    <li className="min-w-0 flex-auto mid:flex-none">
      <a
        href={href(entry.page)}
        title={entry.label}
        aria-current={current ? 'page' : undefined}
        className={`relative flex h-14 items-center mid:min-w-0 gap-1 overflow-hidden mid:overflow-visible mid:rounded-md font-medium text-dim !no-underline max-mid:flex-col max-mid:justify-center mid:h-9 mid:justify-center wide:h-8 wide:justify-start wide:gap-2.5 wide:px-2 hover:bg-hover hover:text-text ${
          current ? '!bg-accent-ground !text-accent' : ''
        }`}
      >
        <Icon size={17} aria-hidden strokeWidth={1.75} className="shrink-0" />
        <span className="max-mid:text-[10px] max-mid:tracking-tight max-[380px]:sr-only mid:max-wide:sr-only">
          {entry.label}
        </span>
        <span className="numbers flex items-center gap-1.5 text-sm font-normal max-wide:absolute max-wide:top-0.5 max-wide:right-0.5 mid:max-wide:-top-0.5 mid:max-wide:-right-1.5 wide:ml-auto">
          {amount === undefined || amount === 0 ? null : (
            <span className="max-wide:hidden">{whole(amount)}</span>
          )}
          {waits ? <WaitCount count={waiting.count} label={waiting.label} /> : null}
        </span>
      </a>
    </li>
  );
}
