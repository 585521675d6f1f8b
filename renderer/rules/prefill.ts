/** A rule filled in from a call: as narrow as the call itself, for the person to widen. Pure. */
import { emptyRule, scalarText, type ConstraintForm, type RuleForm } from './rule-form.ts';

const LONGEST = 200;
const MOST = 8;

interface Called {
  readonly peerId: string;
  readonly agent: string;
  readonly tool: string;
  /** JSON text of the arguments; null where it is not known. */
  readonly request: string | null;
}

export function ruleOfCall({ peerId, agent, tool, request }: Called): RuleForm {
  return {
    ...emptyRule,
    who: 'peer',
    peerId,
    agent,
    tool,
    constraints: request === null ? [] : constraintsOf(request),
    expiry: 'month',
  };
}

/** Of each short argument its value; long texts are left free. */
function constraintsOf(json: string): readonly ConstraintForm[] {
  let read: unknown;
  try {
    read = JSON.parse(json);
  } catch {
    return [];
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read)) return [];
  return Object.entries(read)
    .flatMap(([name, value]: [string, unknown]): Omit<ConstraintForm, 'key'>[] => {
      const at = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (typeof value === 'string') {
        if (value.length > LONGEST || value.includes('\n') || value === '') return [];
        return value.startsWith('/') && !/[*?[\]{}\\%]/.test(value)
          ? [{ kind: 'path', at, value, to: '' }]
          : [{ kind: 'equals', at, value: scalarText(value), to: '' }];
      }
      if (typeof value === 'number' || typeof value === 'boolean' || value === null)
        return [{ kind: 'equals', at, value: scalarText(value), to: '' }];
      return [];
    })
    .slice(0, MOST)
    .map((constraint, key) => ({ ...constraint, key }));
}
