import { implement, ORPCError } from '@orpc/server';
import { contract, type HostErrorCode } from '../../shared/contract.ts';
import type { Notice } from '../../shared/live.ts';
import type { SettingKey, Settings, SettingsChange } from '../../shared/settings.ts';
import type { Agents } from './agents/index.ts';
import { AgentError } from './agents/index.ts';
import { CallError, type Outgoing } from './calls/index.ts';
import { CompareError, type Comparing } from './comparing/index.ts';
import { answerMany } from './answer-many.ts';
import { exportCalls } from './exporting/index.ts';
import { GateError, type Gate } from './gate/index.ts';
import { InviteError, type Invites } from './invites/index.ts';
import type { LiveStore } from './live/index.ts';
import { NetworkError, readCertificate, type Network } from './network/index.ts';
import { PeersError, type Peers } from './peers/index.ts';
import { RecordsError, type Records } from './records/index.ts';
import type { ReachabilityRoom } from './reachability/index.ts';
import type { Receipts } from './receipts/index.ts';
import type { Registry } from './registry/index.ts';
import { RulesError, type Rules } from './rules/index.ts';
import { SettingsError, type SettingsInForce } from './settings-in-force.ts';
import type { StopAll } from './stop-all.ts';
import { switchTransport } from './switching-transport.ts';
import { Trusting } from './trusting.ts';

export interface RouterModules {
  readonly live: LiveStore;
  readonly records: Records;
  readonly inForce: SettingsInForce;
  readonly invites: Invites;
  readonly network: Network;
  readonly peers: Peers;
  readonly registry: Registry;
  readonly reachability: ReachabilityRoom;
  readonly agents: Agents;
  readonly gate: Gate;
  readonly rules: Rules;
  readonly outgoing: Outgoing;
  readonly receipts: Receipts;
  readonly comparing: Comparing;
  readonly stopAll: StopAll;
  readonly notice: (id: string, level: Notice['level'], text: string) => void;
  readonly dismiss: (noticeId: string) => void;
}

const DIAL_TIMEOUT_MS = 30_000;
/** Calls that wait for an answer at once, over all windows and command lines. */
const MAX_TICKETS = 4096;

