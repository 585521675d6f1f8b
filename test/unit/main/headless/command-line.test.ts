import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AgentView } from '../../../../shared/agents.ts';
import { AgentName, PeerId } from '../../../../shared/ids.ts';
import type { SeenAgent } from '../../../../shared/registry.ts';
import { readEndpoint, removeEndpoint, writeEndpoint } from '../../../../main/endpoint/endpoint-file.ts';
import type { Endpoint } from '../../../../main/endpoint/endpoint-file.ts';
import { runCommandLine } from '../../../../main/headless/program.ts';
import { startServer } from '../../../../main/endpoint/server.ts';
import type { EndpointServer } from '../../../../main/endpoint/server.ts';
import { FakeHost, aPeer, anApproval } from '../../../fixtures/fake-host.ts';
import { aCall, somePeerId } from '../../../fixtures/views.ts';

let dir: string;
let fake: FakeHost;
let server: EndpointServer;
let endpoint: Endpoint;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gatehouse-cli-'));
  fake = new FakeHost();
  fake.state = { ...fake.state, peers: { [somePeerId]: aPeer({ alias: 'Ada', trust: 'known' }) } };
  server = await startServer({ router: fake.router, rendererDir: dir, port: 0 });
  endpoint = {
    url: `http://127.0.0.1:${server.port}`,
    token: server.token,
    pid: process.pid,
    peerId: somePeerId,
    pages: true,
  };
  await writeEndpoint(dir, endpoint);
});

afterEach(async () => {
  await server.stop();
  await rm(dir, { recursive: true });
});

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Person {
  readonly answers?: string;
  readonly input?: string;
  readonly columns?: number;
  readonly interrupted?: AbortSignal;
  readonly onErr?: (text: string) => void;
}

/** Runs one command as a program would; with `answers`, a person sits at the terminal. */
async function run(args: readonly string[], person: Person = {}): Promise<Said> {
  let out = '';
  let err = '';
  const { answers, input = '', interrupted = new AbortController().signal } = person;
  const code = await runCommandLine(
    ['--data', dir, ...args],
    {
      out: (text) => void (out += text),
      err: (text) => {
        err += text;
        person.onErr?.(text);
      },
      columns: person.columns ?? null,
      interactive: answers !== undefined,
      ask: (question) => {
        err += question;
        return Promise.resolve(answers ?? '');
      },
      readInput: () => Promise.resolve(input),
      interrupted,
    },
    '0.0.0',
  );
  return { code, out, err };
}

const json = (said: Said): unknown => JSON.parse(said.out);

it('keeps the endpoint for its owner only, and removes only its own', async () => {
  expect((await stat(join(dir, 'endpoint.json'))).mode & 0o777).toBe(0o600);
  await removeEndpoint(dir, { ...endpoint, token: 'x'.repeat(40) });
  expect(await readEndpoint(dir)).toEqual(endpoint);
  await removeEndpoint(dir, endpoint);
  expect(await readEndpoint(dir)).toBeNull();
});

it('says that no host runs, with 3: without a file, with a damaged one, and with a leftover', async () => {
  await writeFile(join(dir, 'endpoint.json'), '{"url":');
  expect(await run(['status'])).toMatchObject({ code: 3, err: expect.stringContaining('damaged') });
  await writeEndpoint(dir, { ...endpoint, token: 'x'.repeat(43) });
  expect(await run(['status'])).toMatchObject({ code: 3, err: expect.stringContaining('left over') });
  await writeEndpoint(dir, { ...endpoint, peerId: PeerId.parse(`12D3Koo${'W'.repeat(45)}`) });
  expect(await run(['status'])).toMatchObject({ code: 3, err: expect.stringContaining('left over') });
  await writeEndpoint(dir, { ...endpoint, url: 'http://127.0.0.1:1' });
  expect(await run(['status'])).toMatchObject({ code: 3, err: expect.stringContaining('left over') });
  await rm(join(dir, 'endpoint.json'));
  const said = await run(['status', '--json']);
  expect(said).toMatchObject({ code: 3, out: '' });
  expect(JSON.parse(said.err)).toEqual({
    error: { code: 'NO_HOST', message: expect.stringContaining('gatehouse serve') },
  });
});

