import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { CallStatus } from '../../../shared/calls.ts';
import { RuleId } from '../../../shared/ids.ts';
import type { ChainCheck } from '../../../shared/receipts.ts';
import { ExitCode, usageError } from '../cli-error.ts';
import { findPeer } from '../find-peer.ts';
import { visible } from '../names.ts';
import { writeNewFile } from '../new-file.ts';
import type { ActionOf } from '../program.ts';
import type { Session } from '../session.ts';

interface ExportOptions {
  readonly format?: string;
  readonly whole?: boolean;
  /** Commander's `--no-bodies`. */
  readonly bodies: boolean;
  readonly limit: string;
  readonly peer?: string;
  readonly agent?: string;
  readonly tool?: string;
  readonly direction?: string;
  readonly status?: string;
  readonly rule?: string;
  readonly text?: string;
}

const MAX_CALLS = 1_000_000;
const fileOf = (session: Session, given: string | undefined): string =>
  given === undefined ? join(session.dataDir, 'gatehouse.db') : resolve(given);

/** `records`, `records verify|export`. */
export function addRecordsCommands(program: Command, action: ActionOf): void {
  const records = program
    .command('records')
    .description('how much is on record, and how far it is signed')
    .argument('[file]', 'a copy of gatehouse.db; needs no host')
    .action(action((session, file: string | undefined) => summary(session, file)));
  records
    .command('verify')
    .description('check that nothing on record was removed, changed, reordered or added; needs no host')
    .argument('[file]', 'a copy of gatehouse.db, instead of the one in the data directory')
    .option(
      '--signer <peer id>',
      'who should have signed; this installation, or of another file whoever did, where it is left out',
    )
    .action(
      action((session, file: string | undefined, { signer }: { signer?: string }) =>
        verify(session, file, signer),
      ),
    );
  records
    .command('export')
    .description('write calls on record to a new file, the oldest first; secrets are masked')
    .argument('<file>', 'where to')
    .option('--format <format>', 'jsonl or html; by the name of the file where it is left out')
    .option('--whole', 'do not mask secrets')
    .option('--no-bodies', 'leave arguments and results out')
    .option('-n, --limit <number>', 'at most this many, the newest', '10000')
    .option('--peer <peer>', 'only calls from and to this peer')
    .option('--agent <agent>', 'only of this agent')
    .option('--tool <tool>', 'only of this tool')
    .option('--direction <direction>', 'only in, or out')
    .option('--status <status>', `only ${CallStatus.options.join(', ')}`)
    .option('--rule <rule>', 'only what this rule decided')
    .option('--text <text>', 'only calls whose agent, tool, error or peer holds this')
    .action(action((session, file: string, options: ExportOptions) => exportTo(session, file, options)));
}

async function summary(session: Session, file: string | undefined): Promise<void> {
  const { ReadRecords } = await import('../../host/records/index.ts');
  using records = new ReadRecords(fileOf(session, file));
  const found = records.summary();
  session.give(found);
  const time = (at: number | null): string =>
    at === null ? 'none' : `${new Date(at).toISOString().replace('T', ' ').slice(0, 19)} UTC`;
  session.say(`File          ${visible(found.file)}`);
  session.say(`Size          ${(found.bytes / 1024 / 1024).toFixed(1)} MiB`);
  session.say(`Calls         ${found.calls}`);
  session.say(`Oldest call   ${time(found.oldestAt)}`);
  session.say(`Chain         ${found.entries} entries, signed until ${time(found.signedUntil)}`);
  if (found.signer !== null) session.say(`Signed by     ${visible(found.signer)}`);
}

async function verify(
  session: Session,
  file: string | undefined,
  given: string | undefined,
): Promise<ExitCode> {
  const signer = given ?? (file === undefined ? await ownPeerId(session.dataDir) : null);
  const { ReadRecords } = await import('../../host/records/index.ts');
  using records = new ReadRecords(fileOf(session, file));
  const check = await records.verify(signer, session.terminal.interrupted);
  const signedBy = records.summary().signer;
  session.give({ ...check, signedBy, expected: signer });
  for (const line of inWords(check, signedBy, signer)) session.say(line);
  return check.ok ? ExitCode.fine : ExitCode.failed;
}

