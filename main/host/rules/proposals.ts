import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { AgentName } from '../../../shared/ids.ts';
import type { Tool } from '../../../shared/agents.ts';
import type { NewRule, Proposal, Rule } from '../../../shared/rules.ts';
import { plainRule } from '../../../shared/rules.ts';
import type { PastCalls, PinStore } from '../gate/index.ts';
import { ArgumentEvidence } from './argument-evidence.ts';
import type { Dismissed } from './dismissed.ts';
import { inferConstraints } from './infer-constraints.ts';
import type { Pace } from './pace.ts';
import { newestFirst, type PastCall } from './past-calls.ts';
import { judgedOf, MAX_REPLAYED, replayRule, type ReplayModules } from './replay.ts';

export interface ProposalModules extends ReplayModules {
  readonly past: PastCalls;
  readonly pins: Pick<PinStore, 'get' | 'pinned'>;
  readonly toolsOf: (agent: AgentName) => readonly Tool[];
  readonly dismissed: Dismissed;
  /** The home directory of whoever runs the host. */
  readonly home: string;
}

const MIN_APPROVALS = 3;
const DAY_MS = 86_400_000;
const SPAN_MS = 30 * DAY_MS;
const MAX_PROPOSALS = 20;
/** Shapes of calls that are told apart; more are left aside, the oldest first. */
const MAX_GROUPS = 500;
const LEAST_PER_DAY = 5;
/** Clocks of the records and of the pins may differ by so much. */
const SLACK_MS = 1000;

interface Group {
  readonly peerId: PastCall['call']['peerId'];
  readonly agent: AgentName;
  readonly tool: Tool;
  readonly evidence: ArgumentEvidence;
  approvals: number;
  /** Of each day, counted back from now. */
  readonly perDay: Map<number, number>;
}

/**
 * Rules that the person's own answers of the last 30 days speak for: at least three times allowed, never denied. Of
 * tools that run here, as they were defined when the person allowed them.
 */
export async function findProposals(modules: ProposalModules, pace: Pace): Promise<Proposal[]> {
  const candidates = [...(await groupsOf(modules, pace))]
    .filter(({ approvals }) => approvals >= MIN_APPROVALS)
    .toSorted((one, other) => other.approvals - one.approvals);
  const proposals: Proposal[] = [];
  for (const group of candidates) {
    if (proposals.length >= MAX_PROPOSALS) break;
    const proposal = await proposalOf(group, modules, pace);
    if (proposal !== null) proposals.push(proposal);
  }
  return proposals;
}

async function groupsOf(modules: ProposalModules, pace: Pace): Promise<Iterable<Group>> {
  const now = modules.now();
  const groups = new Map<string, Group>();
  const denied = new Set<string>();
  const judge = modules.judgeOf(modules.rules().map((rule): Rule => ({ ...rule, limits: null })));
  for await (const past of newestFirst(modules.calls, {}, MAX_REPLAYED, pace)) {
    const { call, agent, decision, args } = past;
    if (call.at < now - SPAN_MS) break;
    if (decision.by !== 'person') continue;
    const who = JSON.stringify([call.peerId, agent, call.tool]);
    if (decision.effect === 'deny') denied.add(who);
    if (decision.effect === 'deny' || decision.ruleId !== null || args === null) continue;
    // What the person changed was not allowed as it came; legacy links are asked about each time.
    if (call.changed !== 'no' || call.path === 'legacy') continue;
    const tool = sameTool(past, modules);
    if (tool === null || judge.judge(judgedOf(past, modules.trust(call.peerId))) !== null) continue;
    const shape = ArgumentEvidence.shapeOf(args);
    if (shape === null) continue;
    const key = `${who} ${shape}`;
    let group = groups.get(key);
    if (group === undefined) {
      if (groups.size >= MAX_GROUPS) continue;
      const { peerId } = call;
      const evidence = new ArgumentEvidence(args);
      group = { peerId, agent, tool, evidence, approvals: 0, perDay: new Map() };
      groups.set(key, group);
    } else group.evidence.add(args);
    group.approvals += 1;
    const day = Math.floor((now - call.at) / DAY_MS);
    group.perDay.set(day, (group.perDay.get(day) ?? 0) + 1);
  }
  return [...groups.values()].filter(
    ({ peerId, agent, tool }) => !denied.has(JSON.stringify([peerId, agent, tool.name])),
  );
}

/** The tool as it is now, where that is how it was when the person allowed the call. */
function sameTool({ call, agent }: PastCall, modules: ProposalModules): Tool | null {
  const tool = modules.toolsOf(agent).find(({ name }) => name === call.tool);
  const pinned = modules.pins.pinned(agent, call.tool);
  if (tool === undefined || pinned === null || pinned.pin !== tool.pin) return null;
  return pinned.at === null || call.at + call.waitMs >= pinned.at - SLACK_MS ? tool : null;
}

async function proposalOf(group: Group, modules: ProposalModules, pace: Pace): Promise<Proposal | null> {
  const { peerId, agent, tool, evidence, approvals, perDay } = group;
  const trust = modules.trust(peerId);
  if (trust === 'blocked' || trust === 'unknown') return null;
  if (modules.past.count(peerId, agent, tool.name, 'in').denied > 0) return null;
  const constraints = inferConstraints(evidence, modules.home);
  if (constraints === null) return null;
  const { pin: _pin, ...plain } = plainRule;
  const rule: NewRule = {
    ...plain,
    peerId,
    agent,
    tool: tool.name,
    effect: 'allow',
    arguments: constraints,
    limits: {
      hour: { calls: null, bytes: null, seconds: null },
      day: { calls: Math.max(LEAST_PER_DAY, 2 * Math.max(...perDay.values())), bytes: null, seconds: null },
    },
    expiresAt: modules.now() + SPAN_MS,
  };
  const id = idOf(rule, tool.pin);
  if (modules.dismissed.has(id, approvals)) return null;
  const replay = await replayRule(rule, null, modules, pace);
  // It must cover what speaks for it, and nothing that was refused at any time.
  if (replay.wouldAllow + replay.wouldAsk < approvals || replay.allowsDenied > 0) return null;
  return { id, rule, approvals, replay: { ...replay, sentence: `${replay.sentence}${riskText(tool)}` } };
}

function riskText({ annotations }: Tool): string {
  if (annotations.stated && (annotations.readOnly || !annotations.destructive)) return '';
  return annotations.stated
    ? ' The agent says that this tool can destroy things.'
    : ' The agent does not say what this tool can do, so it may destroy things.';
}

/** The same as long as who, what and how narrow are. */
function idOf({ peerId, agent, tool, arguments: narrowed }: NewRule, pin: string): string {
  const text = canonicalize([peerId, agent, tool, pin, narrowed]) ?? '';
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
