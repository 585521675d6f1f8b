import { Command, CommanderError } from 'commander';
import { CliError, ExitCode, toCliError, usageError } from './cli-error.ts';
import { addAgentCommands } from './commands/agents.ts';
import { addApprovalCommands } from './commands/approvals.ts';
import { addBudgetCommand } from './commands/budgets.ts';
import { addCallCommands } from './commands/calls.ts';
import { addCompareCommand } from './commands/compare.ts';
import { addContactCommands } from './commands/contacts.ts';
import { addExplainCommand } from './commands/explain.ts';
import { addFindCommand } from './commands/find.ts';
import { addHostCommands } from './commands/host.ts';
import { addImportDawnCommand } from './commands/import-dawn.ts';
import { addInviteCommands } from './commands/invites.ts';
import { addPeerCommands } from './commands/peers.ts';
import { addRuleCommands } from './commands/rules.ts';
import { addReachabilityCommands } from './commands/reachability.ts';
import { addReceiptCommands } from './commands/receipts.ts';
import { addRecordsCommands } from './commands/records.ts';
import { addReviewCommands } from './commands/reviews.ts';
import { addRelayCommand } from './commands/relay.ts';
import { addServeCommand } from './commands/serve.ts';
import { addSettingsCommands } from './commands/settings.ts';
import { addToolCommands } from './commands/tools.ts';
import { addTransportCommands } from './commands/transport.ts';
import { jsonLine } from '../../shared/json-line.ts';
import { visible } from './names.ts';
import { createSession } from './session.ts';
import type { Session } from './session.ts';
import type { Terminal } from './terminal.ts';

/** Turns a function of ours into an action of the command line parser; what it returns is the exit code. */
export type ActionOf = <Args extends unknown[]>(
  work: (session: Session, ...args: Args) => Promise<ExitCode | void>,
) => (this: Command, ...args: Args) => Promise<void>;

const EXIT_CODES = `
Exit codes:
  0    fine
  1    failed
  2    wrong usage
  3    no host runs with this data directory
  4    denied
  5    the question expired before somebody answered it
  6    the tool itself reported an error
  7    a peer, an agent or the host is unreachable or unavailable
  130  interrupted
`;

/** Runs one command line, without the program's own name, and resolves with its exit code. Prints its errors. */
export async function runCommandLine(
  argv: readonly string[],
  terminal: Terminal,
  version: string,
): Promise<ExitCode> {
  let exitCode: ExitCode = ExitCode.fine;
  const action: ActionOf = (work) =>
    async function (...args) {
      exitCode = (await work(createSession(terminal, this), ...args)) ?? ExitCode.fine;
    };
  const program = createProgram(terminal, version, action);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    const failure = ofParser(error) ?? toCliError(error);
    if (failure.exitCode === ExitCode.fine) return ExitCode.fine;
    terminal.err(`${errorLine(failure, wantsJson(argv))}\n`);
    return failure.exitCode;
  }
}

function createProgram(terminal: Terminal, version: string, action: ActionOf): Command {
  const program = new Command('gatehouse')
    .description(
      'Hosts AI agents on this machine and lets other machines call their tools, with you deciding what gets in.',
    )
    .version(version, '-V, --version', 'print the version')
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      // Errors are printed once and in one line, by runCommandLine.
      writeErr: () => undefined,
      outputError: () => undefined,
    })
    .addHelpText('after', EXIT_CODES);
  addServeCommand(program, action);
  addRelayCommand(program, action);
  addHostCommands(program, action);
  addReachabilityCommands(program, action);
  addPeerCommands(program, action);
  addTransportCommands(program, action);
  addImportDawnCommand(program, action);
  addContactCommands(program, action);
  addFindCommand(program, action);
  addInviteCommands(program, action);
  addAgentCommands(program, action);
  addToolCommands(program, action);
  addCompareCommand(program, action);
  addApprovalCommands(program, action);
  addReviewCommands(program, action);
  addRuleCommands(program, action);
  addExplainCommand(program, action);
  addBudgetCommand(program, action);
  addCallCommands(program, action);
  addReceiptCommands(program, action);
  addRecordsCommands(program, action);
  addSettingsCommands(program, action);
  addCommonOptions(program);
  return program;
}

/** `--json` and `--data` stand before or after the command, as one likes. */
function addCommonOptions(command: Command): void {
  command
    .option('--json', 'print JSON, and errors as JSON')
    .option(
      '--data <dir>',
      'the data directory of the host; GATEHOUSE_DATA, or the usual place of the platform',
    );
  for (const child of command.commands) addCommonOptions(child);
}

function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end === -1 ? undefined : end).includes('--json');
}

function ofParser(error: unknown): CliError | null {
  if (!(error instanceof CommanderError)) return null;
  if (error.exitCode === 0) return new CliError('HELP', ExitCode.fine, '');
  if (error.code === 'commander.help') return usageError('Give a command; "gatehouse --help" lists them.');
  if (error.code === 'commander.excessArguments') {
    return usageError('Too many arguments, or an unknown command; --help lists what there is.');
  }
  const said = error.message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
  return usageError(`${said.charAt(0).toUpperCase()}${said.slice(1)}${said.endsWith('.') ? '' : '.'}`);
}

/** One line, whatever the message holds: parts of it may come from a peer. */
function errorLine(failure: CliError, json: boolean): string {
  const { code, message } = failure;
  return json ? jsonLine({ error: { code, message } }) : visible(message);
}
