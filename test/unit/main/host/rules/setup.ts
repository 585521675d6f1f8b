import { AgentName, PeerId, RuleId } from '../../../../../shared/ids.ts';
import { plainRule, type Rule } from '../../../../../shared/rules.ts';
import { somePeerId } from '../../../../fixtures/views.ts';

export const ada = somePeerId;
export const bob = PeerId.parse(`12D3Koo${'W'.repeat(45)}`);
export const files = AgentName.parse('files');
/** Noon of the 23rd of November 2026, UTC. */
export const NOW = Date.UTC(2026, 10, 23, 12);
export const ruleId = (text: string): RuleId => RuleId.parse(text);

export const aRule = (id: string, patch: Partial<Rule> = {}): Rule => ({
  ...plainRule,
  id: RuleId.parse(id),
  createdAt: NOW - 1000,
  effect: 'allow',
  ...patch,
});
