/**
 * A text without differences of case, for comparing with others that were folded by this same function.
 *
 * What becomes of a character never depends on those beside it, so that parts of a folded text are the folded parts: of
 * a glob that holds, the folded glob holds too, and it is found by the ends and beginnings of folded names. Lower case
 * alone would not do: a capital sigma becomes another letter at the end of a word, the only such rule of Unicode that
 * knows no language (SpecialCasing, Final_Sigma). By way of capitals also letters of one case meet theirs, such as the
 * long s.
 */
export const foldCase = (text: string): string =>
  ASCII.test(text) ? text.toLowerCase() : text.toUpperCase().toLowerCase().replaceAll('ς', 'σ');

const ASCII = /^[\x20-\x7e]*$/;
