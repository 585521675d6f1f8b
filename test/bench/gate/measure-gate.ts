import type { Budget } from '../../../shared/rules.ts';
import { alice, files, inShort, makeWorld, question } from '../../unit/main/host/gate/setup.ts';
import { table } from '../table.ts';
import { gateTargets, type Target } from '../targets.ts';
import { ruleSets, type RuleSet } from './rule-sets.ts';

const WARM_UP = 20_000;
const DECISIONS_OF_ROUND = 20_000;

export interface GateRow {
  readonly name: string;
  readonly rules: number;
  readonly decisions: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly longestUs: number;
}

/** Times single decisions of the gate among 1,000 rules of several shapes, in one process, with its stores in memory. */
export function measureGate({ rounds, say }: { rounds: number; say: (line: string) => void }): {
  rows: GateRow[];
  targets: Target[];
} {
  const rows = ruleSets.map((set) => {
    const row = measure(set, rounds * DECISIONS_OF_ROUND);
    say(`${row.name}: p50 ${row.p50Us.toFixed(2)} µs, p99 ${row.p99Us.toFixed(2)} µs`);
    return row;
  });
  const body = rows.map((row) => [
    row.name,
    String(row.rules),
    row.p50Us.toFixed(2),
    row.p99Us.toFixed(2),
    row.longestUs.toFixed(0),
  ]);
  say(`\n${table(['', 'rules', 'p50 µs', 'p99 µs', 'longest µs'], body)}`);
  const targets = gateTargets(rows);
  return { rows, targets };
}

function measure({ name, rules, budget }: RuleSet, decisions: number): GateRow {
  const world = makeWorld();
  if (budget) world.budgets.set(alice, { calls: 1e9, bytes: 1e12, seconds: null } satisfies Budget);
  for (const rule of rules) world.gate.addRule(rule);
  // Arguments are new with each call, as they are parsed from its message.
  const asked = Array.from({ length: 1000 }, (_, i) =>
    question({
      agent: files,
      tool: 'read',
      bytes: 200,
      args: { path: `/home/me/shared/notes/2026/note-${i}.md`, mode: 'text', lines: 200 + i },
    }),
  );
  const times = new Float64Array(decisions);
  for (let i = -WARM_UP; i < decisions; i += 1) {
    const one = asked[Math.abs(i) % asked.length] ?? question();
    const start = performance.now();
    const verdict = world.gate.decide(one);
    const ms = performance.now() - start;
    if (inShort(verdict) !== 'allow:rule') throw new Error(`${name}: ${inShort(verdict)}`);
    if (i >= 0) times[i] = ms * 1000;
  }
  world.gate.stop();
  times.sort();
  const at = (part: number): number => times[Math.min(decisions - 1, Math.floor(part * decisions))] ?? 0;
  return { name, rules: rules.length, decisions, p50Us: at(0.5), p99Us: at(0.99), longestUs: at(1) };
}
