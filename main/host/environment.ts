import { SettingsChange, type SettingOverrides } from '../../shared/settings.ts';
import { EnvironmentError } from './environment-error.ts';
import {
  KNOWN_NAMES,
  LIBP2P_ENABLED,
  SETTING_VARIABLES,
  type SettingVariable,
} from './environment-variables.ts';

/** What decides settings for one run of the host, in place of what is stored. */
export interface RunSettings {
  readonly values: SettingsChange;
  /** Who decides which: the name of a variable, or of an option of the command line. What it decides stays so. */
  readonly overrides: SettingOverrides;
  /** Sentences for the person, such as of a variable that nobody knows. */
  readonly warnings?: readonly string[];
}

const PREFIX = 'GATEHOUSE_';
const MAX_SHOWN = 120;
const MAX_WARNINGS = 8;
/** So many letters may be wrong for a name to be taken for a slip of another one. */
const MAX_SLIPS = 4;

/**
 * Reads the settings that the environment sets; see docs/settings.md. A variable that is empty is not set.
 *
 * @throws {EnvironmentError} with every wrong one
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): RunSettings {
  const values: Record<string, unknown> = {};
  const overrides: SettingOverrides = {};
  const problems: string[] = [];
  for (const variable of SETTING_VARIABLES) {
    const read = variable.names.flatMap((name) => readOne(variable, name, env[name]) ?? []);
    const [first, second] = read.filter((one) => 'value' in one);
    for (const one of read) if ('problem' in one) problems.push(one.problem);
    if (first === undefined) continue;
    if (second !== undefined && JSON.stringify(first.value) !== JSON.stringify(second.value)) {
      problems.push(
        `${first.name} is ${shown(env[first.name])} and ${second.name} is ${shown(env[second.name])}: both decide the same setting. Set one of them, or both alike.`,
      );
    }
    values[variable.key] = first.value;
    overrides[variable.key] = first.name;
  }
  const problem = readLibp2pEnabled(env, values, overrides);
  if (problem !== null) problems.push(problem);
  if (problems.length > 0) throw new EnvironmentError(problems);
  return { values: SettingsChange.parse(values), overrides, warnings: unknownNames(env) };
}

/** The later ones win. */
export const together = (...all: readonly RunSettings[]): RunSettings =>
  all.reduce((sum, next) => ({
    values: { ...sum.values, ...next.values },
    overrides: { ...sum.overrides, ...next.overrides },
    warnings: [...(sum.warnings ?? []), ...(next.warnings ?? [])],
  }));

type Read = { readonly name: string; readonly value: unknown } | { readonly problem: string };

function readOne(variable: SettingVariable, name: string, given: string | undefined): Read | null {
  const text = given?.trim() ?? '';
  if (text === '') return null;
  const read = variable.read(text);
  const parsed = SettingsChange.safeParse({ [variable.key]: read });
  if (read !== undefined && parsed.success) return { name, value: parsed.data[variable.key] };
  return { problem: `${name} is ${shown(given)}: it must be ${variable.allowed}.` };
}

/** What is wrong with it, if anything. */
function readLibp2pEnabled(
  env: Readonly<Record<string, string | undefined>>,
  values: Record<string, unknown>,
  overrides: SettingOverrides,
): string | null {
  const { name, allowed, read } = LIBP2P_ENABLED;
  const text = env[name]?.trim() ?? '';
  if (text === '') return null;
  const enabled = read(text);
  if (enabled === undefined) return `${name} is ${shown(text)}: it must be ${allowed}.`;
  const { transport: by } = overrides;
  if (by === undefined) {
    values['transport'] = enabled ? 'libp2p' : 'websocket';
    overrides.transport = name;
    return null;
  }
  if (enabled === (values['transport'] !== 'websocket')) return null;
  return `${by} is ${shown(env[by])} and ${name} is ${shown(text)}: one says that libp2p is used, the other that it is not. Set one of them, or both alike.`;
}

function unknownNames(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !KNOWN_NAMES.has(name) && env[name] !== '')
    .slice(0, MAX_WARNINGS)
    .map((name) => {
      const near = nearest(name);
      const hint = near === null ? 'docs/settings.md lists those there are.' : `Did you mean ${near}?`;
      return `The environment has ${shown(name)}, which means nothing to Gatehouse. ${hint}`;
    });
}

function nearest(name: string): string | null {
  if (name.length > 60) return null;
  const [best] = [...KNOWN_NAMES]
    .filter((known) => known.startsWith(PREFIX))
    .map((known) => ({ known, slips: slipsBetween(name, known) }))
    .toSorted((a, b) => a.slips - b.slips);
  return best === undefined || best.slips > MAX_SLIPS ? null : best.known;
}

/** How many letters to add, leave out or change (Levenshtein). */
function slipsBetween(one: string, other: string): number {
  let before = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...one].entries()) {
    const now = [row + 1];
    for (const [column, wanted] of [...other].entries()) {
      const changed = (before[column] ?? 0) + (letter === wanted ? 0 : 1);
      now.push(Math.min(changed, (before[column + 1] ?? 0) + 1, (now[column] ?? 0) + 1));
    }
    before = now;
  }
  return before.at(-1) ?? 0;
}

const shown = (text = ''): string =>
  JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
