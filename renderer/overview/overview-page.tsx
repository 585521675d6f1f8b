import { useMemo } from 'react';
import type { AgentView } from '../../shared/agents.ts';
import type { LiveState } from '../../shared/live.ts';
import { PATHS_BEST_FIRST } from '../words/sentences.ts';
import { waitingNow } from '../approvals/waiting-now.ts';
import { Outcome, Arrow } from '../calls/call-row.tsx';
import { Hostile } from '../parts/hostile.tsx';
import { AgentStateMark, PathMark } from '../parts/marks.tsx';
import { Card, PageHead, Section } from '../parts/page.tsx';
import { PeerNameOf } from '../parts/peer-name.tsx';
import { useLive, useSorted } from '../state/hooks.ts';
import { href } from '../state/route.ts';
import { useNow } from '../state/use-now.ts';
import { ago, bytes, duration, plural, rate, time, whole } from '../words/format.ts';
import { FirstSteps } from './first-steps.tsx';
import { Notices } from './notices.tsx';
import { Reached } from './reached.tsx';
import { Waiting } from './waiting.tsx';

const RECENT = 8;

export function OverviewPage() {
  const fresh = useLive(isFresh);
  const name = useLive((live) => live.settings.name);
  return (
    <>
      <PageHead title="Overview" note={name} />
      <div className="min-h-0 flex-1 overflow-y-auto px-4 pb-8 mid:px-5">
        <div className="flex max-w-260 flex-col gap-6">
          <Headline />
          <Reached />
          <Notices />
          <Waiting />
          {fresh ? <FirstSteps /> : null}
          <Figures />
          <div className="grid gap-6 wide:grid-cols-2">
            <AgentsBox />
            <PathsBox />
          </div>
          <RecentCalls />
        </div>
      </div>
    </>
  );
}

/** Until a first call is on record, or where there is still neither an agent nor a contact. */
const isFresh = ({ agents, peers, gauges }: LiveState): boolean =>
  gauges.callsTotal === 0 ||
  (Object.keys(agents).length === 0 && !Object.values(peers).some((peer) => peer.contactSince !== null));

/** One plain sentence and one big number. */
function Headline() {
  const { calls, answers, requests, unconfirmed, stopped } = useLive(counts);
  const all = calls + answers + requests + unconfirmed;
  if (stopped) return <p className="text-xl font-semibold">Everything is stopped.</p>;
  if (all === 0) return <p className="text-xl font-semibold">Nothing waits for you.</p>;
  const parts = [
    calls > 0 ? (
      <a key="c" href={href('approvals')}>
        {plural(calls, 'call')}
      </a>
    ) : null,
    answers > 0 ? (
      <a key="a" href={href('approvals')}>
        {plural(answers, 'answer')} to review
      </a>
    ) : null,
    requests > 0 ? (
      <a key="r" href={href('peers')}>
        {plural(requests, 'contact request')}
      </a>
    ) : null,
    unconfirmed > 0 ? (
      <a key="u" href={href('agents')}>
        {plural(unconfirmed, 'new agent')}
      </a>
    ) : null,
  ].filter((part) => part !== null);
  return (
    <p className="flex items-baseline gap-3">
      <span className="numbers text-2xl font-semibold text-wait">{all}</span>
      <span className="text-lg">
        {all === 1 ? 'waits' : 'wait'} for you:{' '}
        {parts.map((part, index) => (
          <span key={part.key}>
            {index === 0 ? '' : ', '}
            {part}
          </span>
        ))}
      </span>
    </p>
  );
}

const counts = (live: LiveState) => ({
  calls: waitingNow({ approvals: live.approvals, reviews: {} }).length,
  answers: Object.keys(live.reviews).length,
  requests: Object.values(live.peers).filter((peer) => peer.request !== null && peer.trust === 'unknown')
    .length,
  unconfirmed: Object.values(live.agents).filter((agent) => agent.state === 'unconfirmed').length,
  stopped: live.host.stoppedAt !== null,
});