/** The contract, implemented by the rooms. Every error leaves as a code and a sentence. */
export function createRouter(modules: RouterModules) {
  const {
    live,
    records,
    inForce,
    invites,
    network,
    peers,
    registry,
    reachability,
    agents,
    gate,
    rules,
    outgoing,
    receipts,
    comparing,
    stopAll,
  } = modules;
  const tickets = new Map<string, AbortController>();
  const os = implement(contract).use(async ({ next }) => {
    try {
      return await next();
    } catch (error) {
      throw forThePerson(error);
    }
  });
  const trusting = new Trusting(modules);
  const mayRun = (): void => {
    if (stopAll.stopped) throw new HostError('STOPPED', 'Everything is stopped. Resume first.');
  };

  return os.router({
    live: {
      watch: os.live.watch.handler(({ input, signal }) => live.watch(input.resume, signal)),
      ack: os.live.ack.handler(({ input }) => live.ack(input.watch, input.seq)),
    },
    host: {
      stopAll: os.host.stopAll.handler(() => stopAll.engage()),
      resume: os.host.resume.handler(() => stopAll.lift()),
      dismissNotice: os.host.dismissNotice.handler(({ input }) => modules.dismiss(input.id)),
    },
    peers: {
      dial: os.peers.dial.handler(async ({ input }) => {
        mayRun();
        return await peers.dial(input.address, AbortSignal.timeout(DIAL_TIMEOUT_MS));
      }),
      disconnect: os.peers.disconnect.handler(({ input }) => peers.disconnect(input.peerId)),
      refresh: os.peers.refresh.handler(async ({ input }) => {
        mayRun();
        return await peers.refresh(input.peerId, AbortSignal.timeout(DIAL_TIMEOUT_MS));
      }),
      setTransport: os.peers.setTransport.handler(({ input }) =>
        peers.setTransport(input.peerId, input.transport),
      ),
      allowLegacy: os.peers.allowLegacy.handler(({ input }) =>
        peers.allowLegacy(input.peerId, input.allowed),
      ),
    },
    comparing: {
      run: os.comparing.run.handler(({ input, signal }) => {
        mayRun();
        return saidToThePerson(comparing.run(input, signal));
      }),
      past: os.comparing.past.handler(({ input }) => comparing.past(input)),
    },
    contacts: {
      accept: os.contacts.accept.handler(({ input }) => trusting.accept(input.peerId, input)),
      setTrust: os.contacts.setTrust.handler(({ input }) => trusting.setTrust(input.peerId, input.trust)),
      rename: os.contacts.rename.handler(({ input }) => peers.rename(input.peerId, input.alias)),
      block: os.contacts.block.handler(({ input }) => trusting.setTrust(input.peerId, 'blocked')),
      remove: os.contacts.remove.handler(({ input }) => trusting.remove(input.peerId)),
    },
    reachability: {
      test: os.reachability.test.handler(() => {
        mayRun();
        return reachability.test();
      }),
      history: os.reachability.history.handler(({ input }) => reachability.history(input.limit)),
    },
    registry: {
      search: os.registry.search.handler(({ input }) => registry.search(input)),
      lookUp: os.registry.lookUp.handler(async ({ input, signal }) => {
        mayRun();
        return await registry.lookUp(input.capability, signal);
      }),
    },
    invites: {
      create: os.invites.create.handler(({ input }) => invites.create(input)),
      list: os.invites.list.handler(() => invites.list()),
      withdraw: os.invites.withdraw.handler(({ input }) => invites.withdraw(input.id)),
      preview: os.invites.preview.handler(({ input }) => invites.preview(input.text)),
      accept: os.invites.accept.handler(async ({ input }) => {
        mayRun();
        return await invites.accept(input.text, input, AbortSignal.timeout(DIAL_TIMEOUT_MS));
      }),
    },
    agents: {
      add: os.agents.add.handler(({ input }) => agents.add(input)),
      edit: os.agents.edit.handler(({ input }) => agents.edit(input.name, input.spec)),
      remove: os.agents.remove.handler(({ input }) => agents.remove(input.name)),
      confirm: os.agents.confirm.handler(({ input }) => agents.confirm(input.name, input.sourceDigest)),
      start: os.agents.start.handler(async ({ input }) => {
        mayRun();
        await agents.startAgent(input.name);
      }),
      stop: os.agents.stop.handler(({ input }) => agents.stopAgent(input.name)),
      restart: os.agents.restart.handler(async ({ input }) => {
        mayRun();
        await agents.restartAgent(input.name);
      }),
      logs: os.agents.logs.handler(({ input }) => agents.logs(input.name)),
      tools: os.agents.tools.handler(({ input }) => agents.tools(input.name)),
    },
    tools: {
      list: os.tools.list.handler(({ input, signal }) => outgoing.tools(input.peerId, input.agent, signal)),
      call: os.tools.call.handler(async ({ input, signal }) => {
        const { ticket, ...request } = input;
        if (ticket === undefined) return await outgoing.call(request, signal);
        if (tickets.size >= MAX_TICKETS)
          throw new HostError('BUSY', 'Too many calls are waiting. Try again later.');
        if (tickets.has(ticket)) throw new HostError('CONFLICT', 'This ticket is in use by another call.');
        const controller = new AbortController();
        const abort = (): void => controller.abort();
        tickets.set(ticket, controller);
        signal?.addEventListener('abort', abort);
        try {
          return await outgoing.call(request, controller.signal);
        } finally {
          signal?.removeEventListener('abort', abort);
          tickets.delete(ticket);
        }
      }),
      cancel: os.tools.cancel.handler(({ input }) => tickets.get(input.ticket)?.abort()),
    },
    approvals: {
      arguments: os.approvals.arguments.handler(({ input }) => ({ json: gate.argumentsOf(input.id) })),
      definition: os.approvals.definition.handler(({ input }) => gate.definition(input.id)),
      answer: os.approvals.answer.handler(({ input }) =>
        gate.answer(input.id, input.digest, input.answer, input.undoSeconds * 1000),
      ),
      answerMany: os.approvals.answerMany.handler(({ input }) => answerMany(gate, input)),
      undo: os.approvals.undo.handler(({ input }) => gate.undo(input.ids)),
    },
    reviews: {
      result: os.reviews.result.handler(({ input }) => ({ json: gate.resultOf(input.id) })),
      answer: os.reviews.answer.handler(({ input }) =>
        gate.answerReview(input.id, input.digest, input.answer),
      ),
    },
    rules: {
      add: os.rules.add.handler(({ input }) => rules.add(input)),
      change: os.rules.change.handler(({ input }) => rules.change(input.id, input.rule)),
      remove: os.rules.remove.handler(({ input }) => gate.removeRule(input.id)),
      explain: os.rules.explain.handler(({ input }) => rules.explainImagined(input)),
      explainCall: os.rules.explainCall.handler(({ input }) => rules.explainCall(input.id)),
      replay: os.rules.replay.handler(({ input, signal }) =>
        rules.replay(input.rule, input.inPlaceOf ?? null, signal),
      ),
      proposals: os.rules.proposals.handler(() => rules.proposals()),
      dismissProposal: os.rules.dismissProposal.handler(({ input }) => rules.dismiss(input.id)),
      history: os.rules.history.handler(({ input: { before, limit } }) =>
        rules.history({ limit, ...(before === undefined ? {} : { before }) }),
      ),
      restore: os.rules.restore.handler(({ input }) => rules.restore(input.version, input.from)),
      export: os.rules.export.handler(() => ({ text: rules.exportText() })),
      checkImport: os.rules.checkImport.handler(({ input }) => rules.checkImport(input.text, input.mode)),
      import: os.rules.import.handler(({ input: { text, mode, version, digest } }) =>
        rules.import(text, mode, version, digest),
      ),
    },
    budgets: {
      set: os.budgets.set.handler(({ input }) => peers.setBudget(input.peerId, input.budget)),
    },
    calls: {
      page: os.calls.page.handler(({ input }) => records.calls.page(input)),
      redeem: os.calls.redeem.handler(({ input }) => {
        mayRun();
        return outgoing.redeem(input.id);
      }),
      detail: os.calls.detail.handler(({ input }) => {
        const detail = records.calls.detail(input.id);
        if (detail === null) throw new HostError('NOT_FOUND', `There is no call ${input.id} in the records.`);
        return detail;
      }),
      receipt: os.calls.receipt.handler(({ input }) => {
        const receipt = receipts.of(input.id);
        if (receipt === null) throw new HostError('NOT_FOUND', `There is no receipt of call ${input.id}.`);
        return receipt;
      }),
    },
    records: {
      verify: os.records.verify.handler(({ signal }) => records.verify(signal)),
      export: os.records.export.handler(({ input, signal }) =>
        saidToThePerson(exportCalls(records.calls, { ...input, from: live.host.peerId }, signal)),
      ),
    },
    settings: {
      set: os.settings.set.handler(async ({ input }) => {
        inForce.check(input, live.settings);
        // Nothing is stored that could not be listened with.
        if (input.webSocketTls != null) await readCertificate(input.webSocketTls);
        const before = live.settings;
        const settings = inForce.over(records.settings.set(inForce.accept(input, before)));
        live.set({ of: 'settings', value: settings });
        gate.settingsChanged();
        await applyToNetwork(network, before, settings, input);
        // What fails is said by a notice; beyond that only the end of the host can come in between.
        if (before.transport !== settings.transport)
          switchTransport(modules, before, settings).catch(() => undefined);
        return settings;
      }),
    },
  });
}

