import type { RuleId } from '../../../shared/ids.ts';
import type { Rule } from '../../../shared/rules.ts';
import type { PinStore, RuleStore } from '../gate/index.ts';
import { restoredPin } from './pins.ts';
import { RulesError } from './rules-error.ts';

const PAGE = 200;

/**
 * The rules as they were after a version, found by going back from those of today step by step. What has expired
 * since stays out, and so does what was forgotten with a peer or with an agent that was replaced: another program may
 * have its name now.
 * @throws {RulesError} NOT_FOUND where the steps do not reach back so far
 */
export function rulesAfter(
  version: number,
  store: Pick<RuleStore, 'list' | 'version' | 'history'>,
  pins: Pick<PinStore, 'get'>,
  now: number,
): Rule[] {
  if (version === 0) return [];
  const current = store.version();
  if (version > current) throw gone(version);
  const present = new Map(store.list().map((rule) => [rule.id, rule]));
  const then = new Map(present);
  const forgotten = new Set<RuleId>();
  for (let at = current; at > version;) {
    const steps = store.history({ before: at + 1, limit: Math.min(PAGE, at - version) });
    if (steps.length === 0) throw gone(version);
    for (const step of steps) {
      if (step.version !== at) throw gone(version);
      for (const rule of step.added) then.delete(rule.id);
      for (const { before } of step.changed) then.set(before.id, before);
      for (const rule of step.removed) then.set(rule.id, rule);
      if (step.by === 'peer-forgotten' || step.by === 'agent-replaced') {
        for (const { id } of step.removed) forgotten.add(id);
      }
      at -= 1;
    }
  }
  return [...then.values()]
    .filter(({ id, untilQuit }) => !untilQuit && (!forgotten.has(id) || present.has(id)))
    .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
    .map((rule) => ({ ...rule, pin: restoredPin(rule, present.get(rule.id), pins) }));
}

const gone = (version: number): RulesError =>
  new RulesError('NOT_FOUND', `The rules of version ${version} are not in the records.`);
