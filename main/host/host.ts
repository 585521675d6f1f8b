import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { allowOnce, denyOnce } from '../../shared/gate.ts';
import { ApprovalId } from '../../shared/ids.ts';
import type { AgentView } from '../../shared/agents.ts';
import type { AgentName } from '../../shared/ids.ts';
import type { Notice } from '../../shared/live.ts';
import { unknownReachability } from '../../shared/reachability.ts';
import { createAgents } from './agents/index.ts';
import { createIncoming, createOutgoing } from './calls/index.ts';
import { createComparing } from './comparing/index.ts';
import { createGate, createJudge, type Gate } from './gate/index.ts';
import { openIdentity } from './identity/index.ts';
import type { Host, HostOptions } from './index.ts';
import { createInvites, type Invites } from './invites/index.ts';
import { LiveStore } from './live/index.ts';
import { createNetwork, type Network } from './network/index.ts';
import { createPeers, rememberedTransports, type Peers } from './peers/index.ts';
import { chainSigner, openRecords } from './records/index.ts';
import { createReachability } from './reachability/index.ts';
import { createReceipts } from './receipts/index.ts';
import { createRegistry, type Registry } from './registry/index.ts';
import { createRouter } from './router.ts';
import { createRules } from './rules/index.ts';
import { Gauging } from './gauging.ts';
import { isLocalOnly } from './setting-addresses.ts';
import { SettingsInForce } from './settings-in-force.ts';
import { StopAll } from './stop-all.ts';
import { Trusting } from './trusting.ts';
import { watchWaiting } from './waiting-for-person.ts';
import type { Incoming } from './calls/index.ts';

const MAX_NOTICES = 20;

