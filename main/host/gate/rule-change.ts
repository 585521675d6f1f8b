import type { Rule, RulesVersion } from '../../../shared/rules.ts';

/** What one version of the rules changes. */
export type Change = Pick<RulesVersion, 'added' | 'removed' | 'changed'>;

export const nothing: Change = { added: [], removed: [], changed: [] };

export const changeOf = (before: Rule, after: Rule): Change => ({ ...nothing, changed: [{ before, after }] });

/** What of a change concerns rules that outlive the host; null: nothing. One that no longer does, or now does, has gone or come. */
export function storedPart({ added, removed, changed }: Change): Change | null {
  const lasts = ({ untilQuit }: Rule): boolean => !untilQuit;
  const stays = changed.filter(({ before, after }) => lasts(before) && lasts(after));
  const comes = changed.filter(({ before, after }) => !lasts(before) && lasts(after));
  const goes = changed.filter(({ before, after }) => lasts(before) && !lasts(after));
  const part: Change = {
    added: [...added.filter(lasts), ...comes.map(({ after }) => after)],
    removed: [...removed.filter(lasts), ...goes.map(({ before }) => before)],
    changed: stays,
  };
  return part.added.length + part.removed.length + part.changed.length === 0 ? null : part;
}
