/**
 * Masks what looks like a secret, found by the name of its key or by its own look, in texts and in JSON, also in JSON
 * inside strings of JSON. Pure, and takes time in proportion to the length of the text. It errs both ways: a hash can look
 * like a key, and a short password in a sentence looks like nothing. Masking a text twice changes nothing more.
 */

import { isSecretName } from './secret-names.ts';

interface Masked {
  readonly text: string;
  /** How many secrets were replaced. */
  readonly masked: number;
}

const mask = (length: number): string => `•••• (masked, ${length} characters)`;
/** What is nested deeper than anybody reads is not even written out to be counted. */
const DEEP_MASK = '•••• (masked, nested too deeply)';
const MASK = /•••• \(masked, (?:\d{1,9} characters|nested too deeply)\)/;

/** Texts in texts are read as JSON down to here; the call of a tool rarely has more than one within another. */
const MAX_NESTED_TEXTS = 3;
const MAX_DEPTH = 200;

/** Masks the secrets of a text, which stays JSON where it is JSON. Hides all of it where it cannot be looked through. */
export function maskText(text: string): Masked {
  const masking = new Masking();
  try {
    return { text: masking.text(text, 0), masked: masking.count };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { text: JSON.stringify(mask(text.length)), masked: 1 };
  }
}

class Masking {
  count = 0;

  text(text: string, nested: number): string {
    if (nested <= MAX_NESTED_TEXTS && /^\s*[[{"]/.test(text)) {
      const value = parsed(text);
      if (value !== undefined) {
        const before = this.count;
        const masked = this.#value(value, nested, 0);
        return this.count === before ? text : JSON.stringify(masked);
      }
    }
    return this.#plain(text);
  }

  #value(value: unknown, nested: number, depth: number): unknown {
    if (depth > MAX_DEPTH && typeof value === 'object' && value !== null) return this.#deep();
    if (typeof value === 'string')
      return looksRandom(value) ? this.#masked(value) : this.text(value, nested + 1);
    if (typeof value === 'number') return this.#isCard(String(value)) ? this.#masked(String(value)) : value;
    if (Array.isArray(value))
      return value.map((one, index) =>
        isSecretOption(value[index - 1]) && typeof one === 'string'
          ? this.#hidden(one)
          : this.#value(one, nested, depth + 1),
      );
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value);
    const isPair = members.some(([name, one]) => NAMES.has(name.toLowerCase()) && isSecretText(one));
    return Object.fromEntries(
      members.map(([name, one]) => [
        name,
        isSecretName(name) || (isPair && VALUES.has(name.toLowerCase()))
          ? this.#hidden(one)
          : this.#value(one, nested, depth + 1),
      ]),
    );
  }

  /** All that is under the name of a secret. Whether there is something at all can still be seen. */
  #hidden(value: unknown): unknown {
    if (value === null || typeof value === 'boolean' || value === '') return value;
    if (typeof value === 'string') return MASK.test(value) ? value : this.#masked(value);
    try {
      return this.#masked(JSON.stringify(value) ?? '');
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return this.#deep();
    }
  }

