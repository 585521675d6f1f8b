import type { Command } from 'commander';
import type { ReviewAnswer, ReviewView } from '../../../shared/gate.ts';
import type { LiveState } from '../../../shared/live.ts';
import { CliError, ExitCode, usageError } from '../cli-error.ts';
import { formatSpan } from '../durations.ts';
import { peerLabel, visible } from '../names.ts';
import type { ActionOf } from '../program.ts';
import type { Session } from '../session.ts';
import { textOption } from '../text-option.ts';
import { reasonOf } from './answer-options.ts';

interface ReviewOptions {
  readonly release?: boolean;
  readonly redact?: string;
  readonly refuse?: boolean;
  readonly reason?: string;
}

const MAX_RESULT_BYTES = 8_388_608;
/** No answer of an agent is longer, in characters. */
const WHOLE = 32_000_000;

/** `reviews`, `review`. */
export function addReviewCommands(program: Command, action: ActionOf): void {
  program
    .command('reviews')
    .description('list what agents answered and you hold, or show one of these answers in full')
    .argument('[id]', 'the id of the answer, or the beginning of it')
    .action(
      action((session, id: string | undefined) =>
        session.withHost(async ({ client, state }) => {
          if (id === undefined) return listReviews(session, state);
          const review = findReview(id, state);
          const { json } = await client.reviews.result({ id: review.id });
          const whole: unknown = JSON.parse(json);
          session.give({ ...review, whole });
          for (const line of describe(review, state)) session.say(line);
          for (const line of JSON.stringify(whole, null, 2).split('\n')) session.say(visible(line, WHOLE));
        }),
      ),
    );
  program
    .command('review')
    .description('let an answer of an agent leave, change it first, or keep it here; the call itself has run')
    .argument('<id>', 'the id of the answer, or the beginning of it')
    .option('--release', 'it leaves as it is')
    .option('--redact <json>', 'this leaves instead; @FILE reads it from a file. The caller is told')
    .option('--refuse', 'it does not leave')
    .option('--reason <text>', 'with --refuse: tell the caller why')
    .action(
      action(async (session, id: string, options: ReviewOptions) => {
        const answer = await chosen(options);
        await session.withHost(async ({ client, state }) => {
          const review = findReview(id, state);
          for (const line of describe(review, state)) session.say(line);
          await client.reviews.answer({ id: review.id, digest: review.digest, answer });
          const { callId, peerId, agent, tool, digest } = review;
          session.give({ id: review.id, answer, callId, peerId, agent, tool, digest });
          session.say(outcome[answer.kind]);
        });
      }),
    );
}

const outcome = {
  release: 'Released.',
  redact: 'Released as you changed it. The caller is told that it was changed.',
  refuse: 'Kept here. The caller is told that the call has run.',
} as const satisfies Record<ReviewAnswer['kind'], string>;

async function chosen({ release, redact, refuse, reason }: ReviewOptions): Promise<ReviewAnswer> {
  const given = [release === true, redact !== undefined, refuse === true].filter(Boolean).length;
  if (given !== 1) throw usageError('Give one of --release, --redact and --refuse.');
  if (reason !== undefined && refuse !== true) throw usageError('A reason goes with --refuse.');
  if (redact !== undefined) return { kind: 'redact', result: await textOption(redact, MAX_RESULT_BYTES) };
  return release === true ? { kind: 'release' } : { kind: 'refuse', reason: reasonOf(reason) };
}

function findReview(id: string, state: LiveState): ReviewView {
  const exact = state.reviews[id];
  if (exact !== undefined) return exact;
  const [only, another] = Object.values(state.reviews).filter((review) => review.id.startsWith(id));
  if (only === undefined || id.length < 2) {
    throw new CliError(
      'NOT_FOUND',
      ExitCode.failed,
      `No answer ${JSON.stringify(id)} is held: it was released, refused or has expired. See "gatehouse reviews".`,
    );
  }
  if (another !== undefined)
    throw usageError(`More than one answer begins with ${JSON.stringify(id)}. Give more of it.`);
  return only;
}

function describe(review: ReviewView, state: LiveState): string[] {
  const who = peerLabel(state.peers[review.peerId], review.peerId);
  return [
    `${review.agent} > ${visible(review.tool)} has answered ${who}  (${review.resultBytes} bytes)`,
    ...(review.toolError ? ['The tool says that it failed.'] : []),
    ...(review.callerAway ? ['The caller has gone, and may come back for it.'] : []),
  ];
}

function listReviews(session: Session, state: LiveState): void {
  const held = Object.values(state.reviews).toSorted((one, other) => one.deadline - other.deadline);
  session.give(held);
  session.columns(
    ['ID', 'PEER', 'AGENT', 'TOOL', 'BYTES', 'LEFT', 'ANSWER'],
    held.map((review) => [
      review.id,
      peerLabel(state.peers[review.peerId], review.peerId),
      review.agent,
      visible(review.tool),
      String(review.resultBytes),
      formatSpan(review.deadline - Date.now()),
      visible(review.preview),
    ]),
    'You hold no answers.',
  );
}
