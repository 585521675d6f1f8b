import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskText } from '../../../shared/masking.ts';

/** Put together here, so that no scanner takes them for keys. */
const secretOf = (...parts: string[]): string => parts.join('');
const LETTERS = 'aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3';

const MASKED = 'masked';

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
    'clientsecret',
    'accesstoken',
    'privatekey',
    'secretkey',
    'dbpassword',
    'newpassword',
    'password1',
    'password2Again',
    'pass',
    'auth',
    'X-Auth',
    'PIN',
    'JSESSIONID',
    'nextAuthToken',
    'nextAccessToken',
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
    'maxtokens',
    'nextpagetoken',
    'accessTokenType',
    'oauthor',
    'spin',
    'passenger',
    'bypass',
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

  it('hides the value of a pair whose name is that of a secret, and what follows an option', () => {
    for (const [given, hidden] of [
      [
        { name: 'Authorization', value: 'Token abc123' },
        { name: 'Authorization', value: MASKED },
      ],
      [
        { Key: 'db_password', Value: 'x', more: 1 },
        { Key: 'db_password', Value: MASKED, more: 1 },
      ],
      [{ name: 'Accept', value: 'text/html' }, null],
      [{ args: ['--password', 'hunter2', '--fast'] }, { args: ['--password', MASKED, '--fast'] }],
      [{ args: ['password', 'user'] }, null],
    ] as const) {
      const { text } = maskText(JSON.stringify(given));
      expect(text.replaceAll(/•{4} \([^)]*\)/g, MASKED)).toBe(JSON.stringify(hidden ?? given));
    }
  });

  it.each([
    ['mysql --password hunter2 --fast', 'mysql --password § --fast'],
    ['mysql --password=hunter2', 'mysql --password=§'],
    ['x --password "two words" y', 'x --password "§" y'],
    ['x --password --fast', 'x --password --fast'],
    ['curl -u admin:hunter2 https://a.example', 'curl -u admin:§ https://a.example'],
    ['curl --user "admin:hunter2" x', 'curl --user "admin:§" x'],
    ['sort -u a:b', 'sort -u a:b'],
    ['password = "two words here"; x', 'password = "§"; x'],
    [String.raw`PASSWORD='it''s' x="a \" b"`, String.raw`PASSWORD='§''s' x="a \" b"`],
    [String.raw`pwd: "one \" two" three`, 'pwd: "§" three'],
    [String.raw`log {\"password\":\"two words\",\"n\":1}`, String.raw`log {\"password\":\"§\",\"n\":1}`],
    ['secret: "never closed\nnext line', 'secret: "§\nnext line'],
    ['cmd="--token \'a b\'"', 'cmd="--token \'§\'"'],
    ['X-Auth: abc', 'X-Auth: §'],
  ])('hides the secrets in %s', (given, expected) => {
    const { text } = maskText(given);
    expect(text.replaceAll(/•{4} \([^)]*\)/g, '§')).toBe(expected);
    expect(maskText(text)).toEqual({ text, masked: 0 });
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
      'password="',
      String.raw`pwd=\\"x`,
      '--password ',
      '--a-b ',
      'curl -u a:',
      '-u a',
      '-a-',
      '--a',
      "pass:'",
      'a-',
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
