import { AgentName } from '../../../shared/ids.ts';
import type { Constraint, NewRule } from '../../../shared/rules.ts';
import { alice, bob, files, notes, rule } from '../../unit/main/host/gate/setup.ts';

export interface RuleSet {
  readonly name: string;
  readonly rules: readonly NewRule[];
  readonly budget: boolean;
}

const RULES = 1000;
const times = (count: number, make: (i: number) => NewRule): NewRule[] =>
  Array.from({ length: count }, (_, i) => make(i));
const here = { peerId: alice, agent: files, tool: 'read' } as const;
const path = (glob: string): Constraint => ({ kind: 'path', at: '/path', glob });
const some = {
  hour: { calls: null, bytes: null, seconds: null },
  day: { calls: 1e9, bytes: 1e12, seconds: 1e9 },
};

/** Each a different way of having many rules. In all of them the last rule that is looked at allows the call. */
export const ruleSets: readonly RuleSet[] = [
  {
    name: 'on other tools',
    budget: false,
    rules: [...times(RULES - 1, (i) => rule({ tool: `tool-${i}`, effect: 'deny' })), rule(here)],
  },
  {
    name: 'of all kinds',
    budget: true,
    rules: [
      ...times(RULES - 1, (i) =>
        rule({
          peerId: [null, alice, bob][i % 3] ?? null,
          agent: [null, notes, files, AgentName.parse(`agent-${i}`)][i % 4] ?? null,
          tool: [null, 'read', `tool-${i}`][i % 5] ?? `other-${i}`,
          effect: 'deny',
          arguments: [path(`/srv/area-${i}/**`), { kind: 'range', at: '/lines', min: null, max: i + 1 }],
          hours: i % 2 === 0 ? { days: [0, 1, 2, 3, 4, 5, 6], from: '00:00', to: '23:59' } : null,
        }),
      ),
      rule({ ...here, limits: some }),
    ],
  },
  {
    name: 'paths, same tool',
    budget: false,
    rules: [
      ...times(RULES - 1, (i) => rule({ ...here, effect: 'deny', arguments: [path(`/srv/area-${i}/**`)] })),
      rule(here),
    ],
  },
  {
    name: 'globs with stars, same tool',
    budget: false,
    rules: [
      ...times(RULES - 1, (i) =>
        rule({ ...here, effect: 'deny', arguments: [path(`/**/area-${i}*/**/*.key`)] }),
      ),
      rule(here),
    ],
  },
  {
    name: 'all constraints, same tool',
    budget: true,
    rules: [
      ...times(RULES - 1, (i) => rule({ ...here, effect: 'deny', arguments: constraintsOf(i) })),
      rule({ ...here, limits: some }),
    ],
  },
];

function constraintsOf(i: number): Constraint[] {
  const holds: Constraint[] = [
    { kind: 'max-size', at: '', bytes: 1_000_000 },
    { kind: 'range', at: '/lines', min: 1, max: 5000 },
    { kind: 'prefix', at: '/mode', prefix: 'te' },
  ];
  const fails: readonly Constraint[] = [
    { kind: 'equals', at: '/mode', value: `mode-${i}` },
    { kind: 'one-of', at: '/mode', values: [`a-${i}`, `b-${i}`] },
    { kind: 'prefix', at: '/path', prefix: `/srv/area-${i}/` },
    path(`/srv/area-${i}/**`),
    { kind: 'range', at: '/lines', min: 10_000 + i, max: null },
    { kind: 'max-size', at: '/path', bytes: 1 + (i % 20) },
  ];
  return [...holds, ...fails.slice(i % fails.length, (i % fails.length) + 1)];
}
