import type { Rule } from '../../../shared/rules.ts';
import { ArgumentFacts } from './argument-facts.ts';
import { Moment } from './hours.ts';
import type { Judge } from './index.ts';
import { limitReached } from './limits.ts';
import { RuleIndex } from './rule-index.ts';
import { standingRule } from './standing-rule.ts';
import { UsageMeter } from './usage-meter.ts';

/**
 * Rules as a function, for replays and proposals: the same index and the same order as the gate's, with clocks and usage
 * of its own. When rules were made does not count.
 */
export function createJudge(rules: readonly Rule[]): Judge {
  const index = new RuleIndex();
  for (const rule of rules) index.add(rule, Number.POSITIVE_INFINITY);
  let now = 0;
  const meter = new UsageMeter(() => now, []);
  return {
    judge: (call) => {
      now = Math.max(now, call.at);
      const facts = call.args === null ? null : new ArgumentFacts(call.args);
      const moment = new Moment(call.at, null);
      const standing = standingRule(call, (which) => index.find(call, facts, moment, which));
      if (standing === null) return null;
      const { rule, meter: counted } = standing.entry;
      if (rule.effect !== 'allow' || rule.limits === null || counted === null) {
        return { effect: rule.effect, ruleId: rule.id };
      }
      if (limitReached(rule.limits, meter.used(counted)) !== null) return { effect: 'ask', ruleId: rule.id };
      meter.add(counted, { calls: 1, bytes: call.bytes, seconds: call.seconds });
      return { effect: 'allow', ruleId: rule.id };
    },
  };
}
