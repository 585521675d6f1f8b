/** The rules as the page lists them: found by words, in groups by who. Pure. */
import type { RuleView } from '../../shared/rules.ts';
import { whoWords, ruleSentence, type NameOf } from '../words/rule-words.ts';
import { effectWords } from '../words/sentences.ts';

export interface RuleGroup {
  readonly who: string;
  readonly peerId: RuleView['peerId'];
  readonly rules: readonly RuleView[];
}

export interface DrawnGroup extends RuleGroup {
  /** With those that are not drawn yet. */
  readonly total: number;
}

const EFFECT_ORDER = { deny: 0, 'ask-and-review': 1, ask: 2, allow: 3 } as const;
const collator = new Intl.Collator();

/** Peers by name, then those of a trust, then anybody; in each what denies first, then by agent and tool. */
export function groupRules(
  rules: Readonly<Record<string, RuleView>>,
  text: string,
  nameOf: NameOf,
): readonly RuleGroup[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const groups = new Map<
    string,
    { who: string; peerId: RuleView['peerId']; rank: number; rules: RuleView[] }
  >();
  for (const rule of Object.values(rules)) {
    if (words.length > 0) {
      const said =
        `${effectWords[rule.effect]} ${ruleSentence(rule, nameOf)} ${rule.peerId ?? ''} ${rule.id} ${rule.suspended ? 'suspended' : ''}`.toLowerCase();
      if (!words.every((word) => said.includes(word))) continue;
    }
    const key = rule.peerId ?? `trust:${rule.trust ?? ''}`;
    let group = groups.get(key);
    if (group === undefined) {
      const rank = rule.peerId !== null ? 0 : rule.trust !== null ? 1 : 2;
      group = { who: whoWords(rule, nameOf), peerId: rule.peerId, rank, rules: [] };
      groups.set(key, group);
    }
    group.rules.push(rule);
  }
  return [...groups.values()]
    .toSorted((a, b) => a.rank - b.rank || collator.compare(a.who, b.who))
    .map(({ who, peerId, rules: list }) => ({ who, peerId, rules: list.toSorted(inGroup) }));
}

/** The first so many rules, in their groups. */
export function firstRules(groups: readonly RuleGroup[], count: number): readonly DrawnGroup[] {
  const drawn: DrawnGroup[] = [];
  let left = count;
  for (const group of groups) {
    if (left <= 0) break;
    const rules = group.rules.slice(0, left);
    left -= rules.length;
    drawn.push({ ...group, rules, total: group.rules.length });
  }
  return drawn;
}

const inGroup = (a: RuleView, b: RuleView): number =>
  EFFECT_ORDER[a.effect] - EFFECT_ORDER[b.effect] ||
  collator.compare(a.agent ?? '', b.agent ?? '') ||
  collator.compare(a.tool ?? '', b.tool ?? '') ||
  b.createdAt - a.createdAt ||
  (a.id < b.id ? -1 : 1);
