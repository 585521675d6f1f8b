import { createHash } from 'node:crypto';
import type { CallId, PeerId, RuleId } from '../../../shared/ids.ts';
import {
  type Rule,
  type Explanation,
  type ImaginedCall,
  type NewRule,
  type Proposal,
  type Replay,
  type RulesDifference,
  type RulesVersion,
  type RuleView,
} from '../../../shared/rules.ts';
import { Dismissed } from './dismissed.ts';
import { explainImagined, explainRecorded, type ExplainModules } from './explain-call.ts';
import { exportRules } from './export-rules.ts';
import { planImport, type ImportPlan } from './import-plan.ts';
import { InTurn } from './in-turn.ts';
import type { Rules, RulesModules } from './index.ts';
import { Pace } from './pace.ts';
import { unseenPin } from './pins.ts';
import { rulesAfter } from './past-rules.ts';
import { findProposals, type ProposalModules } from './proposals.ts';
import { readRulesFile } from './read-rules-file.ts';
import { replayRule } from './replay.ts';
import { RulesError } from './rules-error.ts';

export class RulesRoom implements Rules {
  readonly #modules: RulesModules;
  readonly #now: () => number;
  readonly #inTurn = new InTurn();
  readonly #dismissed: Dismissed;
  /** What was proposed last, by id: how many answers spoke for it. */
  #proposed: ReadonlyMap<string, number> = new Map();
  #proposing: Promise<Proposal[]> | null = null;

  constructor(modules: RulesModules) {
    this.#modules = modules;
    this.#now = modules.now ?? Date.now;
    this.#dismissed = new Dismissed(modules.facts);
  }

  add(rule: NewRule): RuleView {
    const { gate } = this.#modules;
    return this.#view(gate.addRule({ ...rule, pin: this.#pinNow(rule) }));
  }

  change(id: RuleId, rule: NewRule): RuleView {
    const { gate } = this.#modules;
    const before = this.#inForce().find((one) => one.id === id);
    const isSameTool = before?.agent === rule.agent && before.tool === rule.tool;
    const kept = isSameTool ? before.pin : null;
    return this.#view(gate.changeRule(id, { ...rule, pin: kept ?? this.#pinNow(rule) }));
  }