it('gives lists as arrays of objects with an id', async () => {
  fake.state = { ...fake.state, approvals: { q1: anApproval('q1-a') }, calls: { 3: aCall(3) } };
  expect(json(await run(['peers', '--json']))).toMatchObject([
    { id: somePeerId, peerId: somePeerId, alias: 'Ada' },
  ]);
  expect(json(await run(['approvals', '--json']))).toMatchObject([{ id: 'q1-a', digest: 'ab'.repeat(32) }]);
  expect(json(await run(['calls', '--json']))).toMatchObject([{ id: 3, tool: 'echo' }]);
  expect(json(await run(['id', '--json']))).toEqual({
    peerId: somePeerId,
    did: 'did:key:z6Mk',
    dawnNodeId: '00',
  });
  for (const list of ['agents', 'rules', 'contacts'])
    expect(Array.isArray(json(await run([list, '--json'])))).toBe(true);
});

it('takes --json before the command and after it', async () => {
  let out = '';
  const terminal = {
    out: (text: string) => void (out += text),
    err: () => undefined,
    columns: null,
    interactive: false,
    ask: () => Promise.resolve(''),
    readInput: () => Promise.resolve(''),
    interrupted: new AbortController().signal,
  };
  expect(await runCommandLine(['--json', '--data', dir, 'id'], terminal, '0')).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ peerId: somePeerId });
});

it('answers wrong usage with one line and 2', async () => {
  const wrong = [
    [],
    ['bogus'],
    ['agents', 'bogus'],
    ['serve', '--listen', 'nonsense'],
    ['call', 'Ada'],
    ['status', '--nope'],
    ['call', 'Ada', 'everything', 'echo', '[1]'],
    ['call', 'Ada', 'everything', 'echo', '{'],
    ['call', 'Ada', 'every thing', 'echo'],
    ['approve', 'q1-a', '--for', '31d'],
    ['approve', 'q1-a', '--for', '10m', '--always'],
    ['agents', 'add', '--name', 'x'],
    ['agents', 'add', '--name', 'no way', '--yes', '--', 'node'],
    ['agents', 'add', '--name', 'x', '--url', 'http://127.0.0.1/', '--yes', '--', 'node'],
    ['settings', 'set', 'approvalSeconds', '1'],
    ['settings', 'set', 'nonsense', '1'],
    ['serve', '--port', '70000'],
    ['agents', 'add', '--name', 'x', '--url', 'ftp://127.0.0.1/', '--yes'],
  ];
  fake.state = { ...fake.state, approvals: { 'q1-a': anApproval('q1-a') } };
  for (const args of wrong) {
    const said = await run(args);
    expect(
      { code: said.code, out: said.out, lines: said.err.trim().split('\n').length },
      args.join(' '),
    ).toEqual({
      code: 2,
      out: '',
      lines: 1,
    });
  }
});

it('explains itself, with its exit codes', async () => {
  const help = await run(['--help']);
  expect(help.code).toBe(0);
  expect(help.out).toContain('130  interrupted');
  for (const command of ['serve', 'approve', 'calls', 'stop-all']) expect(help.out).toContain(`  ${command}`);
});

it('knows a peer by alias, by the beginning or end of its id, and not by what it calls itself', async () => {
  const other = PeerId.parse(`${somePeerId.slice(0, -4)}abcd`);
  fake.state = {
    ...fake.state,
    peers: { ...fake.state.peers, [other]: aPeer({ peerId: other, name: 'impostor' }) },
  };
  for (const name of ['ada', somePeerId, somePeerId.slice(-6)]) {
    expect((await run(['disconnect', name])).code, name).toBe(0);
    expect(fake.asked.at(-1)).toEqual({ what: 'peers.disconnect', input: { peerId: somePeerId } });
  }
  expect((await run(['disconnect', 'impostor'])).code).toBe(1);
  expect((await run(['disconnect', somePeerId.slice(0, 12)])).code).toBe(2);
});