  #deep(): string {
    this.count += 1;
    return DEEP_MASK;
  }

  #masked(secret: string): string {
    this.count += 1;
    return mask(secret.length);
  }

  #plain(whole: string): string {
    let text = this.#privateKeys(whole);
    const hide = (secret: string): string => this.#masked(secret);
    text = this.#quoted(text);
    text = text.replaceAll(URL_PASSWORD, (_, before: string, secret: string) => `${before}${hide(secret)}@`);
    text = text.replaceAll(HEADER, (all, name: string, secret: string) =>
      MASK.test(secret) ? all : `${name}${hide(secret)}`,
    );
    text = text.replaceAll(BEARER, (_, scheme: string, secret: string) => `${scheme}${hide(secret)}`);
    text = text.replaceAll(RUN, (run) => this.#run(run));
    text = text.replaceAll(ASSIGNED, (all, name: string, between: string, secret: string) => {
      if (secret.startsWith('••••')) return all;
      return isSecretName(name) || looksRandom(secret) || isLongHex(secret)
        ? `${name}${between}${hide(secret)}`
        : all;
    });
    text = text.replaceAll(OPTION, (all, name: string, between: string, secret: string) =>
      isSecretName(name) && !secret.startsWith('••••') ? `${name}${between}${hide(secret)}` : all,
    );
    if (text.includes('curl'))
      text = text.replaceAll(CURL_USER, (_, before: string, secret: string) => before + hide(secret));
    return text.replaceAll(CARD, (digits) => (this.#isCard(digits) ? hide(digits) : digits));
  }

  /** By hand, since an expression would look for each end anew. */
  #privateKeys(text: string): string {
    if (!text.includes('PRIVATE KEY')) return text;
    let made = '';
    let at = 0;
    BEGIN_KEY.lastIndex = 0;
    for (let begin = BEGIN_KEY.exec(text); begin !== null; begin = BEGIN_KEY.exec(text)) {
      const end = text.indexOf('PRIVATE KEY-----', begin.index + begin[0].length);
      const after = end < 0 ? text.length : end + 'PRIVATE KEY-----'.length;
      made += text.slice(at, begin.index) + this.#masked(text.slice(begin.index, after));
      at = after;
      BEGIN_KEY.lastIndex = after;
    }
    return made + text.slice(at);
  }

  /** Under the name of a secret, what is in quotes up to where they are closed, or to the end of the line. */
  #quoted(text: string): string {
    let made = '';
    let at = 0;
    OPENED.lastIndex = 0;
    for (let opened = OPENED.exec(text); opened !== null; opened = OPENED.exec(text)) {
      const [all, name = '', quote = ''] = opened;
      if (!isSecretName(name)) continue;
      const begin = opened.index + all.length;
      const secret = untilClosed(text.slice(begin, begin + LONGEST_QUOTED), quote);
      if (secret === '' || secret.startsWith('••••')) continue;
      made += text.slice(at, begin) + this.#masked(secret);
      at = begin + secret.length;
      OPENED.lastIndex = at;
    }
    return made + text.slice(at);
  }

  #run(run: string): string {
    if (run.length < 16) return run;
    if (JWT.test(run)) return this.#masked(run);
    return run.replaceAll(PIECE, (piece) =>
      TOKENS.some((token) => token.test(piece)) ? this.#masked(piece) : piece,
    );
  }

  #isCard(text: string): boolean {
    const digits = text.replaceAll(/\D/g, '');
    return ISSUED.test(digits) && hasLuhn(digits);
  }
}