/** Who signs in this data folder, where the key is in a file of its own that can be read; null: not known here. */
async function ownPeerId(dataDir: string): Promise<string | null> {
  const { createFileKeyStore, IdentityError, openIdentity } = await import('../../host/identity/index.ts');
  const keyStore = createFileKeyStore(join(dataDir, 'identity.key'));
  try {
    return (await keyStore.load()) === null ? null : (await openIdentity(keyStore)).peerId;
  } catch (error) {
    if (error instanceof IdentityError) return null;
    throw error;
  }
}

function inWords(check: ChainCheck, signedBy: string | null, expected: string | null): string[] {
  const { entries, calls, deleted, problems, signedUntil } = check;
  const checked = `${entries} entries about ${calls} calls were checked; ${deleted} calls were deleted by age or size.`;
  const signed =
    signedUntil === null || signedBy === null
      ? 'No signature covers them: whoever can write the file could have made all of it anew.'
      : `Signed until ${new Date(signedUntil).toISOString().replace('T', ' ').slice(0, 19)} UTC by ${visible(signedBy)}.`;
  const whose =
    expected === null
      ? 'It is not known here who should have signed, so a chain without signatures, or signed by somebody else, passes: name the peer id with --signer.'
      : `The signatures were compared with ${visible(expected)}.`;
  if (check.ok) return [checked, signed, whose, 'Nothing was removed, changed, reordered or added.'];
  const found = problems.map(({ kind, text }) => `${kind}: ${visible(text)}`);
  return [
    checked,
    signed,
    whose,
    ...found,
    `${problems.length === 100 ? 'At least 100' : problems.length} found.`,
  ];
}

async function exportTo(session: Session, file: string, options: ExportOptions): Promise<void> {
  const path = resolve(file);
  const format = options.format ?? (/\.html?$/i.test(file) ? 'html' : 'jsonl');
  if (format !== 'jsonl' && format !== 'html') throw usageError('--format is jsonl or html.');
  if (options.whole === true && !options.bodies) throw usageError('Give --whole or --no-bodies, not both.');
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_CALLS)
    throw usageError(`--limit is a number from 1 to ${MAX_CALLS}.`);
  const { direction } = options;
  if (direction !== undefined && direction !== 'in' && direction !== 'out')
    throw usageError('--direction is in or out.');
  const status = options.status === undefined ? undefined : CallStatus.safeParse(options.status).data;
  if (options.status !== undefined && status === undefined)
    throw usageError(`--status is one of ${CallStatus.options.join(', ')}.`);
  const ruleId = options.rule === undefined ? undefined : RuleId.safeParse(options.rule).data;
  if (options.rule !== undefined && ruleId === undefined) throw usageError('--rule is the id of a rule.');
  await session.withHost(
    async ({ client, state }) => {
      const pieces = await client.records.export(
        {
          format,
          bodies: options.whole === true ? 'whole' : options.bodies ? 'masked' : 'none',
          limit,
          query: {
            ...(options.peer === undefined ? {} : { peerId: findPeer(options.peer, state.peers).peerId }),
            ...(options.agent === undefined ? {} : { agent: options.agent }),
            ...(options.tool === undefined ? {} : { tool: options.tool }),
            ...(direction === undefined ? {} : { direction }),
            ...(status === undefined ? {} : { status }),
            ...(ruleId === undefined ? {} : { ruleId }),
            ...(options.text === undefined ? {} : { text: options.text }),
          },
        },
        { signal: session.terminal.interrupted },
      );
      const bytes = await writeNewFile(path, pieces);
      session.give({ file: path, format, bytes });
      session.say(`Written to ${visible(path)}: ${bytes} bytes.`);
    },
    { deadlineMs: null },
  );
}
