import type { Command } from 'commander';
import type { ActionOf } from '../program.ts';

/** `import-dawn`. It works on the data folder itself; what it needs for that is loaded only when it runs. */
export function addImportDawnCommand(program: Command, action: ActionOf): void {
  program
    .command('import-dawn')
    .description("take a Dawn node's identity, bootstrap list and trust file, after showing what that means")
    .argument('<dir>', 'the folder that holds them; nothing else is read')
    .option('-y, --yes', 'import without being asked')
    .action(
      action(async (session, dir: string, { yes = false }: { yes?: boolean }) => {
        const { importDawn } = await import('../import-dawn/import-dawn.ts');
        await importDawn(session, dir, yes);
      }),
    );
}
