/** What the kinds of calls hold of a text that others wrote. */

/** In UTF-16 units: names of tools, and sentences of errors, are mostly shorter. */
const LONGEST = 200;
/** At the end of what was cut, or alone: the calls themselves say more. A text that ends so itself loses nothing by it. */
export const UNSAID = '\u{10ffff}';

export const kindText = (text: string): string =>
  text.length <= LONGEST ? text : text.slice(0, LONGEST).toWellFormed() + UNSAID;
