import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskText } from '../../../shared/masking.ts';

/** Put together here, so that no scanner takes them for keys. */
const secretOf = (...parts: string[]): string => parts.join('');
const LETTERS = 'aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3';

describe('masking', () => {
  it.each([
    'password',
    'dbPassword',
    'db_password',
    'DB-PASSWORD',
    'apiKey',
    'API_KEY',
    'x-api-key',
    'accessToken',
    'access_token',
    'token',
    'Authorization',
    'Cookie',
    'set-cookie',
    'privateKey',
    'private-key',
    'clientSecret',
    'credentials',
  ])('hides what is under %s, and leaves the rest as JSON', (name) => {
    const { text, masked } = maskText(JSON.stringify({ [name]: 'hunter2', path: '/a', n: 1, none: null }));
    expect(masked).toBe(1);
    expect(JSON.parse(text)).toEqual({ [name]: '•••• (masked, 7 characters)', path: '/a', n: 1, none: null });
  });

  it.each([
    'maxTokens',
    'token_count',
    'nextPageToken',
    'keyboard',
    'author',
    'path',
    'secretary',
    'compass',
  ])('leaves what is under %s', (name) => {
    const text = JSON.stringify({ [name]: 'hello there' });
    expect(maskText(text)).toEqual({ text, masked: 0 });
  });

  it.each([
    [
      'a JWT',
      secretOf('eyJhbGciOiJIUzI1NiJ9', '.eyJzdWIiOiIxMjM0NTY3ODkwIn0', '.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P'),
    ],
    ['an AWS key', secretOf('AKIA', 'IOSFODNN7EXAMPLE')],
    ['a GitHub token', secretOf('ghp_', LETTERS, 'abc')],
    ['a GitLab token', secretOf('glpat-', LETTERS.slice(0, 20))],
    ['a Slack token', secretOf('xoxb-', '123456789012-', LETTERS)],
    ['a Stripe key', secretOf('sk_live_', LETTERS)],
    ['a key like those of OpenAI', secretOf('sk-proj-', LETTERS)],
    ['a Google key', secretOf('AIza', LETTERS, 'x')],
    ['a card number', '4111 1111 1111 1111'],
  ])('hides %s wherever it is', (_, secret) => {
    for (const text of [`The key is ${secret}, keep it.`, `see "${secret}"`, `a\n${secret}\nb`]) {
      const { text: plain } = maskText(text);
      expect(plain).toContain('••••');
      expect(plain).not.toContain(secret);
      const inJson = maskText(JSON.stringify({ content: [{ type: 'text', text }] }));
      expect(inJson.text).not.toContain(secret);
      expect(JSON.parse(inJson.text)).toMatchObject({ content: [{ type: 'text' }] });
      const inJsonInJson = maskText(JSON.stringify({ content: [{ text: JSON.stringify({ note: text }) }] }));
      expect(inJsonInJson.text).not.toContain(secret);
    }
  });

  it('hides private keys, passwords of addresses, what follows Bearer, headers, and what is assigned', () => {
    const key = secretOf('-----BEGIN RSA PRIVATE', ' KEY-----\nMIIB\nabc\n-----END RSA PRIVATE', ' KEY-----');
    expect(maskText(`before ${key} after`).text).toMatch(/^before •••• \(masked, \d+ characters\) after$/);
    expect(maskText(`before ${key.slice(0, 60)}`).text).toMatch(/^before •••• \(masked, \d+ characters\)$/);
    expect(maskText('postgres://user:s3cret@db/x').text).toMatch(
      /^postgres:\/\/user:•••• \(masked, 6 characters\)@db\/x$/,
    );
    expect(maskText('sent with Bearer abcdefgh12345678').text).not.toContain('abcdefgh');
    expect(maskText('Cookie: sid=1; theme=dark\nHost: a').text).toBe(
      'Cookie: •••• (masked, 17 characters)\nHost: a',
    );
    expect(maskText('DB_PASSWORD=hunter2 PORT=80').text).toBe(
      'DB_PASSWORD=•••• (masked, 7 characters) PORT=80',
    );
    expect(maskText(`value: ${LETTERS}`).text).not.toContain(LETTERS);
    expect(maskText(JSON.stringify({ value: LETTERS })).text).not.toContain(LETTERS);
    expect(maskText(JSON.stringify({ token: { a: ['b'] }, pin: 4111111111111111 })).masked).toBe(2);
  });

  it('leaves what is no secret: text, paths, times, identifiers', () => {
    for (const text of [
      'Read /Users/Someone/Documents/2026/Report-Q3.md and sum up.',
      '{"at":1764000000000,"id":"0190a6c2-7f3e-7c59-9d1b-4a2b8c6d7e8f"}',
      'const a = b; // x: y',
      '{"path":"src/Main/Component2/Index3.tsx"}',
      'version: 1.2.3, size = 1024',
    ])
      expect(maskText(text)).toEqual({ text, masked: 0 });
  });

  it('hides what is nested too deeply, and never overflows the stack', () => {
    const deep = (times: number): string => '['.repeat(times) + ']'.repeat(times);
    for (const text of [
      deep(5000),
      JSON.stringify({ content: [{ text: deep(5000) }] }),
      `{"password":${deep(20_000)}}`,
      JSON.stringify(JSON.stringify(deep(20_000))),
    ]) {
      const { text: hidden, masked } = maskText(text);
      expect(masked).toBe(1);
      expect(hidden.length).toBeLessThan(1000);
      expect(JSON.parse(hidden)).toBeDefined();
      expect(maskText(hidden)).toEqual({ text: hidden, masked: 0 });
    }
  });

  it('hides all of a text for which there is no stack left', () => {
    const text = JSON.stringify({ a: [[[[[[[['x']]]]]]]] });
    const outcomes = new Set<string>();
    const atTheEnd = (): void => {
      try {
        atTheEnd();
      } catch {
        return;
      } finally {
        try {
          outcomes.add(maskText(text).text);
        } catch {
          // So close to the end that nothing at all can be called.
        }
      }
    };
    atTheEnd();
    expect([...outcomes].toSorted()).toEqual([`"•••• (masked, ${text.length} characters)"`, text]);
  });

  it('keeps JSON as JSON, and masks nothing twice', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const once = maskText(text).text;
        expect(() => {
          JSON.parse(once);
        }).not.toThrow();
        expect(maskText(once).text).toBe(once);
      }),
      { numRuns: 500 },
    );
  });

  it('takes time in proportion to the length, whatever the text', () => {
    const repeat = (piece: string): string => piece.repeat(Math.ceil(200_000 / piece.length));
    for (const piece of [
      'eyJ-',
      'a://',
      'Bearer ',
      '-----BEGIN PRIVATE KEY',
      'a:',
      '4 ',
      '4111-',
      'x.',
      '=',
      'password=',
      '[',
      '{"a":',
    ]) {
      const began = performance.now();
      maskText(repeat(piece));
      maskText(JSON.stringify({ text: repeat(piece) }));
      expect(performance.now() - began, piece).toBeLessThan(1500);
    }
  });
});
