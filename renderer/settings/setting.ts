import { useState } from 'react';
import { Settings, type SettingKey } from '../../shared/settings.ts';
import type { HostClient } from '../connection/index.ts';
import { useIsLive, useLive } from '../state/hooks.ts';

export type Change = Parameters<HostClient['settings']['set']>[0];
/** Resolves with why it was refused, or null. */
export type Save = (change: Change) => Promise<string | null>;

export const AT_NEXT_START = 'Takes effect at the next start.';

export interface Lock {
  readonly disabled: boolean;
  /** Who decides it for this run, as a sentence; null where the person does. */
  readonly by: string | null;
}

/** Whether a setting can be changed now: the environment wins, and says so. */
export function useLock(field: SettingKey): Lock {
  const variable = useLive((live) => live.host.overrides[field]);
  const isLive = useIsLive();
  return {
    disabled: variable !== undefined || !isLive,
    by: variable === undefined ? null : `Set by ${variable} in the environment.`,
  };
}

export interface Draft {
  readonly text: string;
  readonly changed: boolean;
  readonly error: string | null;
  readonly set: (text: string) => void;
  readonly commit: () => void;
}

/** A draft that is checked and saved when it is left or Enter is pressed. */
export function useDraft(
  value: string,
  field: SettingKey,
  save: Save,
  read: (text: string) => unknown,
): Draft {
  const [draft, setDraft] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const changed = draft !== null && draft !== value;
  const commit = () => {
    if (!changed) {
      setDraft(null);
      setError(null);
      return;
    }
    const parsed = Settings.partial().safeParse({ [field]: read(draft) });
    if (!parsed.success) {
      setError(sentenceOfIssue(parsed.error.issues[0]));
      return;
    }
    void save(parsed.data).then((problem) => {
      setError(problem);
      if (problem === null) setDraft(null);
    });
  };
  return { text: draft ?? value, changed, set: setDraft, error, commit };
}

/** What is wrong, and in which line where there are several. Pure. */
export function sentenceOfIssue(
  issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined,
): string {
  if (issue === undefined) return 'Not accepted.';
  const index = issue.path[1];
  return typeof index === 'number' ? `Line ${(index + 1).toString()}: ${issue.message}` : issue.message;
}

/** One entry a line; empty lines are left out. Pure. */
export const linesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
