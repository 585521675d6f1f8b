import type { LiveState } from '../../shared/live.ts';
import { ruleSentence } from '../../shared/rule-sentence.ts';
import type { NewRule, RulesVersion } from '../../shared/rules.ts';
import { CliError, ExitCode, usageError } from './cli-error.ts';
import { peerLabel } from './names.ts';
import type { Session } from './session.ts';

/** A rule in words, with the names that peers have here. */
export const sentenceOf = (rule: NewRule, { peers }: Pick<LiveState, 'peers'>): string =>
  ruleSentence(rule, { nameOf: (peerId) => peerLabel(peers[peerId], peerId) });

/** What a change did or would do, a line for each rule. */
export function changeLines(
  { added, removed, changed }: Pick<RulesVersion, 'added' | 'removed' | 'changed'>,
  state: LiveState,
): string[] {
  return [
    ...removed.map((rule) => `  - ${rule.id}  ${sentenceOf(rule, state)}`),
    ...added.map((rule) => `  + ${rule.id}  ${sentenceOf(rule, state)}`),
    ...changed.flatMap(({ before, after }) => [
      `  ~ ${before.id}  ${sentenceOf(before, state)}`,
      `    ${''.padEnd(before.id.length)}  now: ${sentenceOf(after, state)}`,
    ]),
  ];
}

/**
 * Goes on where the person says yes, or said so before.
 * @throws {CliError} USAGE where nobody is there to be asked, DECLINED
 */
export async function confirm(session: Session, question: string, yes: boolean): Promise<void> {
  if (yes) return;
  const { terminal } = session;
  if (!terminal.interactive) throw usageError('Nobody is there to confirm it. Look at it, then add --yes.');
  const answer = await terminal.ask(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) {
    throw new CliError('DECLINED', ExitCode.failed, 'Nothing is changed.');
  }
}
