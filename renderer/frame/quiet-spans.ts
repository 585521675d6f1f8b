/** For how long somebody is not to be disturbed. Pure. */
const MINUTE = 60_000;
const MORNING = 8;

interface QuietSpan {
  readonly label: string;
  /** Null: no longer. */
  readonly until: ((now: Date) => number) | null;
}

const spans: readonly QuietSpan[] = [
  { label: '30 minutes', until: (now) => now.getTime() + 30 * MINUTE },
  { label: '1 hour', until: (now) => now.getTime() + 60 * MINUTE },
  {
    label: 'Until tomorrow 8:00',
    until: (now) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, MORNING).getTime(),
  },
];

export const quietSpans = (isQuiet: boolean): readonly QuietSpan[] =>
  isQuiet ? [...spans, { label: 'Off', until: null }] : spans;

const timeOfDay = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const dayAndTime = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  hour: '2-digit',
  minute: '2-digit',
});

/** `07:00`, or `Fri 07:00` where that is more than a day away. */
export const quietTime = (until: number, now: number): string =>
  (until - now < 24 * 60 * MINUTE ? timeOfDay : dayAndTime).format(until);
