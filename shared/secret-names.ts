/** Which names of keys, headers, variables and options say that what is under them is a secret. Pure. */

/** Longer ones are no names. */
const LONGEST = 100;

/** Secret as a word of their own only: others begin or end with them, too (`author`, `compass`, `spin`). */
const WHOLE = new Set(['pass', 'pin', 'auth', 'bearer', 'cvv', 'cvc', 'otp', 'phpsessid', 'sid']);
/** Secret however much is written before them without a gap (`dbpassword`, `JSESSIONID`), or as two words. */
const END =
  /(?:password|passwd|passphrase|passcode|pwd|secret|credential|authorization|cookie|apikey|(?:access|private|secret|signing|encryption|session)key|sessionid|sessid|connectionstring)s?$/;
/** And these however much is written after them. */
const BEGIN =
  /^(?:password|passwd|passphrase|passcode|secret(?!ar)|credential|apikey|privatekey|accesskey|accesstoken|sessionid)/;
/** Tokens of these are secret, whatever else is said of them before. */
const OF_SECRETS = /(?:access|refresh|session|bearer|csrf|xsrf|api)$/;
/** Tokens are secrets; how many there are is not, nor where a page ends. */
const NO_TOKENS = new Set([
  'count',
  'counts',
  'limit',
  'max',
  'total',
  'usage',
  'page',
  'next',
  'type',
  'progress',
]);

/** Whether a name, in any of the usual spellings, is that of a secret. */
export function isSecretName(name: string): boolean {
  if (name.length > LONGEST) return false;
  const words = name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .replaceAll(/\d/g, '')
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
  return words.some((word, index) => isSecretWord(word) || isPair(word, words[index + 1])) || isToken(words);
}

const isSecretWord = (word: string): boolean => WHOLE.has(word) || END.test(word) || BEGIN.test(word);

/** Two words that only together are one (`api key`): the first alone is not enough. */
const isPair = (word: string, next: string | undefined): boolean =>
  next !== undefined && END.exec(word + next)?.index === 0;

function isToken(words: readonly string[]): boolean {
  if (words.includes('tokens')) return false;
  const at = words.findIndex((word) => word.endsWith('token'));
  if (at < 0) return false;
  const before = words[at]?.slice(0, -'token'.length) ?? '';
  const after = words[at + 1];
  if (OF_SECRETS.test(before === '' ? (words[at - 1] ?? '') : before))
    return after === undefined || !NO_TOKENS.has(after);
  return !words.some((word) => NO_TOKENS.has(word)) && !/(?:page|next|max)$/.test(before);
}
