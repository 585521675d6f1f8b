import type { Command } from 'commander';
import type { z } from 'zod';
import { defaultSettings, Settings } from '../../../shared/settings.ts';
import { usageError } from '../cli-error.ts';
import { visible } from '../names.ts';
import type { ActionOf } from '../program.ts';

const Change = Settings.partial();

/** `settings get|set`. */
export function addSettingsCommands(program: Command, action: ActionOf): void {
  const settings = program.command('settings').description('what can be changed while the host runs');
  settings
    .command('get', { isDefault: true })
    .description('print the settings, or one of them')
    .argument('[key]', 'the name of a setting')
    .action(
      action((session, key: string | undefined) =>
        session.withHost(async ({ state }) => {
          const all = Object.entries(state.settings);
          const chosen = key === undefined ? all : all.filter(([name]) => name === key);
          if (chosen.length === 0) throw unknownKey(key ?? '');
          session.give(key === undefined ? state.settings : chosen[0]?.[1]);
          const decidedBy: Readonly<Record<string, string>> = state.host.overrides;
          if (key !== undefined) session.say(shown(chosen[0]?.[1]));
          else
            session.columns(
              ['SETTING', 'VALUE', 'DECIDED BY'],
              all.map(([name, value]) => [name, shown(value) || '(none)', decidedBy[name] ?? '']),
              '',
            );
        }),
      ),
    );
  settings
    .command('set')
    .description('change a setting')
    .argument('<key>', 'the name of a setting')
    .argument(
      '<value>',
      'its new value; of a list, the entries with commas or spaces between, or "" for none; of webSocketTls, two files',
    )
    .action(
      action((session, key: string, value: string) =>
        session.withHost(async ({ client }) => {
          const change = parseSetting(key, value);
          const now = await client.settings.set(change);
          session.give(now);
          const set = shown(Object.entries(now).find(([name]) => name === key)?.[1]);
          session.say(`${key} is ${set === '' ? 'empty' : set} now.${later.has(key) ? LATER : ''}`);
        }),
      ),
    );
}

const later: ReadonlySet<string> = new Set<keyof Settings>(['upnp', 'listen', 'announce']);
const LATER = ' It takes effect when Gatehouse is started next.';

const isList = (key: string): boolean =>
  Object.entries(defaultSettings('')).some(([name, value]) => name === key && Array.isArray(value));

/** A list on one line, or the files of a certificate. */
function shown(value: unknown): string {
  if (value === null) return '';
  if (typeof value === 'object') return visible(Object.values(value).map(String).join(' '));
  return visible(typeof value === 'string' ? value : JSON.stringify(value));
}

/** One setting from its text: numbers, booleans and lists as such, the rest as text. */
function parseSetting(key: string, text: string): z.infer<typeof Change> {
  if (!Object.hasOwn(Settings.shape, key)) throw unknownKey(key);
  const guesses = readingsOf(key, text);
  for (const guess of guesses.toReversed()) {
    const parsed = Change.safeParse({ [key]: guess });
    if (parsed.success) return parsed.data;
  }
  const said = Change.safeParse({ [key]: guesses.at(-1) }).error?.issues[0]?.message;
  throw usageError(`${JSON.stringify(text)} is no value for ${key}: ${said ?? 'it does not fit.'}`);
}

function readingsOf(key: string, text: string): unknown[] {
  if (isList(key)) return [text.split(/[\s,]+/).filter((entry) => entry !== '')];
  if (key === ('webSocketTls' satisfies keyof Settings)) return [certificateOf(text)];
  const readings: unknown[] = [text];
  if (/^\d+$/.test(text)) readings.push(Number(text));
  if (text === 'true' || text === 'on') readings.push(true);
  if (text === 'false' || text === 'off') readings.push(false);
  return readings;
}

/** The paths of certificate and key with a comma between; none where there is nothing. */
function certificateOf(text: string): unknown {
  if (text === '' || text === 'none') return null;
  const [certificate, key, ...more] = text.split(',').map((path) => path.trim());
  return more.length === 0 ? { certificate, key } : text;
}

const unknownKey = (key: string): Error =>
  usageError(
    `There is no setting ${JSON.stringify(key)}. There are ${Object.keys(Settings.shape).join(', ')}.`,
  );
