import { useEffect, useState } from 'react';
import type { Answer, ApprovalView } from '../../shared/gate.ts';
import { sentenceOf } from '../parts/use-action.ts';
import { useHost, useLive } from '../state/hooks.ts';
import { answeredWords } from './answers.ts';

/** How far one question is. */
export type Standing =
  | { readonly kind: 'open' }
  | { readonly kind: 'put-off'; readonly until: number }
  /** Until `at` it can be taken back; null: the host has it, and has not said more yet. */
  | { readonly kind: 'answered'; readonly words: string; readonly how: string; readonly at: number | null }
  | { readonly kind: 'over'; readonly words: string };

export interface Answering {
  readonly standing: Standing;
  readonly busy: boolean;
  /** A sentence, until the next try. */
  readonly error: string | null;
  readonly answer: (answer: Answer, words: string) => void;
  readonly undo: () => void;
  /** Brings a question that was put off back to its buttons. */
  readonly reveal: () => void;
}

/** Answers one question and follows what comes of it, also where another window answers or takes back. */
export function useAnswering(approval: ApprovalView, gone: boolean, onSettled: () => void): Answering {
  const { id, digest, answered, laterUntil, deadline } = approval;
  const host = useHost();
  const undoSeconds = useLive((live) => live.settings.undoSeconds);
  const [said, setSaid] = useState<{ words: string; how: string } | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [revealed, setRevealed] = useState<number | null>(null);
  const [wasAnswered, setWasAnswered] = useState(false);
  const isAnswered = answered !== null;
  if (isAnswered !== wasAnswered) {
    setWasAnswered(isAnswered);
    // Taken back, here or in another window: it waits again.
    if (!isAnswered) setSaid(null);
  }
  const isBack = useIsPast(laterUntil);

  const attempt = (request: () => Promise<unknown>) => {
    if (busy) return;
    setBusy(true);
    setError(null);
    // Not awaited: it settles into this part's own state.
    void request()
      .catch((caught: unknown) => setError(sentenceOf(caught)))
      .finally(() => setBusy(false));
  };

  const standing: Standing = gone
    ? { kind: 'over', words: said?.words ?? endedWords(answered, deadline) }
    : answered !== null
      ? {
          kind: 'answered',
          words: said?.words ?? answeredWords(answered.kind),
          how: answered.kind,
          at: answered.at,
        }
      : said !== null
        ? { kind: 'answered', ...said, at: null }
        : laterUntil !== null && !isBack && revealed !== laterUntil
          ? { kind: 'put-off', until: laterUntil }
          : { kind: 'open' };

  return {
    standing,
    busy,
    error,
    answer(value, words) {
      if (standing.kind !== 'open' && standing.kind !== 'put-off') return;
      attempt(async () => {
        const later = value.kind === 'later';
        await host((client) =>
          client.approvals.answer({ id, digest, answer: value, undoSeconds: later ? 0 : undoSeconds }),
        );
        if (later) setRevealed(null);
        else setSaid({ words, how: value.kind });
        onSettled();
      });
    },
    undo() {
      if (standing.kind !== 'answered') return;
      attempt(async () => {
        await host((client) => client.approvals.undo({ ids: [id] }));
        setSaid(null);
        onSettled();
      });
    },
    reveal() {
      setRevealed(laterUntil);
      onSettled();
    },
  };
}

const endedWords = (answered: ApprovalView['answered'], deadline: number): string =>
  answered !== null ? answeredWords(answered.kind) : Date.now() >= deadline ? 'Expired' : 'No longer waiting';

/** Whether that time has passed; true for none. */
function useIsPast(at: number | null): boolean {
  const [passed, setPassed] = useState<number | null>(null);
  useEffect(() => {
    if (at === null) return undefined;
    const timer = setTimeout(() => setPassed(at), Math.max(0, at - Date.now()));
    return () => clearTimeout(timer);
  }, [at]);
  return at === null || passed === at;
}