it('shows nothing of a peer that would steer the terminal', async () => {
  const hostile = '\u001b[2J\u202eevil\u0007\n';
  fake.state = {
    ...fake.state,
    peers: { [somePeerId]: aPeer({ name: hostile }) },
    calls: { 1: aCall(1, { tool: hostile, error: hostile }) },
  };
  fake.callResult = () => Promise.resolve({ content: [{ type: 'text', text: `${hostile}\u009b2J` }] });
  fake.failures.set('peers.dial', { code: 'UNREACHABLE', message: `No: ${hostile}` });
  const all = [
    await run(['peers']),
    await run(['peers', '--json']),
    await run(['calls']),
    await run(['call', somePeerId, 'everything', 'echo']),
    await run(['call', '--json', somePeerId, 'everything', 'echo']),
    await run(['dial', '/ip4/127.0.0.1/tcp/1']),
  ];
  // Only line feeds of our own are left of what steers.
  for (const { out, err } of all)
    expect(out + err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(all[0]?.out).toContain('⟨U+001B⟩[2J');
});

it('ends a call with a code that says what happened', async () => {
  const call = ['call', 'Ada', 'everything', 'echo', '{"message":"hello"}'];
  expect(await run(call)).toEqual({ code: 0, out: 'Echo: hello\n', err: '' });
  expect(fake.asked.at(-1)?.input).toEqual({
    peerId: somePeerId,
    agent: 'everything',
    tool: 'echo',
    arguments: { message: 'hello' },
  });
  fake.callResult = () => Promise.resolve({ content: [], isError: true });
  expect(await run([...call, '--json'])).toEqual({
    code: 6,
    out: '{"content":[],"isError":true}\n',
    err: '',
  });
  const codes = {
    DENIED: 4,
    EXPIRED: 5,
    UNREACHABLE: 7,
    UNAVAILABLE: 7,
    BUSY: 7,
    STOPPED: 7,
    NOT_FOUND: 1,
  } as const;
  for (const [code, exit] of Object.entries(codes)) {
    fake.failures.set('tools.call', { code: code as keyof typeof codes, message: 'They said no.' });
    expect(await run(call), code).toEqual({ code: exit, out: '', err: 'They said no.\n' });
  }
  fake.failures.clear();
});

it('reads the arguments of a call from standard input', async () => {
  await run(['call', 'Ada', 'everything', 'echo', '-'], { input: '{"message":"piped"}' });
  expect(fake.asked.at(-1)?.input).toMatchObject({ arguments: { message: 'piped' } });
});

it('says once, and only for its own call, that it waits for the person there', async () => {
  const answer = Promise.withResolvers<{ content: unknown[] }>();
  fake.callResult = () => answer.promise;
  const waiting = aCall(9, { direction: 'out', status: 'waiting', decision: null });
  const running = run(['call', 'Ada', 'everything', 'echo'], {
    onErr: () => {
      // It could only be said twice by now; the answer comes after it on the same connection.
      fake.change({ of: 'calls', id: '9', value: waiting });
      answer.resolve({ content: [] });
    },
  });
  await fake.called.promise;
  fake.change({ of: 'calls', id: '7', value: { ...waiting, direction: 'in' } });
  fake.change({ of: 'calls', id: '8', value: { ...waiting, tool: 'other' } });
  expect(fake.asked.at(-1)?.what).toBe('tools.call');
  fake.change({ of: 'calls', id: '9', value: waiting });
  fake.change({ of: 'calls', id: '9', value: waiting });
  expect(await running).toEqual({
    code: 0,
    out: '',
    err: 'Waiting for the person at Ada to allow this call. Ctrl+C withdraws it.\n',
  });
});

it('says how to allow a call that waits for the person here, over a legacy link', async () => {
  const answer = Promise.withResolvers<{ content: unknown[] }>();
  fake.callResult = () => answer.promise;
  const running = run(['call', 'Ada', 'everything', 'echo'], {
    onErr: () => answer.resolve({ content: [] }),
  });
  await fake.called.promise;
  const waiting = aCall(9, { direction: 'out', path: 'legacy', status: 'waiting', decision: null });
  const question = { ...anApproval('q9-a'), callId: waiting.id, direction: 'out', path: 'legacy' } as const;
  fake.change({ of: 'approvals', id: 'q9-a', value: question });
  fake.change({ of: 'calls', id: '9', value: waiting });
  expect(await running).toMatchObject({
    code: 0,
    err: expect.stringMatching(
      /^Waiting for you to allow this call here.* legacy .*"gatehouse approve q9-a"/u,
    ),
  });
});

it('shows that a question is about a call of our own, over a legacy link', async () => {
  const question = { ...anApproval('q9-a'), direction: 'out', path: 'legacy' } as const;
  fake.state = { ...fake.state, approvals: { 'q9-a': question, 'q1-a': anApproval('q1-a') } };
  const own = await run(['approve', 'q9']);
  expect(own.out).toContain('A call of your own is to use everything > echo at Ada  (legacy)');
  expect(own.out).toContain('Its link is a legacy one: answers are neither encrypted nor signed.');
  expect((await run(['approve', 'q1'])).out).not.toContain('legacy');
  const list = (await run(['approvals'])).out.split('\n');
  expect(list.filter((line) => /^q9-a +out .* legacy /u.test(line))).toHaveLength(1);
  expect(list.filter((line) => /^q1-a +in .* lan /u.test(line))).toHaveLength(1);
});

it('withdraws a call with Ctrl+C', async () => {
  fake.callResult = () => new Promise(() => undefined);
  const interrupted = new AbortController();
  const running = run(['call', 'Ada', 'everything', 'echo'], { interrupted: interrupted.signal });
  const withdrawn = await fake.called.promise;
  interrupted.abort();
  expect(await running).toEqual({ code: 130, out: '', err: 'Interrupted.\n' });
  await expect.poll(() => withdrawn?.aborted).toBe(true);
});

it('ends when the host goes away in the middle', async () => {
  fake.callResult = () => new Promise(() => undefined);
  const running = run(['call', 'Ada', 'everything', 'echo']);
  await fake.called.promise;
  await server.stop();
  expect(await running).toMatchObject({ code: 3, err: expect.stringContaining('went away') });
});

it('answers exactly the question that it shows', async () => {
  fake.state = { ...fake.state, approvals: { 'q1-a': anApproval('q1-a'), 'q2-b': anApproval('q2-b') } };
  const said = await run(['approve', 'q1', '--for', '10m']);
  expect(said).toMatchObject({ code: 0 });
  expect(said.out).toContain('Ada wants to use everything > echo');
  expect(said.out).toContain('message  "hello"');
  expect(fake.asked).toEqual([
    {
      what: 'approvals.answer',
      input: {
        id: 'q1-a',
        digest: 'ab'.repeat(32),
        answer: { kind: 'allow-for', seconds: 600, limits: null },
        undoSeconds: 0,
      },
    },
  ]);
  const answers = {
    'approve q1-a': { kind: 'allow-once', edited: null },
    'approve q1-a --until-quit': { kind: 'allow-until-quit', limits: null },
    'approve q1-a --always': { kind: 'allow-always', limits: null },
    'deny q1-a': { kind: 'deny', always: false, reason: null },
    'deny q1-a --always': { kind: 'deny', always: true, reason: null },
    'deny q1-a --block': { kind: 'deny-and-block' },
  };
  for (const [line, answer] of Object.entries(answers)) {
    await run(line.split(' '));
    expect(fake.asked.at(-1)?.input, line).toMatchObject({ answer });
  }
  expect((await run(['approve', 'q'])).code).toBe(1);
  expect((await run(['approve', 'gone'])).code).toBe(1);
});

it('shows all arguments of a question', async () => {
  fake.state = { ...fake.state, approvals: { 'q1-a': anApproval('q1-a') } };
  fake.fullArguments = { message: `${'x'.repeat(3000)}\u202eend` };
  const said = await run(['approvals', 'q1']);
  expect(said.out).toContain('Ada wants to use everything > echo');
  expect(said.out).toContain(`${'x'.repeat(3000)}⟨U+202E⟩end`);
  expect(json(await run(['approvals', 'q1', '--json']))).toMatchObject({
    id: 'q1-a',
    whole: fake.fullArguments,
  });
});

const add = ['agents', 'add', '--name', 'tools'];

it('adds an agent only when its command has been confirmed', async () => {
  const argv = (more: readonly string[]): readonly string[] => [...add, ...more];
  expect((await run(argv(['--', 'node', 'x.js']))).code).toBe(2);
  expect(fake.asked).toEqual([]);
  const refused = await run(argv(['--', 'node', 'x.js']), { answers: 'n' });
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('node x.js') });
  expect(fake.asked.map(({ what }) => what)).toEqual(['agents.add', 'agents.remove']);
  fake.asked.length = 0;
  expect(await run(argv(['--', 'node', 'x.js', '--json']), { answers: 'y' })).toMatchObject({ code: 0 });
  expect(fake.asked.map(({ what }) => what)).toEqual(['agents.add', 'agents.confirm', 'agents.start']);
  expect(fake.asked[0]?.input).toMatchObject({
    source: { kind: 'stdio', command: 'node', args: ['x.js', '--json'], cwd: process.cwd() },
  });
  expect(fake.asked[1]?.input).toEqual({ name: 'tools', sourceDigest: 'cd'.repeat(32) });
});

