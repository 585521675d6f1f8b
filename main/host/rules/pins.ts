import type { Rule } from '../../../shared/rules.ts';
import type { PinStore } from '../gate/index.ts';

/**
 * The pin of a rule whose tool's definition nobody here has looked at. No definition has this hash, so that the person
 * is asked at its first call, is shown the definition, and lets the rule stand for it or not.
 */
export const NEVER_SEEN = '0'.repeat(64);

/** What has no definition, and so no pin, such as `prompts/get:summary`. */
const WITHOUT_DEFINITION = /^(prompts\/get|resources\/read|completion\/complete):/;

/** For a tool that is neither listed nor was ever granted: the person looks at it first. */
export const unseenPin = (tool: string): string | null => (WITHOUT_DEFINITION.test(tool) ? null : NEVER_SEEN);

/**
 * The pin of a rule that comes out of a file. A file never makes a rule stand for a definition that was not granted
 * here: either the pin is the one in force, or the rule is on hold until the person has allowed a call.
 * @param said the pin in the file; null: none
 * @param before the rule of this id as it is here
 * @param listed the agent lists a tool of exactly this name now
 */
export function importedPin(
  rule: Pick<Rule, 'agent' | 'tool' | 'effect'>,
  said: string | null,
  before: Rule | undefined,
  pins: Pick<PinStore, 'get'>,
  listed: boolean,
): string | null {
  const { agent, tool, effect } = rule;
  if (agent === null || tool === null) return null;
  const isSame = before?.agent === agent && before.tool === tool;
  // An old pin that no longer fits keeps the rule on hold. None at all is no harm where nothing else is allowed by it.
  if (before !== undefined && isSame && (before.pin !== null || before.effect === effect)) return before.pin;
  const inForce = pins.get(agent, tool);
  if (inForce === null) return listed ? NEVER_SEEN : unseenPin(tool);
  return said === null || said === inForce ? inForce : NEVER_SEEN;
}

/**
 * The pin of a rule that comes back out of the history. Pins are forgotten with an agent, so that a rule for it does
 * not stand for another program of its name.
 */
export function restoredPin(
  rule: Rule,
  present: Rule | undefined,
  pins: Pick<PinStore, 'get'>,
): string | null {
  const { agent, tool, pin } = rule;
  if (agent === null || tool === null || pin === null || present?.pin === pin) return pin;
  return pins.get(agent, tool) === pin ? pin : NEVER_SEEN;
}
