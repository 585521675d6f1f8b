import { readFile, stat, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { MAX_RULES_FILE } from '../../../shared/rules.ts';
import { usageError } from '../cli-error.ts';
import { visible } from '../names.ts';
import type { ActionOf } from '../program.ts';
import { changeLines, confirm } from '../rule-lines.ts';
import type { Session } from '../session.ts';

interface ImportOptions {
  readonly add?: boolean;
  readonly yes?: boolean;
}

/** A character takes at most four bytes. */
const MAX_BYTES = 4 * MAX_RULES_FILE;

/** `rules export`, `rules import`. */
export function addRuleFileCommands(rules: Command, action: ActionOf): void {
  rules
    .command('export')
    .description('write all rules but those until quit as a readable file')
    .argument('[file]', 'where to; standard output where left out')
    .action(
      action((session, file: string | undefined) =>
        session.withHost(async ({ client }) => {
          const { text } = await client.rules.export();
          if (file !== undefined) {
            await writeFile(file, text, { mode: 0o600 });
            session.give({ file });
            session.say(`The rules are in ${file}.`);
          } else if (session.json) session.give({ text });
          // Hostile text in it is escaped.
          else session.terminal.out(text);
        }),
      ),
    );
  rules
    .command('import')
    .description('read rules from a file, after showing what would change')
    .argument('<file>', 'the file; - for standard input')
    .option('--add', 'remove no rule that is not in the file')
    .option('--yes', 'do it without asking')
    .action(
      action(async (session, file: string, options: ImportOptions) => {
        const text = await readText(session, file);
        const mode = options.add === true ? 'add' : 'replace';
        await session.withHost(
          async ({ client, state }) => {
            const difference = await client.rules.checkImport({ text, mode });
            const { added, removed, changed, unchanged, warnings, version, digest } = difference;
            for (const line of changeLines(difference, state)) session.say(line);
            for (const warning of warnings) session.say(`  ! ${visible(warning)}`);
            session.say(
              `${added.length} added, ${removed.length} removed, ${changed.length} changed, ${unchanged} unchanged.`,
            );
            if (added.length + removed.length + changed.length === 0) {
              session.give({ ...difference, imported: false });
              session.say('There is nothing to do.');
              return;
            }
            await confirm(session, 'Import this?', options.yes === true);
            await client.rules.import({ text, mode, version, digest });
            session.give({ ...difference, imported: true });
            session.say('Imported. "gatehouse rules undo" takes it back.');
          },
          // The person looks at it for as long as they like.
          { deadlineMs: null },
        );
      }),
    );
}

async function readText(session: Session, file: string): Promise<string> {
  if (file === '-') return await session.terminal.readInput(MAX_BYTES);
  if ((await stat(file)).size > MAX_BYTES) throw usageError('This file is too long for a rules file.');
  return await readFile(file, 'utf8');
}
