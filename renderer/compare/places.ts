/** What follows `#/compare/` for what the records know: no peer id looks like this. */
export const PAST = 'past';
