import type { Command } from 'commander';
import { InviteId, type InvitePreview, type InviteView } from '../../../shared/invites.ts';
import type { PeerView } from '../../../shared/peers.ts';
import { CliError, ExitCode, usageError } from '../cli-error.ts';
import { formatSpan } from '../durations.ts';
import { peerLabel, shortId, visible } from '../names.ts';
import type { ActionOf } from '../program.ts';
import type { Session } from '../session.ts';
import { withId } from './peers.ts';

/** How long meeting the inviter may take, in milliseconds. The host has a deadline of its own within it. */
const JOIN_MS = 60_000;
/** Longest invite on standard input, in bytes. */
const MAX_INPUT = 4000;

interface MakeOptions {
  readonly hours: string;
  readonly trusted?: boolean;
  readonly qr: boolean;
}
interface JoinOptions {
  readonly alias?: string;
  readonly trusted?: boolean;
  readonly yes?: boolean;
}

/** `invite`, `invites list|withdraw`, `join`. */
export function addInviteCommands(program: Command, action: ActionOf): void {
  program
    .command('invite')
    .description('make an invite: whoever brings it first becomes a contact')
    .option('--hours <number>', 'how long it can be used: 1 to 720', '24')
    .option('--trusted', 'whoever brings it is trusted, not only known')
    .option('--no-qr', 'print no QR code')
    .action(action(makeInvite));
  const invites = program.command('invites').description('the invites that were made here');
  invites
    .command('list', { isDefault: true })
    .description('list them; those that are over for 30 days are left out')
    .action(action(listInvites));
  invites
    .command('withdraw')
    .description('make an invite useless')
    .argument('<id>', 'as "gatehouse invites" lists it')
    .action(
      action((session, text: string) =>
        session.withHost(async ({ client }) => {
          const id = InviteId.safeParse(text);
          if (!id.success) throw usageError(`${JSON.stringify(text)} is no id of an invite.`);
          await client.invites.withdraw({ id: id.data });
          session.give({ id: id.data, withdrawn: true });
          session.say('Nobody can use it any more.');
        }),
      ),
    );
  program
    .command('join')
    .description('use an invite: whoever made it becomes a contact, and you one of theirs')
    .argument('<text>', 'gatehouse://invite/…, or - to read it from standard input')
    .option('--alias <name>', 'what you call them')
    .option('--trusted', 'trust them: reading tools may run unasked where the settings say so')
    .option('-y, --yes', 'use it without being asked')
    .action(action(join));
}

async function makeInvite(session: Session, options: MakeOptions): Promise<void> {
  const hours = Number(options.hours);
  if (!/^\d{1,3}$/.test(options.hours) || hours < 1 || hours > 720) {
    throw usageError('--hours is a whole number from 1 to 720.');
  }
  await session.withHost(async ({ client }) => {
    const trust = options.trusted === true ? 'trusted' : 'known';
    const made = await client.invites.create({ hours, trust });
    session.give({ id: made.invite.id, ...made });
    if (session.json) return;
    for (const warning of made.warnings) session.terminal.err(`${warning}\n`);
    if (options.qr) await showCode(session, made.text);
    session.say(made.text);
    session.say('');
    session.say(`Whoever uses it first becomes a contact of yours, ${trust}. Give it to one person only.`);
    session.say(
      `It is good for ${hours} h. "gatehouse invites withdraw ${made.invite.id}" makes it useless.`,
    );
  });
}

/** The code is for a camera in front of this screen; a file or a pipe has no use for it. */
async function showCode(session: Session, text: string): Promise<void> {
  const { columns } = session.terminal;
  if (columns === null) return;
  const { drawCode } = await import('../qr-code.ts');
  const code = drawCode(text);
  if (code.columns <= columns) session.say(code.text);
  else session.say(`A QR code of it needs a window of ${code.columns} columns; this one has ${columns}.`);
}

async function listInvites(session: Session): Promise<void> {
  await session.withHost(async ({ client, state }) => {
    const all = await client.invites.list();
    session.give(all);
    session.columns(
      ['INVITE', 'MADE', 'STATE'],
      all.map((invite) => [
        invite.id,
        `${formatSpan(Date.now() - invite.createdAt)} ago`,
        stateOf(invite, state.peers),
      ]),
      'No invites. "gatehouse invite" makes one.',
    );
  });
}

function stateOf(
  { usedBy, usedAt, expiresAt }: InviteView,
  peers: Readonly<Record<string, PeerView>>,
): string {
  const now = Date.now();
  if (usedBy !== null)
    return `used by ${peerLabel(peers[usedBy], usedBy)} ${formatSpan(now - (usedAt ?? 0))} ago`;
  return expiresAt <= now
    ? `over for ${formatSpan(now - expiresAt)}`
    : `open for ${formatSpan(expiresAt - now)}`;
}

async function join(session: Session, given: string, options: JoinOptions): Promise<void> {
  const text = (given === '-' ? await session.terminal.readInput(MAX_INPUT) : given).trim();
  if (text === '') throw usageError('There is no invite on standard input.');
  // Whoever is asked may take their time; what the host does has a deadline of its own.
  const preview = await session.withHost(({ client }) => client.invites.preview({ text }));
  if (!preview.expired && !preview.own) await confirm(session, preview, options.yes === true);
  await session.withHost(
    async ({ client }) => {
      const peer = await client.invites.accept({
        text,
        trust: options.trusted === true ? 'trusted' : 'known',
        ...(options.alias === undefined ? {} : { alias: options.alias }),
      });
      session.give(withId(peer));
      session.say(whatCameOfIt(peer));
    },
    { deadlineMs: JOIN_MS },
  );
}

async function confirm(session: Session, preview: InvitePreview, agreed: boolean): Promise<void> {
  const { name, peerId, expiresAt, addresses, relays } = preview;
  const { terminal } = session;
  const said = name === '' ? 'does not say its name' : `calls itself "${visible(name, 60)}"`;
  terminal.err(`This invite is from ${peerId}, which ${said}.\n`);
  terminal.err(`It can be used for another ${formatSpan(expiresAt - Date.now())}.\n`);
  for (const address of addresses) terminal.err(`  at ${visible(address, 300)}\n`);
  for (const relay of relays) terminal.err(`  by way of ${visible(relay, 300)}\n`);
  if (agreed) return;
  if (!terminal.interactive) {
    throw usageError('Nobody is here to be asked. Look at the invite above, and give --yes to use it.');
  }
  const answer = await terminal.ask(`Make ${shortId(peerId)} a contact? [y/N] `);
  if (!/^\s*y(es)?\s*$/i.test(answer)) {
    throw new CliError('CANCELLED', ExitCode.failed, 'Not confirmed; the invite was not used.');
  }
}

function whatCameOfIt(peer: PeerView): string {
  const who = peerLabel(peer, peer.peerId);
  if (peer.acceptsUs === true) return `${who} is a contact now, and you are one of theirs.`;
  if (peer.acceptsUs === false) {
    return `${who} is a contact now, but takes the invite no more: it is used, withdrawn or over. They have been asked to accept you.`;
  }
  const why = peer.dialError === null ? '' : ` ${visible(peer.dialError)}`;
  return `${who} is a contact now, but cannot be reached yet.${why} The invite is shown to them as soon as you are linked, while it is good.`;
}