export type Router = ReturnType<typeof createRouter>;

/** What the network can change while it runs; `upnp`, `listen` and `announce` wait for the next start. */
async function applyToNetwork(
  network: Network,
  before: Settings,
  now: Settings,
  given: SettingsChange,
): Promise<void> {
  const changed = (key: SettingKey): boolean => JSON.stringify(before[key]) !== JSON.stringify(now[key]);
  if (changed('dht')) network.setDht(now.dht);
  if (changed('gossip')) network.setGossip(now.gossip);
  if (changed('relays')) network.setRelays(now.relays);
  if (changed('stun')) network.setStun(now.stun);
  if (changed('bootstrap')) network.setBootstrap(now.bootstrap);
  if (changed('webSocketPeers')) network.setWebSocketPeers(now.webSocketPeers);
  if (changed('mdns')) await network.setMdns(now.mdns);
  // The same files again may hold another certificate.
  if (changed('webSocketListen') || changed('webSocketTls') || given.webSocketTls != null)
    await network.setWebSocketListen(now.webSocketListen, now.webSocketTls);
}

/** What went wrong, in the words of the contract. */
class HostError extends Error {
  readonly code: HostErrorCode;
  constructor(code: HostErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** A stream whose failure comes later leaves as a code and a sentence, too. */
async function* saidToThePerson<T>(messages: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  try {
    yield* messages;
  } catch (error) {
    throw forThePerson(error);
  }
}

function forThePerson(error: unknown): unknown {
  const code = codeOf(error);
  if (code === null || !(error instanceof Error)) return error;
  return new ORPCError(code, { message: error.message, cause: error });
}

function codeOf(error: unknown): HostErrorCode | null {
  if (error instanceof HostError || error instanceof CallError || error instanceof PeersError)
    return error.code;
  if (error instanceof CompareError) return error.code;
  if (
    error instanceof GateError ||
    error instanceof SettingsError ||
    error instanceof InviteError ||
    error instanceof RulesError
  )
    return error.code;
  if (error instanceof AgentError) return error.code === 'UNCONFIRMED' ? 'CONFLICT' : error.code;
  if (error instanceof NetworkError) return error.code === 'INVALID_ADDRESS' ? 'INVALID' : 'UNREACHABLE';
  if (error instanceof RecordsError) return 'UNAVAILABLE';
  return null;
}
