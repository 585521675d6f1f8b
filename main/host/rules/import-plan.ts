import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { RuleId, type AgentName, type PeerId } from '../../../shared/ids.ts';
import { MAX_RULES, NewRule, type Rule } from '../../../shared/rules.ts';
import { visibleText } from '../../../shared/visible-text.ts';
import type { PinStore } from '../gate/index.ts';
import { ruleOf } from './file-format.ts';
import { importedPin, NEVER_SEEN } from './pins.ts';
import { RulesError } from './rules-error.ts';
import type { ReadRule } from './read-rules-file.ts';

export interface ImportPlan {
  /** All rules that outlive the host, as they would be. */
  readonly rules: Rule[];
  readonly added: Rule[];
  readonly removed: Rule[];
  readonly changed: { before: Rule; after: Rule }[];
  readonly unchanged: number;
  readonly warnings: string[];
}

interface Here {
  /** Those that outlive the host. */
  readonly present: readonly Rule[];
  /** Ids of rules until quit, which no file has a say in. */
  readonly untilQuit: ReadonlySet<string>;
  readonly pins: Pick<PinStore, 'get'>;
  readonly knowsPeer: (peerId: PeerId) => boolean;
  readonly hasAgent: (agent: AgentName) => boolean;
  /** Null: not known, since it does not run. */
  readonly toolsOf: (agent: AgentName) => ReadonlySet<string> | null;
  readonly now: number;
}

const MAX_WARNINGS = 200;

/**
 * What an import would make of the rules that are here. `replace` leaves only those of the file, `add` removes none;
 * in both, a rule of a known id is changed to what the file says.
 * @throws {RulesError} INVALID
 */
export function planImport(read: readonly ReadRule[], mode: 'replace' | 'add', here: Here): ImportPlan {
  const before = new Map(here.present.map((rule) => [rule.id, rule]));
  const after = new Map<RuleId, Rule>();
  const warnings: string[] = [];
  const added: Rule[] = [];
  const changed: { before: Rule; after: Rule }[] = [];
  let unchanged = 0;
  for (const { line, rule: file } of read) {
    const said = ruleOf(file);
    const checked = NewRule.safeParse(said);
    if (!checked.success) {
      throw invalid(line, checked.error.issues.map(({ message }) => message).join(' '));
    }
    const id = file.id === undefined ? idOf(said, after) : RuleId.parse(file.id);
    if (after.has(id)) throw invalid(line, `The id ${id} is there twice.`);
    if (here.untilQuit.has(id)) throw invalid(line, `The id ${id} is that of a rule that holds until quit.`);
    const warn = (text: string): void => void warnings.push(`Rule ${id}, line ${line}: ${text}`);
    if (said.expiresAt !== null && said.expiresAt <= here.now) {
      warn('It has expired already, and is left out.');
      continue;
    }
    const old = before.get(id);
    const created = file.created === undefined ? here.now : Math.min(Date.parse(file.created), here.now);
    const rule: Rule = {
      ...checked.data,
      id,
      createdAt: old?.createdAt ?? created,
      pin: importedPin(said, file.pin ?? null, old, here.pins, isListed(said, here)),
    };
    after.set(id, rule);
    if (old !== undefined && isSame(old, rule)) {
      unchanged += 1;
      continue;
    }
    if (old === undefined) added.push(rule);
    else changed.push({ before: old, after: rule });
    warnOf(rule, here, warn);
  }
  const left = here.present.filter(({ id }) => !after.has(id));
  const rules = mode === 'replace' ? [...after.values()] : [...left, ...after.values()];
  if (rules.length > MAX_RULES) {
    throw new RulesError('INVALID', `There would be ${rules.length} rules; ${MAX_RULES} can be kept.`);
  }
  const more = warnings.length - MAX_WARNINGS;
  return {
    rules,
    added,
    removed: mode === 'replace' ? left : [],
    changed,
    unchanged,
    warnings: more > 0 ? [...warnings.slice(0, MAX_WARNINGS), `${more} more warnings.`] : warnings,
  };
}

const isListed = ({ agent, tool }: Pick<Rule, 'agent' | 'tool'>, { toolsOf }: Here): boolean =>
  agent !== null && tool !== null && toolsOf(agent)?.has(tool) === true;

function warnOf(rule: Rule, here: Here, warn: (text: string) => void): void {
  const { peerId, agent, tool, effect } = rule;
  const isPermission = effect === 'allow';
  if (isPermission && peerId === null && tool === null) {
    warn(
      rule.trust === null
        ? 'It lets every contact use every tool it speaks of, unasked.'
        : `It lets every ${rule.trust} peer use every tool it speaks of, unasked.`,
    );
  }
  if (peerId !== null && !here.knowsPeer(peerId)) warn(`The peer …${peerId.slice(-8)} is not known here.`);
  if (agent !== null && !here.hasAgent(agent)) warn(`There is no agent ${agent} here.`);
  else if (agent !== null && tool !== null && here.toolsOf(agent)?.has(tool) === false) {
    const name = visibleText(JSON.stringify(tool), { maxLength: 100 }).text;
    warn(`The agent ${agent} has no tool ${name}.`);
  }
  if (rule.pin === NEVER_SEEN && effect !== 'deny') {
    warn("This tool's definition was not granted here: you are asked at the first call.");
  }
}

/** For a rule without an id: made from what it says, so that reading the same file again adds nothing. */
function idOf(said: object, taken: ReadonlyMap<RuleId, Rule>): RuleId {
  const text = canonicalize(said) ?? '';
  for (let nth = 0; ; nth += 1) {
    const id = RuleId.parse(`f${createHash('sha256').update(`${nth} ${text}`).digest('hex').slice(0, 11)}`);
    if (!taken.has(id)) return id;
  }
}

const isSame = (one: Rule, other: Rule): boolean => canonicalize(one) === canonicalize(other);

const invalid = (line: number, what: string): RulesError =>
  new RulesError('INVALID', `line ${line}: ${what}`);
