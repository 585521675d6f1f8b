import type { Command } from 'commander';
import type { z } from 'zod';
import { Settings } from '../../../shared/settings.ts';
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
          if (key !== undefined) session.say(visible(String(chosen[0]?.[1])));
          else
            session.columns(
              ['SETTING', 'VALUE'],
              all.map(([name, value]) => [name, visible(String(value))]),
              '',
            );
        }),
      ),
    );
  settings
    .command('set')
    .description('change a setting')
    .argument('<key>', 'the name of a setting')
    .argument('<value>', 'its new value')
    .action(
      action((session, key: string, value: string) =>
        session.withHost(async ({ client }) => {
          const change = parseSetting(key, value);
          const now = await client.settings.set(change);
          session.give(now);
          session.say(
            `${key} is ${visible(String(Object.entries(now).find(([name]) => name === key)?.[1]))} now.`,
          );
        }),
      ),
    );
}

/** One setting from its text: numbers and booleans as such, the rest as text. */
function parseSetting(key: string, text: string): z.infer<typeof Change> {
  if (!Object.hasOwn(Settings.shape, key)) throw unknownKey(key);
  const guesses: unknown[] = [text];
  if (/^\d+$/.test(text)) guesses.push(Number(text));
  if (text === 'true' || text === 'on') guesses.push(true);
  if (text === 'false' || text === 'off') guesses.push(false);
  for (const guess of guesses.toReversed()) {
    const parsed = Change.safeParse({ [key]: guess });
    if (parsed.success) return parsed.data;
  }
  const said = Change.safeParse({ [key]: guesses.at(-1) }).error?.issues[0]?.message;
  throw usageError(`${JSON.stringify(text)} is no value for ${key}: ${said ?? 'it does not fit.'}`);
}

const unknownKey = (key: string): Error =>
  usageError(
    `There is no setting ${JSON.stringify(key)}. There are ${Object.keys(Settings.shape).join(', ')}.`,
  );
