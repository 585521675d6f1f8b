import type { LiveState } from '../../shared/live.ts';
import type { HostClient } from '../connection/index.ts';
import type { Page } from '../../shared/pages.ts';
import { go, MAKE_INVITE, USE_INVITE } from '../state/route.ts';
import { quietSpans } from '../frame/quiet-spans.ts';
import { STOP_KEYS } from '../frame/stop-key.ts';
import { SEEN } from '../agents/places.ts';
import { MIGRATION } from '../network/places.ts';
import { NEW_RULE, TRY } from '../rules/places.ts';
import { comparePeers, peerLabel } from '../words/peer-names.ts';
import { agentStateWords, peerStateWords } from '../words/sentences.ts';

export interface PaletteItem {
  readonly value: string;
  readonly label: string;
  readonly note: string;
  readonly perform: () => void;
}

export interface PaletteGroup {
  readonly value: string;
  readonly items: readonly PaletteItem[];
}

interface Means {
  host: <T>(request: (client: HostClient) => Promise<T>) => Promise<T>;
  attempt: (what: string, request: () => Promise<unknown>) => void;
  /** Asks, as the button does. */
  stopAll: () => void;
}

const pages: readonly [Page, string][] = [
  ['overview', 'Overview'],
  ['peers', 'Peers'],
  ['agents', 'Agents'],
  ['approvals', 'Approvals'],
  ['calls', 'Calls'],
  ['network', 'Network'],
  ['compare', 'Compare'],
  ['rules', 'Rules'],
  ['settings', 'Settings'],
];

/** All that can be found or done, in groups. What changes who gets in is not here: that needs its own page. */
export function paletteGroups(
  live: Pick<LiveState, 'peers' | 'agents'> & { stopped: boolean; quietUntil: number | null },
  { host, attempt, stopAll }: Means,
): readonly PaletteGroup[] {
  const agents = Object.values(live.agents);
  const actions: PaletteItem[] = [
    { value: 'do-add', label: 'Add an agent', note: 'action', perform: () => go('agents', '+') },
    { value: 'do-dial', label: 'Connect to an address', note: 'action', perform: () => go('network') },
    {
      value: 'do-test',
      label: 'Test how this machine is reached',
      note: 'action',
      perform: () => {
        go('network');
        attempt('Could not test', () => host((client) => client.reachability.test()));
      },
    },
    { value: 'do-invite', label: 'Make an invite', note: 'action', perform: () => go('peers', MAKE_INVITE) },
    { value: 'do-rule', label: 'Make a rule', note: 'action', perform: () => go('rules', NEW_RULE) },
    {
      value: 'do-what-if',
      label: 'Try a call against the rules',
      note: 'action',
      perform: () => go('rules', TRY),
    },
    {
      value: 'do-use-invite',
      label: 'Use an invite',
      note: 'action',
      perform: () => go('peers', USE_INVITE),
    },
    {
      value: 'do-migration',
      label: 'See who depends on WebSocket',
      note: 'action',
      perform: () => go('network', MIGRATION),
    },
    {
      value: 'do-seen',
      label: 'Find agents on the network',
      note: 'action',
      perform: () => go('agents', SEEN),
    },
  ];
  if (live.stopped) {
    actions.push({
      value: 'do-resume',
      label: 'Resume after Stop all',
      note: 'action',
      perform: () => attempt('Could not resume', () => host((client) => client.host.resume())),
    });
  } else {
    actions.unshift({ value: 'do-stop-all', label: 'Stop all', note: STOP_KEYS, perform: stopAll });
  }
  for (const { label, until } of quietSpans(live.quietUntil !== null)) {
    actions.push({
      value: `do-quiet-${label}`,
      label: until === null ? 'Do not disturb: off' : `Do not disturb: ${label}`,
      note: 'action',
      perform: () =>
        attempt('Could not change it', () =>
          host((client) => client.settings.set({ doNotDisturbUntil: until?.(new Date()) ?? null })),
        ),
    });
  }
  for (const agent of agents) {
    const { name } = agent;
    if (agent.state === 'running') {
      actions.push({
        value: `do-stop-${name}`,
        label: `Stop ${name}`,
        note: 'agent',
        perform: () =>
          attempt(`Could not stop ${name}`, () => host((client) => client.agents.stop({ name }))),
      });
    } else if (!live.stopped && (agent.state === 'stopped' || agent.state === 'crashed')) {
      actions.push({
        value: `do-start-${name}`,
        label: `Start ${name}`,
        note: 'agent',
        perform: () =>
          attempt(`Could not start ${name}`, () => host((client) => client.agents.start({ name }))),
      });
    }
  }
  return [
    {
      value: 'Pages',
      items: pages.map(([page, label]) => ({
        value: `page-${page}`,
        label,
        note: 'page',
        perform: () => go(page),
      })),
    },
    { value: 'Actions', items: actions },
    {
      value: 'Agents',
      items: agents.map(({ name, state }) => ({
        value: `agent-${name}`,
        label: name,
        note: agentStateWords[state],
        perform: () => go('agents', name),
      })),
    },
    {
      value: 'Peers',
      items: Object.values(live.peers)
        .toSorted(comparePeers)
        .map((peer) => ({
          value: `peer-${peer.peerId}`,
          label: peerLabel(peer, peer.peerId),
          note: `${peer.trust}, ${peerStateWords(peer)}`,
          perform: () => go('peers', peer.peerId),
        })),
    },
  ].filter((group) => group.items.length > 0);
}