/** Builds the rooms in the order in which they need each other, and starts them. */
export async function createHost(options: HostOptions): Promise<Host> {
  await using stack = new AsyncDisposableStack();
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const run = options.environment ?? { values: {}, overrides: {} };
  const inForce = new SettingsInForce(run);
  const records = await openRecords({
    dataDir: options.dataDir,
    defaultName: options.defaultName,
    inForce: (stored) => inForce.over(stored),
  });
  stack.defer(() => records.close());
  const identity = await openIdentity(options.keyStore);
  records.signAs(chainSigner(identity));
  const atStart = inForce.over(records.settings.get());
  const settings = (): ReturnType<typeof records.settings.get> => live.settings;

  const agents = createAgents({ version: options.version }, { store: records.agents });
  stack.defer(() => agents.stop());
  const gate = createGate(
    {},
    {
      rules: records.rules,
      pins: records.pins,
      past: records.calls,
      usage: records.usage,
      budgets: () => required(above.peers).budgets(),
      settings,
      trust: (peerId) => required(above.peers).trust(peerId),
    },
  );
  stack.defer(() => gate.stop());

  // The network asks the rooms that are built on top of it.
  const above: { peers?: Peers; incoming?: Incoming; registry?: Registry; invites?: Invites } = {};
  const network: Network = createNetwork(
    {
      identity,
      userAgent: `gatehouse/${options.version}`,
      transport: atStart.transport,
      webSocketListen: atStart.webSocketListen,
      webSocketTls: atStart.webSocketTls,
      webSocketPeers: atStart.webSocketPeers,
      peerTransports: rememberedTransports(records.peers.list()),
      gatehouses: records.gatehouses.list(),
      listen: atStart.listen,
      announce: atStart.announce,
      bootstrap: atStart.bootstrap,
      mdns: atStart.mdns,
      dht: atStart.dht,
      gossip: atStart.gossip,
      relays: atStart.relays,
      stun: atStart.stun,
      // No router leads to a host that listens on this machine only.
      upnp: atStart.upnp && !isLocalOnly(atStart.listen),
      ...(options.relayServer === undefined ? {} : { relayServer: options.relayServer }),
      ownsProcess: options.ownsProcess ?? false,
    },
    {
      cards: (peerId, request) => required(above.peers).answerCards(peerId, request),
      mcp: (peerId, agent) => required(above.incoming).accept(peerId, agent),
      announcement: (text, from) => required(above.registry).announcement(text, from),
      announcements: () => required(above.registry).announcements(),
      isContact: (peerId) => ['known', 'trusted'].includes(above.peers?.trust(peerId) ?? 'unknown'),
    },
  );
  stack.defer(() => network.stop());
  const live = new LiveStore({
    host: {
      version: options.version,
      peerId: identity.peerId,
      did: identity.did,
      dawnNodeId: identity.dawnNodeId,
      startedAt: Date.now(),
      dataDir: options.dataDir,
      keyKeptBy: identity.keyKeptBy,
      addresses: [],
      transports: [],
      stoppedAt: null,
      panic: null,
      quietUntil: null,
      rulesVersion: 0,
      demo: options.demo ?? false,
      notices: [],
      relay: null,
      overrides: inForce.overrides,
    },
    gauges: Gauging.nothing(),
    settings: atStart,
    reachability: unknownReachability(Date.now()),
  });
  const peers = createPeers({
    network,
    agents,
    identity,
    store: records.peers,
    gatehouses: records.gatehouses,
    facts: records.facts,
    ownName: () => settings().name,
    budgetOf: (peerId) => gate.budgetOf(peerId),
    invites: {
      redeem: (secret, peerId) => required(above.invites).redeem(secret, peerId),
      secretFor: (peerId) => required(above.invites).secretFor(peerId),
      shown: (peerId, secret) => required(above.invites).shown(peerId, secret),
    },
  });
  above.peers = peers;
  const invites = createInvites({
    network,
    peers,
    store: records.invites,
    facts: records.facts,
    ownPeerId: identity.peerId,
    ownName: () => settings().name,
    stopped: () => stopAll.stopped,
  });
  above.invites = invites;
  const registry = createRegistry({
    network,
    peers,
    agents,
    identity,
    facts: records.facts,
    isBootstrap: (peerId) => settings().bootstrap.some((address) => address.endsWith(`/p2p/${peerId}`)),
  });
  above.registry = registry;
  const receipts = createReceipts({
    identity,
    store: records.receipts,
    nameOf: (peerId) => peers.nameOf(peerId),
    notice: (id, level, text) => notice(id, level, text),
  });
  const incoming = createIncoming({ agents, gate, peers, calls: records.calls, receipts, settings });
  above.incoming = incoming;
  const outgoing = createOutgoing({ network, calls: records.calls, gate, peers, receipts });
  const comparing = createComparing({ network, outgoing, calls: records.calls });
  const gauging = new Gauging({ live, network, calls: records.calls });
  const reachability = createReachability({
    network,
    verdicts: records.verdicts,
    stopped: () => stopAll.stopped,
  });
  const stopAll = new StopAll({ agents, gate, network, incoming, outgoing, live, facts: records.facts });

  const notice = (id: string, level: Notice['level'], text: string): void => {
    const others = live.host.notices.filter((known) => known.id !== id);
    live.updateHost({ notices: [...others, { id, level, text, at: Date.now() }].slice(-MAX_NOTICES) });
  };
  const dismiss = (id: string): void =>
    live.updateHost({ notices: live.host.notices.filter((known) => known.id !== id) });

  live.onUnsound = (of): void => {
    const what = of === 'peers' ? 'a peer' : 'how this machine can be reached';
    notice(`unsound-${of}`, 'warning', `Some news of ${what} makes no sense, and is not shown.`);
  };
  peers.on('peer', (id, value) => live.set({ of: 'peers', id, value }));
  agents.on('agent', (id, value) => live.set({ of: 'agents', id, value }));
  agents.on('agent', toolListener(gate));
  gate.on('approval', (id, value) => live.set({ of: 'approvals', id, value }));
  gate.on('review', (id, value) => live.set({ of: 'reviews', id, value }));
  gate.on('rule', (id, value) => live.set({ of: 'rules', id, value }));
  gate.on('rulesVersion', (rulesVersion) => live.updateHost({ rulesVersion }));
  gate.on('quiet', (quietUntil) => live.updateHost({ quietUntil }));
  gate.on('block', (peerId) => new Trusting({ gate, peers }).setTrust(peerId, 'blocked'));
  gate.on('budget', (peerId) => peers.spent(peerId));
  agents.on('replaced', (name) => gate.forgetAgent(name));
  for (const calls of [incoming, outgoing]) {
    calls.on('call', (value) => {
      live.set({ of: 'calls', id: String(value.id), value });
      gauging.count(value);
    });
  }
  reachability.on('change', (value) => live.set({ of: 'reachability', value }));
  registry.on('change', ({ size, at }) => gauging.seen(size, at));
  network.on('transports', () => live.updateHost({ transports: network.transports() }));
  network.on('addresses', (addresses) => live.updateHost({ addresses }));
  network.on('notice', ({ id, level, text }) => notice(id, level, text));
  records.onHealth = (problem): void => {
    if (problem === null) dismiss('records');
    else notice('records', 'error', problem);
  };

  for (const [index, text] of records.problems.entries()) notice(`unread-${index}`, 'warning', text);
  for (const [index, text] of (run.warnings ?? []).entries()) notice(`environment-${index}`, 'warning', text);
  for (const call of records.calls.page({ limit: 200 }).reverse()) {
    live.set({ of: 'calls', id: String(call.id), value: call });
  }
  gate.start();
  live.updateHost({ rulesVersion: gate.rulesVersion() });
  for (const rule of gate.rules()) live.set({ of: 'rules', id: rule.id, value: rule });
  for (const agent of agents.list()) live.set({ of: 'agents', id: agent.name, value: agent });
  await stopAll.restore();
  await network.start();
  live.updateHost({ addresses: network.addresses(), transports: network.transports() });
  stack.defer(() => peers.stop());
  peers.start();
  stack.defer(() => reachability.stop());
  reachability.start();
  stack.defer(() => registry.stop());
  registry.start();
  // After the streams, each of which signs what is left.
  stack.defer(() => receipts.stop());
  stack.defer(() => incoming.stop());
  stack.defer(() => outgoing.stop());
  stack.defer(() => comparing.stop());
  stack.defer(() => live.stop());
  stack.defer(() => gauging.stop());
  gauging.start();
  if (!stopAll.stopped) await agents.start();

  const router = createRouter({
    live,
    records,
    inForce,
    network,
    peers,
    invites,
    registry,
    reachability,
    agents,
    gate,
    rules: createRules({
      gate,
      store: records.rules,
      calls: records.calls,
      pins: records.pins,
      facts: records.facts,
      peers,
      agents,
      judgeOf: createJudge,
      home: homedir(),
    }),
    outgoing,
    receipts,
    comparing,
    stopAll,
    notice,
    dismiss,
  });
  const running = stack.move();
  let stopping: Promise<void> | undefined;
  return {
    router,
    peerId: identity.peerId,
    addresses: () => network.addresses(),
    watchWaiting: (listener) => watchWaiting({ gate, peers }, listener),
    answer: (id, digest, answer) =>
      gate.answer(
        ApprovalId.parse(id),
        digest,
        answer === 'allow' ? allowOnce : denyOnce,
        settings().undoSeconds * 1000,
      ),
    woke: () => network.networkChanged(true),
    stop: () => (stopping ??= running.disposeAsync()),
  };
}

/** Tells the gate of an agent's tools whenever they are others than before. */
function toolListener(gate: Gate): (name: AgentName, view: AgentView | null) => void {
  const known = new Map<AgentName, AgentView['tools']>();
  return (name, view) => {
    if (view === null) known.delete(name);
    if (view === null || view.tools.length === 0 || known.get(name) === view.tools) return;
    known.set(name, view.tools);
    gate.toolsListed(name, new Map(view.tools.map(({ name: tool, pin }) => [tool, pin])));
  };
}

/** Where a host keeps its database and its key file. */
export const keyFileIn = (dataDir: string): string => join(dataDir, 'identity.key');

function required<T>(room: T | undefined): T {
  if (room === undefined) throw new Error('The host is not built yet.');
  return room;
}