function Figures() {
  const gauges = useLive((live) => live.gauges);
  const startedAt = useLive((live) => live.host.startedAt);
  const now = useNow(30_000);
  const figures: readonly [string, string][] = [
    ['Peers connected', whole(gauges.peersConnected)],
    ['Calls a second', rate(gauges.callsPerSecond)],
    ['Median time', gauges.p50Ms === null ? 'no calls' : duration(gauges.p50Ms)],
    ['Calls on record', whole(gauges.callsTotal)],
    ['Received', bytes(gauges.bytesIn)],
    ['Sent', bytes(gauges.bytesOut)],
  ];
  return (
    <Section title="Now" note={`started ${ago(startedAt, now)}`}>
      <dl className="grid grid-cols-2 overflow-hidden rounded-md border border-line bg-line gap-px mid:grid-cols-3 wide:grid-cols-6">
        {figures.map(([name, value]) => (
          <div key={name} className="flex flex-col-reverse justify-end bg-surface px-4 py-3">
            <dt className="text-sm text-dim">{name}</dt>
            <dd className="numbers text-xl font-semibold">{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

function AgentsBox() {
  const agents = useLive((live) => live.agents);
  const list = useSorted(agents, byName);
  if (list.length === 0) return null;
  return (
    <Section title="Agents" action={<a href={href('agents')}>All</a>}>
      <Card>
        <ul>
          {list.slice(0, 6).map((agent) => (
            <li key={agent.name} className="border-line not-last:border-b">
              <a
                href={href('agents', agent.name)}
                className="flex items-center gap-3 px-3 py-2 text-text! no-underline! hover:bg-hover"
              >
                <span className="min-w-0 flex-1 truncate font-medium">{agent.name}</span>
                <span className="numbers text-sm text-dim max-mid:hidden">
                  {agent.tools.length === 0 ? '' : plural(agent.tools.length, 'tool')}
                </span>
                <span className="w-34">
                  <AgentStateMark state={agent.state} />
                </span>
              </a>
            </li>
          ))}
        </ul>
      </Card>
    </Section>
  );
}
const byName = (a: AgentView, b: AgentView): number => a.name.localeCompare(b.name);

function PathsBox() {
  const peers = useLive((live) => live.peers);
  const rows = useMemo(() => {
    const links = Object.values(peers).flatMap((peer) => peer.links.slice(0, 1));
    return PATHS_BEST_FIRST.map((path) => {
      const times = links
        .filter((link) => link.path === path)
        .flatMap((link) => (link.rttMs === null ? [] : [link.rttMs]))
        .toSorted((a, b) => a - b);
      return {
        path,
        count: links.filter((link) => link.path === path).length,
        median: times[Math.floor(times.length / 2)] ?? null,
      };
    });
  }, [peers]);
  if (Object.keys(peers).length === 0) return null;
  return (
    <Section title="How peers are reached" action={<a href={href('peers')}>Graph</a>}>
      <Card>
        <ul className="numbers">
          {rows.map(({ path, count, median }) => (
            <li
              key={path}
              className={`flex items-center gap-3 border-line px-3 py-2 not-last:border-b ${count === 0 ? 'text-dim' : ''}`}
            >
              <span className="flex-1">
                <PathMark path={path} />
              </span>
              <span className="text-sm text-dim">{median === null ? '' : duration(median)}</span>
              <span className="w-20 text-right">{count === 0 ? 'none' : plural(count, 'peer')}</span>
            </li>
          ))}
        </ul>
      </Card>
    </Section>
  );
}

function RecentCalls() {
  const calls = useLive((live) => live.calls);
  const recent = useMemo(
    () =>
      Object.values(calls)
        .toSorted((a, b) => b.id - a.id)
        .slice(0, RECENT),
    [calls],
  );
  if (recent.length === 0) return null;
  return (
    <Section title="Last calls" action={<a href={href('calls')}>All</a>}>
      <Card>
        <ul className="numbers">
          {recent.map((call) => (
            <li key={call.id} className="border-line not-last:border-b">
              <a
                href={href('calls', call.id.toString())}
                className="flex items-center gap-3 px-3 py-1.5 text-text! no-underline! hover:bg-hover"
              >
                <span className="text-dim max-mid:hidden">{time(call.at)}</span>
                <Arrow direction={call.direction} />
                <PeerNameOf peerId={call.peerId} className="w-44 max-mid:w-24" />
                <span className="min-w-0 flex-1 truncate">
                  <span className="text-dim max-mid:hidden">
                    <Hostile text={call.agent} max={40} /> ▸{' '}
                  </span>
                  <Hostile text={call.tool} max={80} />
                </span>
                <span className="shrink-0 wide:w-56">
                  <Outcome call={call} />
                </span>
              </a>
            </li>
          ))}
        </ul>
      </Card>
    </Section>
  );
}
