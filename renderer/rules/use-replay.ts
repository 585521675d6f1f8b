import { useEffect, useState } from 'react';
import type { RuleId } from '../../shared/ids.ts';
import type { NewRule, Replay } from '../../shared/rules.ts';
import { sentenceOf } from '../parts/use-action.ts';
import { useHost } from '../state/hooks.ts';

/** How long typing has to rest before the past is looked at again. */
const REST_MS = 350;

interface Replayed {
  readonly replay: Replay | null;
  readonly busy: boolean;
  readonly error: string | null;
}

/** What a rule would have made of the recorded calls; read again once it has stayed the same for a moment. */
export function useReplay(rule: NewRule | null, inPlaceOf: RuleId | null): Replayed {
  const host = useHost();
  const [found, setFound] = useState<{ of: string; replay: Replay | null; error: string | null } | null>(
    null,
  );
  const of = rule === null ? null : JSON.stringify(rule);
  useEffect(() => {
    if (rule === null || of === null) return undefined;
    let current = true;
    const timer = setTimeout(() => {
      host((client) => client.rules.replay({ rule, ...(inPlaceOf === null ? {} : { inPlaceOf }) })).then(
        (replay) => {
          if (current) setFound({ of, replay, error: null });
        },
        (caught: unknown) => {
          if (current) setFound({ of, replay: null, error: sentenceOf(caught) });
        },
      );
    }, REST_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
    // `of` stands for the rule, which is made anew each time.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [host, of, inPlaceOf]);
  const isCurrent = found !== null && found.of === of;
  return {
    // What was found last stays readable while the next is looked for.
    replay: of === null ? null : (found?.replay ?? null),
    busy: of !== null && !isCurrent,
    error: isCurrent ? found.error : null,
  };
}