const BEGIN_KEY = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----/g;
const URL_PASSWORD = /\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s/@:"]{0,256}:)([^\s/@"•]{1,256})@/gi;
/** Headers hold the secret up to the end of the line. */
const HEADER = /\b((?:set-)?cookie\s?:\s?|(?:proxy-)?authorization\s?:\s?)([^\r\n"']{1,4096})/gi;
const BEARER = /\b((?:bearer|basic)[ \t]{1,4})([\w.~+/-]{8,}={0,2})/gi;
const RUN = /[\w.~+/-]+={0,2}/g;
const PIECE = /[\w-]+(?:\.[\w-]{20,}){0,2}/g;
const ASSIGNED =
  /(?<![\w.]|\w-)([A-Za-z][\w.-]{0,80})((?:\\{0,3}["'])?\s{0,3}[=:]\s{0,3}(?:\\{0,3}["'])?)([^\s"',;&{}[\]()<>]{1,4096})/g;
/** As {@link ASSIGNED}, or an option of a command, up to the quotes that open; in JSON within texts they are escaped. */
const OPENED =
  /(?<![\w.]|\w-)([A-Za-z][\w.-]{0,80})(?:(?:\\{0,3}["'])?\s{0,3}[=:]\s{0,3}|(?<=-[\w.-]{1,81})[ \t]{1,3})(\\{0,3}["'])/g;
const LONGEST_QUOTED = 4096;
const OPTION = /(?<=(?<![\w-])--?)([A-Za-z][\w-]{0,80})([ \t]{1,4})([^\s"'-][^\s"']{0,4095})/g;
const CURL_USER = /(?<=\s)((?:-u|-U|--user|--proxy-user)[ \t=]{0,3}["']?[^\s:"'•]{1,256}:)([^\s"'•]{1,256})/g;
/** Members of a pair: `{"name": "Authorization", "value": "…"}`. */
const NAMES = new Set(['name', 'key', 'header']);
const VALUES = new Set(['value', 'values']);
const CARD = /(?<![\d.])\d(?:[ -]?\d){12,18}(?!\d)/g;
/** Visa, Mastercard, American Express, Discover, JCB, Diners Club. */
const ISSUED =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|6\d{15,18}|35\d{14}|3[068]\d{12})$/;

const JWT = /^(?:.{0,200}\/)?eyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*$/;
const TOKENS: readonly RegExp[] = [
  // AWS
  /^(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{16}$/,
  // GitHub, GitLab
  /^gh[pousr]_[A-Za-z0-9]{20,}$/,
  /^github_pat_\w{22,}$/,
  /^gl(?:pat|oas|dt|rt|ft|cbt|ptt|imt|agent|soat)-[\w-]{16,}/,
  // Slack
  /^xox[a-z]-[\w-]{10,}$/,
  /^xapp-[\w-]{10,}$/,
  // Stripe
  /^(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}$/,
  /^whsec_[A-Za-z0-9]{16,}$/,
  // OpenAI, Anthropic and those alike
  /^sk-[\w-]{20,}$/,
  // Google
  /^AIza[\w-]{30,}$/,
  /^GOCSPX-[\w-]{20,}$/,
  /^ya29\.[\w-]{20,}/,
  // npm, Hugging Face, SendGrid, DigitalOcean
  /^npm_[A-Za-z0-9]{30,}$/,
  /^hf_[A-Za-z0-9]{20,}$/,
  /^SG\.[\w-]{16,}/,
  /^do[opr]_v1_[a-f0-9]{40,}$/,
];

/** Long, of both cases and digits, and spread as chance would spread them. */
function looksRandom(text: string): boolean {
  if (text.length < 24 || text.length > 512 || !/^[\w+/-]+={0,2}$/.test(text)) return false;
  if (!/[a-z]/.test(text) || !/[A-Z]/.test(text) || !/\d/.test(text)) return false;
  // A path is made of words; a key is not.
  if (text.split(/[/_-]/).some((part) => /^[A-Z]?[a-z]{3,}$/.test(part))) return false;
  return bitsPerCharacter(text) >= 3.8;
}

const isLongHex = (text: string): boolean => /^[0-9a-f]{32,512}$/i.test(text) && bitsPerCharacter(text) >= 3;

/** Shannon entropy. */
function bitsPerCharacter(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** ISO/IEC 7812-1, annex B. */
function hasLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = digits.length - 1, double = false; index >= 0; index -= 1, double = !double) {
    const digit = Number(digits[index]) * (double ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
}

const isSecretText = (value: unknown): boolean => typeof value === 'string' && isSecretName(value);
/** The option of a command in a list, whose value is the next. */
const isSecretOption = (value: unknown): boolean =>
  typeof value === 'string' && value.startsWith('-') && isSecretName(value);

/** Up to the quote, where that is not escaped itself, or to the end of the line. */
function untilClosed(text: string, quote: string): string {
  let end = text.indexOf(quote);
  while (end > 0 && text[end - 1] === '\\') end = text.indexOf(quote, end + 1);
  const upTo = end < 0 ? text : text.slice(0, end);
  return /^[^\r\n]*/.exec(upTo)?.[0] ?? '';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return undefined;
  }
}
