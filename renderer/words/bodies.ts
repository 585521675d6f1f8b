import type { Bodies } from '../../shared/settings.ts';

/** What is kept of arguments and answers: a word for choosing, and a sentence on what follows. */
export const bodiesWords: Record<Bodies, { word: string; sentence: string }> = {
  whole: {
    word: 'The whole',
    sentence: 'All of it can be read again here, passwords and keys included.',
  },
  masked: {
    word: 'Masked',
    sentence:
      'What looks like a password, key or token is replaced before it is kept. What does not look like one stays.',
  },
  hash: {
    word: 'Size and hash only',
    sentence:
      'Nothing of it can be read again. Replays of rules, and “Why?” today, know nothing of the arguments.',
  },
};

export const BODIES = ['whole', 'masked', 'hash'] as const satisfies readonly Bodies[];
