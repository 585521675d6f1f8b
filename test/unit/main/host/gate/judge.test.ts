import { describe, expect, it } from 'vitest';
import { createJudge, type JudgedCall } from '../../../../../main/host/gate/index.ts';
import { RuleId } from '../../../../../shared/ids.ts';
import { plainRule, type Rule } from '../../../../../shared/rules.ts';
import { alice, notes } from './setup.ts';

const T = 1_700_000_000_000;
const HOUR = 3_600_000;
const none = { calls: null, bytes: null, seconds: null };
const made = (change: Partial<Rule>): Rule => ({
  ...plainRule,
  id: RuleId.parse('made'),
  createdAt: T,
  effect: 'allow',
  ...change,
});
const call = (change: Partial<JudgedCall> = {}): JudgedCall => ({
  peerId: alice,
  trust: 'known',
  agent: notes,
  tool: 'add',
  args: { n: 1 },
  at: T,
  bytes: 10,
  seconds: 1,
  ...change,
});
const effects = (rules: Rule[], calls: JudgedCall[]): (string | null)[] => {
  const judge = createJudge(rules);
  return calls.map((one) => judge.judge(one)?.effect ?? null);
};

describe('the judge', () => {
  it('says which rule decides, as of the time of the call', () => {
    const rule = made({ expiresAt: T + 5 });
    expect(createJudge([rule]).judge(call())).toEqual({ effect: 'allow', ruleId: rule.id });
    expect(effects([rule], [call({ at: T + 4 }), call({ at: T + 5 })])).toEqual(['allow', null]);
    const noon = new Date(2023, 10, 13, 12).getTime();
    const hours = made({ hours: { days: [1], from: '12:00', to: '13:00' } });
    expect(effects([hours], [call({ at: noon }), call({ at: noon + HOUR })])).toEqual(['allow', null]);
  });

  it('uses limits up as the calls go by', () => {
    const rule = made({ limits: { hour: { ...none, calls: 2 }, day: { ...none, bytes: 25 } } });
    const calls = [0, 1, 2, 65 * 60_000, 66 * 60_000].map((after) => call({ at: T + after }));
    expect(effects([rule], calls)).toEqual(['allow', 'allow', 'ask', 'allow', 'ask']);
    expect(effects([rule], calls)).toEqual(['allow', 'allow', 'ask', 'allow', 'ask']);
  });

  it('meets no rule with constraints where the arguments are not known, not even one that denies', () => {
    const rules = [
      made({
        id: RuleId.parse('deny'),
        effect: 'deny',
        arguments: [{ kind: 'range', at: '/n', min: 1, max: null }],
      }),
      made({ id: RuleId.parse('rest'), effect: 'ask' }),
    ];
    expect(effects(rules, [call(), call({ args: null })])).toEqual(['deny', 'ask']);
  });

  it('lets no stranger in by a rule for anybody', () => {
    const unknown = call({ trust: 'unknown' });
    expect(effects([made({ trust: 'unknown' })], [unknown])).toEqual([null]);
    expect(effects([made({ peerId: alice })], [unknown])).toEqual(['allow']);
  });
});