it('adds an agent at an address, with --json', async () => {
  const said = await run([
    ...add,
    '--json',
    '--yes',
    '--url',
    'http://127.0.0.1:9/mcp',
    '--header',
    'X-Key: 1',
  ]);
  expect(json(said)).toMatchObject({ id: 'tools', state: 'running' });
  expect(fake.asked[0]?.input).toMatchObject({ source: { kind: 'http', headers: { 'X-Key': '1' } } });
});

it('sets a setting in its own type', async () => {
  await run(['settings', 'set', 'approvalSeconds', '60']);
  await run(['settings', 'set', 'mdns', 'off']);
  await run(['settings', 'set', 'name', '42']);
  await run(['settings', 'set', 'stun', 'a.example:1, b.example:2']);
  await run(['settings', 'set', 'listen', '']);
  expect(fake.asked.map(({ input }) => input)).toEqual([
    { approvalSeconds: 60 },
    { mdns: false },
    { name: '42' },
    { stun: ['a.example:1', 'b.example:2'] },
    { listen: [] },
  ]);
  expect(await run(['settings', 'set', 'listen', '4001'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('An address looks like'),
  });
  expect(await run(['settings', 'set', 'approvalSeconds', 'soon'])).toMatchObject({ code: 2 });
});

it('says which settings wait for the next start, and which the environment decides', async () => {
  expect((await run(['settings', 'set', 'upnp', 'off'])).out).toContain('when Gatehouse is started next');
  expect((await run(['settings', 'set', 'dht', 'off'])).out).not.toContain('started next');
  fake.state = {
    ...fake.state,
    host: { ...fake.state.host, overrides: { dht: 'LIBP2P_DHT_ENABLED' } },
    settings: { ...fake.state.settings, stun: ['a.example:1', 'b.example:2'] },
  };
  const { out } = await run(['settings']);
  expect(out).toMatch(/^dht +true +LIBP2P_DHT_ENABLED$/m);
  expect(out).toMatch(/^stun +a\.example:1 b\.example:2/m);
  expect(out).toMatch(/^bootstrap +\(none\)/m);
});

const link = 'gatehouse://invite/x';

it('makes an invite, and draws its QR code where a camera can see it', async () => {
  const said = await run(['invite', '--hours', '2', '--trusted']);
  expect(said.code).toBe(0);
  expect(said.out.split('\n')[0]).toBe(link);
  expect(said.out).toContain('good for 2 h');
  expect(fake.asked[0]?.input).toEqual({ hours: 2, trust: 'trusted' });
  const drawn = await run(['invite'], { columns: 80 });
  expect(drawn.out).toMatch(/^\u001b\[97;40m[█▀▄ ]+\u001b\[0m\n/);
  expect((await run(['invite'], { columns: 20 })).out).toMatch(
    /^A QR code of it needs a window of \d+ columns/,
  );
  expect((await run(['invite', '--no-qr'], { columns: 80 })).out).not.toContain('█');
  expect(json(await run(['invite', '--json'], { columns: 80 }))).toMatchObject({
    id: 'an-invite',
    text: link,
    warnings: [],
  });
  for (const hours of ['0', '721', '1.5', 'x'])
    expect(await run(['invite', '--hours', hours])).toMatchObject({ code: 2 });
});

it('says first, and apart from the text, who cannot use an invite', async () => {
  fake.inviteWarnings = ['Only machines on this network can use this invite.'];
  const said = await run(['invite']);
  expect(said.err).toBe('Only machines on this network can use this invite.\n');
  expect(said.out.split('\n')[0]).toBe(link);
});

it('lists invites, used ones by whom, and withdraws one', async () => {
  expect((await run(['invites'])).out).toMatch(/an-invite .* open for 59 min/);
  fake.invite = { ...fake.invite, usedBy: somePeerId, usedAt: Date.now() - 60_000 };
  expect((await run(['invites', 'list'])).out).toContain('used by Ada 1 min ago');
  expect(json(await run(['invites', '--json']))).toMatchObject([{ id: 'an-invite' }]);
  expect(await run(['invites', 'withdraw', 'an-invite'])).toMatchObject({ code: 0 });
  expect(fake.asked.at(-1)).toEqual({ what: 'invites.withdraw', input: { id: 'an-invite' } });
  expect(await run(['invites', 'withdraw', 'x'])).toMatchObject({ code: 2 });
});

it('uses an invite only once a person, or --yes, has said so', async () => {
  const accepted = (): unknown => fake.asked.find(({ what }) => what === 'invites.accept')?.input;
  expect(await run(['join', link])).toMatchObject({ code: 2, err: expect.stringContaining('--yes') });
  expect(await run(['join', link], { answers: 'n' })).toMatchObject({
    code: 1,
    err: expect.stringContaining(somePeerId),
  });
  expect(accepted()).toBeUndefined();
  expect(await run(['join', link, '--alias', 'Eve', '--trusted'], { answers: 'y' })).toMatchObject({
    code: 0,
  });
  expect(accepted()).toEqual({ text: link, trust: 'trusted', alias: 'Eve' });
  fake.asked.length = 0;
  expect(await run(['join', '-', '--yes'], { input: `\n ${link} \n` })).toMatchObject({ code: 0 });
  expect(accepted()).toEqual({ text: link, trust: 'known' });
  expect(await run(['join', '-', '--yes'], { input: ' ' })).toMatchObject({ code: 2 });
});

it.each([
  [true, 'you are one of theirs'],
  [false, 'takes the invite no more'],
  [null, 'cannot be reached yet'],
])('says what came of an invite where acceptsUs is %s', async (acceptsUs, said) => {
  fake.state = { ...fake.state, peers: { [somePeerId]: aPeer({ alias: 'Ada', trust: 'known', acceptsUs }) } };
  expect((await run(['join', link, '--yes'])).out).toContain(said);
});

it('finds agents by words, tool and tag, and shows hostile names as they are', async () => {
  fake.seen = [aSeenAgent({ tools: ['a', 'b', 'c', 'd', 'e', 'f'], tags: ['sky\u202e'] })];
  const { code, out } = await run(['find', 'fore', 'cast', '--tool', 'a', '--source', 'network']);
  expect(code).toBe(0);
  expect(out).toContain('a b c d +2');
  expect(out).toContain('sky⟨U+202E⟩');
  expect(out).toContain('Ada');
  expect(fake.asked.at(-1)).toEqual({
    what: 'registry.search',
    input: { text: 'fore cast', tool: 'a', source: 'network', limit: 200 },
  });
  const json: unknown = JSON.parse((await run(['find', '--json'])).out);
  expect(json).toMatchObject([{ id: `${somePeerId}/weather`, verified: 'announcement' }]);
  expect(await run(['find', '--source', 'others'])).toMatchObject({ code: 2 });
  expect(await run(['find', '--limit', '0'])).toMatchObject({ code: 2 });
});

it('asks the network for a tool or a tag, and for one of them only', async () => {
  fake.seen = [aSeenAgent({ verified: 'card' })];
  expect(await run(['find', '--ask', '--tag', 'sky'])).toMatchObject({ code: 0 });
  expect(fake.asked.at(-1)).toEqual({
    what: 'registry.lookUp',
    input: { capability: { kind: 'tag', name: 'sky' } },
  });
  for (const more of [[], ['--tag', 'a', '--tool', 'b'], ['word', '--tag', 'a']]) {
    expect(await run(['find', '--ask', ...more])).toMatchObject({ code: 2 });
  }
});

it.each([
  ['announce', true],
  ['unannounce', false],
])('%ss an agent, and changes nothing else of it', async (command, announced) => {
  const agent = anAgent({ announced: !announced, tags: ['sky'], description: 'Knows the sky.' });
  fake.state = { ...fake.state, agents: { [agent.name]: agent } };
  expect(await run(['agents', command, agent.name])).toMatchObject({ code: 0 });
  const { name, description, tags, source, autostart, bodies } = agent;
  const edited = fake.asked.find(({ what }) => what === 'agents.edit')?.input;
  expect(edited).toEqual({ name, spec: { name, description, tags, source, autostart, announced, bodies } });
});

const aSeenAgent = (change: Partial<SeenAgent>): SeenAgent => ({
  peerId: somePeerId,
  agent: AgentName.parse('weather'),
  description: '',
  version: '1',
  tools: [],
  tags: [],
  source: 'network',
  heardBy: 'gossip',
  verified: 'announcement',
  sequence: 1,
  seenAt: Date.now(),
  expiresAt: null,
  ...change,
});

const anAgent = (change: Partial<AgentView>): AgentView => ({
  bodies: 'hash',
  name: AgentName.parse('weather'),
  description: '',
  tags: [],
  source: { kind: 'stdio', command: 'weather', args: [], env: { KEY: '•' }, cwd: null },
  commandLine: 'weather',
  sourceDigest: '0'.repeat(64),
  autostart: true,
  announced: false,
  state: 'running',
  detail: null,
  since: 0,
  nextStartAt: null,
  pid: null,
  cpuPercent: null,
  memoryBytes: null,
  restarts: 0,
  server: null,
  tools: [],
  callsRunning: 0,
  ...change,
});
