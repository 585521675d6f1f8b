import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CallId } from '../../../shared/ids.ts';
import type { ReceiptBody, ReceiptCheck } from '../../../shared/receipts.ts';
import { CliError, ExitCode, usageError } from '../cli-error.ts';
import { jsonLine } from '../../../shared/json-line.ts';
import { visible } from '../names.ts';
import { writeNewFile } from '../new-file.ts';
import type { ActionOf } from '../program.ts';
import type { Session } from '../session.ts';

interface Bodies {
  readonly arguments?: string;
  readonly result?: string;
}

/** A file that holds one receipt is a few KiB; arguments and results are at most a message long. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;
const SIGNED_BY_BOTH = 'Signed by the host of the agent and by the caller.';
const SIGNED_BY_HOST = 'Signed by the host of the agent only: nothing shows that the caller agrees.';

/** `receipts export|verify`. */
export function addReceiptCommands(program: Command, action: ActionOf): void {
  const receipts = program
    .command('receipts')
    .description('what both sides of a call have signed: export it, and check it without anybody');
  receipts
    .command('export')
    .description('write the receipt of a call to a file, or print it')
    .argument('<call>', 'the number of the call, as "gatehouse calls" lists it')
    .argument('[file]', 'where to: a new file')
    .action(action((session, call: string, file: string | undefined) => exportOne(session, call, file)));
  receipts
    .command('verify')
    .description('check receipts; needs no host, no network and no data')
    .argument('<file...>', 'receipts, as they were exported')
    .option('--arguments <file>', 'JSON: whether these are the arguments that were sent')
    .option('--result <file>', 'JSON: whether this is the result, or the error, that was answered')
    .action(action((session, files: string[], options: Bodies) => verify(session, files, options)));
}

async function exportOne(session: Session, call: string, file: string | undefined): Promise<void> {
  const id = CallId.safeParse(Number(call)).data;
  if (id === undefined) throw usageError('A call has a number; "gatehouse calls" lists them.');
  const receipt = await session.withHost(async ({ client }) => await client.calls.receipt({ id }));
  if (file === undefined) {
    // The tool's name is a peer's text: nothing of it may steer the terminal.
    session.terminal.out(`${jsonLine(receipt)}\n`);
    return;
  }
  const path = resolve(file);
  await writeNewFile(path, [`${jsonLine(receipt)}\n`]);
  const { callerSignature } = receipt;
  session.give({ file: path, signedBy: callerSignature === null ? ['host'] : ['host', 'caller'] });
  session.say(`Written to ${visible(path)}. ${callerSignature === null ? SIGNED_BY_HOST : SIGNED_BY_BOTH}`);
}

async function verify(session: Session, files: readonly string[], options: Bodies): Promise<ExitCode> {
  if (files.length > 1 && (options.arguments !== undefined || options.result !== undefined))
    throw usageError('--arguments and --result are about one receipt: give one file.');
  const evidence = {
    ...(options.arguments === undefined ? {} : { arguments: await jsonIn(options.arguments) }),
    ...(options.result === undefined ? {} : { result: await jsonIn(options.result) }),
  };
  // Not before it is needed: the other commands start faster without it.
  const { verifyReceipt } = await import('../../host/receipts/index.ts');
  const checked: (ReceiptCheck & { file: string })[] = [];
  for (const file of files) {
    const check = verifyReceipt(await jsonIn(file), evidence);
    checked.push({ file, ...check });
    for (const line of inWords(file, check, options)) session.say(line);
  }
  session.give(checked);
  return checked.every(({ ok }) => ok) ? ExitCode.fine : ExitCode.failed;
}

async function jsonIn(file: string): Promise<unknown> {
  const path = resolve(file);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new CliError('FILE', ExitCode.failed, `${path} cannot be read.`, { cause });
  });
  if (bytes.length > MAX_FILE_BYTES)
    throw new CliError('FILE', ExitCode.failed, `${path} is too large to be about one call.`);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new CliError('FILE', ExitCode.failed, `${path} is not JSON.`, { cause });
  }
}

function inWords(file: string, { ok, body, signedBy, problems }: ReceiptCheck, given: Bodies): string[] {
  const name = visible(file);
  if (!ok || body === null) {
    return [`${name}: NOT SOUND. Do not rely on it.`, ...problems.map((problem) => `  ${problem}`)];
  }
  return [
    `${name}: sound.`,
    `  ${body.caller} called ${visible(body.agent)} ${visible(body.tool)} of ${body.host}.`,
    `  Received ${time(body.receivedAt)}, decided ${time(body.decidedAt)}, ended ${time(body.endedAt)}, by the clock of the host.`,
    `  ${decision(body)}`,
    `  ${signedBy.includes('caller') ? SIGNED_BY_BOTH : SIGNED_BY_HOST}`,
    ...(given.arguments === undefined ? [] : ['  The arguments given are those that were sent.']),
    ...(given.result === undefined ? [] : ['  The result given is the one that was answered.']),
  ];
}

function decision({ effect, by, outcome, changed }: ReceiptBody): string {
  const decided = `${effect === 'allow' ? 'Allowed' : 'Denied'} by ${visible(by)}, and answered with ${
    outcome === 'result' ? 'a result' : 'an error'
  }.`;
  const said = {
    no: '',
    arguments: ' The person there changed the arguments before it ran.',
    result: ' The person there changed the result before it left.',
    both: ' The person there changed the arguments before it ran, and the result before it left.',
  }[changed];
  return `${decided}${said}`;
}

const time = (at: number): string =>
  at > 8.64e15 ? String(at) : new Date(at).toISOString().replace('T', ' ').replace('Z', ' UTC');