  explainImagined(call: ImaginedCall): Explanation {
    return explainImagined(call, this.#forExplaining());
  }

  explainCall(id: CallId): Explanation {
    return explainRecorded(id, this.#forExplaining());
  }

  async replay(rule: NewRule, inPlaceOf: RuleId | null, signal?: AbortSignal): Promise<Replay> {
    const old = inPlaceOf === null ? null : this.#inForce().find(({ id }) => id === inPlaceOf);
    if (old === undefined) throw new RulesError('NOT_FOUND', 'The rule that it is compared with is gone.');
    const pace = new Pace(signal);
    return await this.#inTurn.run(() => replayRule(rule, old, this.#forReplays(), pace), signal);
  }

  /** Whoever asks while they are looked for gets the same ones. */
  async proposals(): Promise<Proposal[]> {
    this.#proposing ??= this.#inTurn
      .run(() => findProposals(this.#forReplays(), new Pace(undefined)))
      .finally(() => (this.#proposing = null));
    const proposals = await this.#proposing;
    this.#proposed = new Map(proposals.map(({ id, approvals }) => [id, approvals]));
    return proposals;
  }

  dismiss(proposalId: string): void {
    const approvals = this.#proposed.get(proposalId);
    if (approvals === undefined) throw new RulesError('NOT_FOUND', 'This proposal is not made any more.');
    this.#dismissed.add(proposalId, approvals);
  }

  history(query: { readonly before?: number; readonly limit: number }): RulesVersion[] {
    return this.#modules.store.history(query);
  }

  restore(version: number, from: number): void {
    const { gate, store, pins } = this.#modules;
    if (from !== gate.rulesVersion()) throw changedMeanwhile();
    if (version === from) throw new RulesError('INVALID', 'These are the rules that are in force.');
    gate.replaceRules(rulesAfter(version, store, pins, this.#now()), 'restore');
  }

  exportText(): string {
    return exportRules(this.#lasting(), (peerId) => this.#nameOf(peerId));
  }

  checkImport(text: string, mode: 'replace' | 'add'): RulesDifference {
    const { rules: _rules, ...difference } = this.#plan(text, mode);
    return { version: this.#modules.gate.rulesVersion(), digest: digestOf(text), ...difference };
  }

  import(text: string, mode: 'replace' | 'add', version: number, digest: string): void {
    if (digest !== digestOf(text)) {
      throw new RulesError('CONFLICT', 'The file is not the one that was shown. Look at it again.');
    }
    const { gate } = this.#modules;
    if (version !== gate.rulesVersion()) throw changedMeanwhile();
    gate.replaceRules(this.#plan(text, mode).rules, 'import');
  }

  #plan(text: string, mode: 'replace' | 'add'): ImportPlan {
    const { peers, agents, pins } = this.#modules;
    const running = new Map(
      agents
        .list()
        .map(({ name, state }) => [
          name,
          state === 'running' ? new Set(agents.tools(name).map((tool) => tool.name)) : null,
        ]),
    );
    return planImport(readRulesFile(text), mode, {
      present: this.#lasting(),
      untilQuit: new Set(this.#inForce().flatMap(({ id, untilQuit }) => (untilQuit ? [id] : []))),
      pins,
      knowsPeer: (peerId) => peers.get(peerId) !== undefined,
      hasAgent: (agent) => running.has(agent),
      toolsOf: (agent) => running.get(agent) ?? null,
      now: this.#now(),
    });
  }

  #pinNow({ agent, tool }: NewRule): string | null {
    const { agents, pins } = this.#modules;
    if (agent === null || tool === null) return null;
    const listed = agents.tools(agent).find(({ name }) => name === tool);
    return listed?.pin ?? pins.get(agent, tool) ?? unseenPin(tool);
  }

  #view({ id }: Rule): RuleView {
    const view = this.#modules.gate.rules().find((one) => one.id === id);
    if (view === undefined) throw new RulesError('INVALID', 'This rule has expired already.');
    return view;
  }

  #inForce(): Rule[] {
    return this.#modules.gate.rules().map((view): Rule => {
      const { uses: _uses, lastUsedAt: _lastUsedAt, used: _used, suspended: _suspended, ...rule } = view;
      return rule;
    });
  }

  #lasting(): Rule[] {
    return this.#inForce().filter(({ untilQuit }) => !untilQuit);
  }

  #nameOf(peerId: PeerId): string | null {
    const peer = this.#modules.peers.get(peerId);
    if (peer === undefined) return null;
    // What a peer calls itself may be anything, so it stands in quotes.
    if (peer.alias !== null) return peer.alias;
    return peer.name === null || peer.name === ''
      ? null
      : `${JSON.stringify(peer.name)} …${peerId.slice(-8)}`;
  }

  #forExplaining(): ExplainModules {
    const { gate, calls, peers, agents } = this.#modules;
    return {
      gate,
      calls,
      trust: (peerId) => peers.trust(peerId),
      pathOf: (peerId) => peers.get(peerId)?.links[0]?.path ?? null,
      toolsOf: (agent) => agents.tools(agent),
      sourceOf: (agent) => agents.sourceDigest(agent),
    };
  }

  #forReplays(): ProposalModules {
    const { calls, peers, agents, pins, judgeOf, home } = this.#modules;
    return {
      calls,
      past: calls,
      pins,
      judgeOf,
      home,
      rules: () => this.#inForce(),
      trust: (peerId) => peers.trust(peerId),
      toolsOf: (agent) => agents.tools(agent),
      dismissed: this.#dismissed,
      now: this.#now,
    };
  }
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

const changedMeanwhile = (): RulesError =>
  new RulesError('CONFLICT', 'The rules have changed meanwhile. Look at the difference again.');
