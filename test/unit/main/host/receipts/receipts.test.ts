import fc from 'fast-check';
import canonicalize from 'canonicalize';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { answerHash, bodyText, hashOf, rootText } from '../../../../../main/host/receipts/canonical.ts';
import { rootSigner } from '../../../../../main/host/receipts/root-signature.ts';
import { UnsignedTrees } from '../../../../../main/host/receipts/unsigned-trees.ts';
import { verifyReceipt } from '../../../../../main/host/receipts/index.ts';
import { AgentName, CallId, PeerId } from '../../../../../shared/ids.ts';
import { ReceiptsMessage, type ReceiptBody } from '../../../../../shared/receipts.ts';
import { call, side, stream, type Side } from './two-sides.ts';

let host: Side;
let caller: Side;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  host = await side(1);
  caller = await side(2);
});
afterEach(() => {
  host.room.stop();
  caller.room.stop();
  vi.useRealTimers();
});

const batch = (): Promise<unknown> => vi.advanceTimersByTimeAsync(100);
/** What the host says, changed in one call or in all of it. */
const lie =
  (change: (message: ReceiptsMessage) => ReceiptsMessage) =>
  (params: Record<string, unknown>): Record<string, unknown> =>
    change(ReceiptsMessage.parse(params));

it('gives both sides the same receipt, signed by both', async () => {
  const { host: ofHost, caller: ofCaller } = stream(host, caller);
  for (const number of [1, 2, 3]) {
    const both = call(number);
    ofHost.add(both.host);
    ofCaller.add(both.caller);
  }
  await batch();
  const atHost = host.room.of(CallId.parse(2));
  const atCaller = caller.room.of(CallId.parse(1002));
  expect(atHost).toEqual(atCaller);
  expect(atHost?.root.count).toBe(3);
  const { request, response } = call(2).host;
  const checked = verifyReceipt(JSON.parse(JSON.stringify(atHost)), { arguments: request, result: response });
  expect(checked).toMatchObject({ ok: true, signedBy: ['host', 'caller'], problems: [] });
  expect(host.store.state(CallId.parse(3))).toBe('both');
  expect([...host.notices, ...caller.notices]).toEqual([]);
});

it('signs once for all calls of a tenth of a second, and at once for 256', async () => {
  const { host: ofHost, caller: ofCaller } = stream(host, caller);
  for (let number = 1; number <= 300; number += 1) {
    const both = call(number);
    ofCaller.add(both.caller);
    ofHost.add(both.host);
  }
  expect(host.store.trees).toHaveLength(0);
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  expect(host.store.trees.map(({ bodies }) => bodies.length)).toEqual([256, 44]);
  await batch();
  expect(caller.store.trees.map(({ bodies }) => bodies.length)).toEqual([256, 44]);
});

it('holds no more than a MiB of arguments and answers until it is hashed', async () => {
  const { host: ofHost } = stream(host, caller);
  ofHost.add({ ...call(1).host, bytes: 2 ** 20 });
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  expect(host.store.trees).toHaveLength(1);
});

it('signs what is left when the stream is closed', () => {
  const { host: ofHost } = stream(host, caller);
  ofHost.add(call(1).host);
  ofHost.close();
  expect(host.store.trees).toHaveLength(1);
  expect(verifyReceipt(host.room.of(CallId.parse(1)))).toMatchObject({ ok: true, signedBy: ['host'] });
});

it.each([
  ['another request', { request: { path: '/etc/passwd' } }],
  ['another answer', { response: { content: [] } }],
  ['another tool', { tool: 'read_file' }],
  ['another agent', { agent: AgentName.parse('other') }],
  ['another name of the call', { nonce: 'ticket-of-a-call-that-never-was' }],
  ['an error where there was a result', { outcome: 'error' }],
] as const)('does not sign where the host signed %s', async (_what, changes) => {
  const { host: ofHost, caller: ofCaller, said } = stream(host, caller);
  const both = call(1, changes);
  ofHost.add(both.host);
  ofCaller.add(both.caller);
  await batch();
  expect(said).toEqual([]);
  expect(caller.store.trees).toEqual([]);
  expect(caller.notices.join()).toContain('do not fit what was called (one call)');
  expect(host.store.state(CallId.parse(1))).toBe('host');
});

it.each([
  ['an effect', lie((said) => ({ ...said, ways: said.ways.map((way) => ({ ...way, effect: 'deny' })) }))],
  ['who decided', lie((said) => ({ ...said, ways: said.ways.map((way) => ({ ...way, by: 'rule' })) }))],
  [
    'a time',
    lie((said) => ({
      ...said,
      calls: said.calls.map(([id, way, ago, wait, ran]) => [id, way, ago + 1, wait, ran]),
    })),
  ],
])('does not sign where %s is told that is not the one that was signed', async (_what, onTheWay) => {
  const { host: ofHost, caller: ofCaller, said } = stream(host, caller, onTheWay);
  const both = call(1);
  ofHost.add(both.host);
  ofCaller.add(both.caller);
  await batch();
  expect(said).toEqual([]);
  expect(caller.store.trees).toEqual([]);
});

it('does not sign a root that names another caller or host, though the host has signed it', async () => {
  const third = await side(3);
  const sign = rootSigner(host.identity);
  for (const names of [{ caller: third.peerId }, { host: third.peerId }]) {
    const signedAnew = lie((message) => {
      const root = { ...message.root, ...names };
      return { ...message, root, signature: sign(rootText(root)) };
    });
    const { host: ofHost, caller: ofCaller, said } = stream(host, caller, signedAnew);
    ofCaller.add(call(1).caller);
    ofHost.add(call(1).host);
    await batch();
    expect(said).toEqual([]);
  }
  expect(caller.store.trees).toEqual([]);
  third.room.stop();
});

it('keeps nothing of a message that is not signed by the host of the stream', async () => {
  const third = await side(3);
  const between = stream(host, third);
  let message: Record<string, unknown> = {};
  const {
    host: ofHost,
    caller: ofCaller,
    said,
  } = stream(host, caller, (params) => {
    message = params;
    return null;
  });
  ofHost.add(call(1).host);
  ofCaller.add(call(1).caller);
  await batch();
  const { root, signature } = ReceiptsMessage.parse(message);
  const forgeries: unknown[] = [
    null,
    [],
    { ...message, more: 1 },
    { ...message, calls: [] },
    { ...message, calls: Array.from({ length: 1025 }, () => [1, 0, 0, 0, 0]) },
    { ...message, calls: [[1, 7, 0, 0, 0]] },
    { ...message, calls: [[1, 0, Infinity, 0, 0]] },
    { ...message, root: { ...root, caller: third.peerId } },
    { ...message, root: { ...root, host: third.peerId } },
    { ...message, root: { ...root, count: 2 } },
    { ...message, root: { ...root, at: root.at + 1 } },
    { ...message, signature: signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')) },
  ];
  for (const forged of forgeries) ofCaller.received(forged);
  // A message for one pair of peers, said to another.
  between.caller.received(message);
  expect([...said, ...between.said]).toEqual([]);
  expect([...caller.store.trees, ...third.store.trees]).toEqual([]);
  expect(caller.notices.join()).toContain('has not signed itself');
  ofCaller.received(message);
  expect(said).toEqual(['root signature']);
  third.room.stop();
});

it.each([
  ['long before it was called', -3_600_000],
  ['in the future', 3_600_000],
])('does not sign times %s', async (_what, offset) => {
  const wrong = await side(4, () => Date.now() + offset);
  const { host: ofHost, caller: ofCaller, said } = stream(wrong, caller);
  const { host: ended, caller: answered } = call(1);
  const shifted = { receivedAt: ended.receivedAt + offset, decidedAt: ended.decidedAt + offset };
  ofHost.add({ ...ended, ...shifted, endedAt: ended.endedAt + offset });
  ofCaller.add(answered);
  await batch();
  expect(said).toEqual([]);
  expect(caller.notices.join()).toContain('times that cannot be');
  wrong.room.stop();
});

it('makes no time of a clock that was set back meanwhile', async () => {
  const { host: ofHost, caller: ofCaller } = stream(host, caller);
  const { host: ended, caller: answered } = call(1);
  ofHost.add({ ...ended, receivedAt: ended.endedAt + 20.7, decidedAt: ended.endedAt - 4000 });
  ofCaller.add(answered);
  await batch();
  expect(verifyReceipt(caller.room.of(answered.callId))).toMatchObject({
    ok: true,
    signedBy: ['host', 'caller'],
  });
});

it('waits for an answer that the notice overtook', async () => {
  const { host: ofHost, caller: ofCaller, said } = stream(host, caller);
  const both = call(1);
  ofHost.add(both.host);
  await batch();
  expect(said).toEqual([]);
  ofCaller.add(both.caller);
  await batch();
  expect(said).toEqual(['root signature']);
  expect(host.store.state(CallId.parse(1))).toBe('both');
});

it('signs the others where the caller has had no answer to one of them', async () => {
  const { host: ofHost, caller: ofCaller, said } = stream(host, caller);
  for (const number of [1, 2, 3]) {
    const both = call(number);
    ofHost.add(both.host);
    if (number !== 2) ofCaller.add(both.caller);
  }
  await batch();
  await vi.advanceTimersByTimeAsync(5000);
  expect(said).toEqual(['root unknown', 'root signature']);
  expect([1, 2, 3].map((id) => host.store.state(CallId.parse(id)))).toEqual(['both', 'host', 'both']);
  expect(caller.room.of(CallId.parse(1003))).toEqual(host.room.of(CallId.parse(3)));
});

it('has the receipts of a lost stream signed on the next one', async () => {
  const lost = stream(host, caller, () => null);
  const both = call(1);
  lost.host.add(both.host);
  lost.caller.add(both.caller);
  await batch();
  lost.host.close();
  lost.caller.close();
  expect(host.store.state(CallId.parse(1))).toBe('host');
  const next = stream(host, caller);
  await vi.advanceTimersByTimeAsync(1000);
  expect(next.said).toEqual(['root signature']);
  expect(caller.room.of(CallId.parse(1001))).toEqual(host.room.of(CallId.parse(1)));
  expect(host.store.state(CallId.parse(1))).toBe('both');
});

it('tells nothing of a lost stream whose calls had no tickets: their names mean nothing elsewhere', async () => {
  const lost = stream(host, caller, () => null);
  for (const number of [1, 2]) {
    const both = call(number, number === 2 ? { nonce: '2' } : {});
    lost.host.add(both.host);
    lost.caller.add({ ...both.caller, nonce: both.host.nonce });
  }
  await batch();
  lost.host.close();
  lost.caller.close();
  const next = stream(host, caller);
  await vi.advanceTimersByTimeAsync(2000);
  expect(next.said).toEqual([]);
  expect(host.notices.join()).toContain('has not signed the receipts of 2 calls');
});

it('remembers no more than 16,384 calls of lost streams, the newest', async () => {
  for (let lost = 0; lost < 70; lost += 1) {
    const { host: ofHost } = stream(host, caller, () => null);
    for (let number = 1; number <= 256; number += 1) ofHost.add(call(lost * 256 + number).host);
    ofHost.close();
  }
  const told: number[] = [];
  stream(host, caller, (params) => {
    told.push(ReceiptsMessage.parse(params).calls.length);
    return null;
  });
  await vi.advanceTimersByTimeAsync(1000);
  expect(told.reduce((sum, calls) => sum + calls, 0)).toBe(16_384);
  expect(host.notices.join()).toContain('has not signed the receipts of 256 calls');
});

it('says its signature again where it was lost on the way', async () => {
  const lost = stream(host, caller);
  const both = call(1);
  lost.caller.add(both.caller);
  lost.host.add(both.host);
  const heard = vi.spyOn(lost.host, 'countersigned').mockImplementation(() => undefined);
  await batch();
  expect(heard).toHaveBeenCalledOnce();
  lost.host.close();
  lost.caller.close();
  stream(host, caller);
  await vi.advanceTimersByTimeAsync(1000);
  expect(host.store.state(CallId.parse(1))).toBe('both');
  expect(caller.store.trees).toHaveLength(1);
});

it('survives records that take nothing, and says so', async () => {
  vi.spyOn(host.store, 'put').mockImplementation(() => {
    throw new Error('The disk is full.');
  });
  const { host: ofHost } = stream(host, caller);
  ofHost.add(call(1).host);
  await batch();
  expect(host.notices.join()).toContain('could not be written down');
  expect(host.room.of(CallId.parse(1))).toBeNull();
});

it('tells a caller once more that may have missed it', async () => {
  let told = 0;
  const { host: ofHost, caller: ofCaller } = stream(host, caller, (params) => {
    told += 1;
    return told === 1 ? null : params;
  });
  const both = call(1);
  ofHost.add(both.host);
  ofCaller.add(both.caller);
  await batch();
  await vi.advanceTimersByTimeAsync(15_000);
  expect(host.store.state(CallId.parse(1))).toBe('both');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toBe(2);
  expect(host.notices).toEqual([]);
});

it('tells the person of a caller that never signs, and of one that signs something else', async () => {
  const { host: ofHost } = stream(host, caller, () => null);
  ofHost.add(call(1).host);
  ofHost.add(call(2).host);
  await batch();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(host.notices).toEqual([
    'info: Ben has not signed the receipts of 2 calls. They hold the signature of this host only.',
  ]);
  let root = '';
  const other = stream(host, caller, (params) => {
    ({ root } = ReceiptsMessage.parse(params).root);
    return null;
  });
  other.host.add(call(3).host);
  await batch();
  other.host.countersigned({ root: root.replace(/^./, '_'), signature: 'A'.repeat(86) });
  other.host.countersigned({ root, signature: 'short' });
  other.host.countersigned('nothing');
  expect(host.notices).toHaveLength(1);
  other.host.countersigned({ root, signature: 'A'.repeat(86) });
  expect(host.notices.at(-1)).toContain('a signature that is not by its key');
  expect(host.store.state(CallId.parse(3))).toBe('host');
});

it('tells nothing to a peer that knows no receipts, and signs for itself', async () => {
  const ofHost = host.room.asHost(caller.peerId, null);
  ofHost.add(call(1).host);
  await batch();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(host.store.state(CallId.parse(1))).toBe('host');
  expect(host.notices).toEqual([]);
});

it('makes no receipt of what has no canonical form', async () => {
  const { host: ofHost, caller: ofCaller } = stream(host, caller);
  const half = call(1, { request: { text: '\ud800' } });
  const huge = call(2, { response: { number: Infinity } });
  const long = call(3, { tool: 'x'.repeat(3000) });
  for (const { host: ended } of [half, huge, long, call(4)]) ofHost.add(ended);
  ofCaller.add({ ...half.caller, request: { text: '\ud800' } });
  ofCaller.add(call(4).caller);
  await batch();
  expect([1, 2, 3, 4].map((id) => host.store.state(CallId.parse(id)))).toEqual([
    'both',
    'none',
    'none',
    'both',
  ]);
  expect(host.notices.join()).toContain('There is no receipt of one call');
});

it('hashes half characters as what stands for them, and nothing else so', () => {
  const halves = { '\udfff': ['a\ud800', '\ud83d\ude00', String.raw`\ud800`] };
  expect(hashOf(halves)).toBe(hashOf({ '\ufffd': ['a\ufffd', '😀', String.raw`\ud800`] }));
  expect(hashOf({ text: '\ud800', number: Infinity })).toBeNull();
});

it.each([
  ['that a denied call was answered', { effect: 'deny' }],
  ['a decision by nobody that decides', { by: 'the caller itself' }],
  ['a change of which it said nothing', { changed: 'arguments' }],
  [
    'no change where it told of one',
    { response: { content: [], _meta: { 'app.gatehouse/changed': 'both' } } },
  ],
  ['a changed result where there was an error', { outcome: 'error', changed: 'both' }],
] as const)('does not sign where the host says %s', async (_what, changes) => {
  const { host: ofHost, caller: ofCaller, said } = stream(host, caller);
  const both = call(1, changes);
  const { response, outcome } = both.host;
  ofHost.add(both.host);
  ofCaller.add({ ...both.caller, response, outcome });
  await batch();
  expect(said).toEqual([]);
  expect(caller.store.trees).toEqual([]);
  expect(caller.notices.join()).toContain('do not fit what was called');
});

it('signs what a person changed where it was told so', async () => {
  const { host: ofHost, caller: ofCaller, said } = stream(host, caller);
  const response = { content: [], _meta: { 'app.gatehouse/changed': 'result' } };
  const both = call(1, { response, changed: 'result' });
  ofHost.add(both.host);
  ofCaller.add({ ...both.caller, response });
  await batch();
  expect(said).toEqual(['root signature']);
});

it('does not sign two receipts of one call', async () => {
  const { host: ofHost, caller: ofCaller, said } = stream(host, caller);
  ofHost.add(call(1).host);
  ofHost.add({ ...call(1).host, by: 'rule' });
  ofCaller.add(call(1).caller);
  await batch();
  expect(said).toEqual([]);
  expect(caller.store.trees).toEqual([]);
});

it('lets the peer with most unsigned receipts lose its oldest, not the others', () => {
  const unsigned = new UnsignedTrees();
  const gone: string[] = [];
  const add = (peerId: PeerId, name: string): void => {
    const tree = { leaves: Array.from({ length: 256 }, () => name) };
    unsigned.add(peerId, tree, () => {
      gone.push(name);
      unsigned.remove(peerId, tree);
    });
  };
  add(host.peerId, 'of another');
  for (let number = 1; number <= 130; number += 1) add(caller.peerId, `tree ${number}`);
  expect(gone).toEqual(['tree 1', 'tree 2', 'tree 3']);
});

it('hashes an error as its reader keeps it', async () => {
  const error = { code: -32000, message: `${'x'.repeat(1999)}😀${'y'.repeat(3000)}`, data: { a: 1 } };
  const { host: ofHost, caller: ofCaller, said } = stream(host, caller);
  const both = call(1, { outcome: 'error', response: error });
  ofHost.add(both.host);
  const message = error.message.slice(0, 2000).toWellFormed();
  ofCaller.add({ ...both.caller, outcome: 'error', response: { ...error, message } });
  await batch();
  expect(said).toEqual(['root signature']);
  expect(answerHash('error', { code: 1, message: 'a' })).toBe(hashOf({ message: 'a', code: 1 }));
});

it('hashes a value as it arrives at the other side, whatever the order of its members', () => {
  const backwards = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(backwards);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, inner]) => [key, backwards(inner)]),
    );
  };
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
      const sent: unknown = JSON.parse(JSON.stringify(value));
      expect(hashOf(sent)).toBe(hashOf(value));
      expect(hashOf(backwards(sent))).toBe(hashOf(value));
    }),
    { numRuns: 500 },
  );
  const odd: unknown = JSON.parse('{"__proto__":[1],"toJSON":"x","2":-0,"10":1e21}');
  expect(hashOf(odd)).toBe(hashOf(JSON.parse(JSON.stringify(odd))));
  expect(hashOf({ a: 1, b: undefined })).toBe(hashOf({ a: 1 }));
  expect(hashOf({ a: 1 })).not.toBe(hashOf({ a: '1' }));
});

it('writes bodies and roots as RFC 8785 does', () => {
  const peers = fc.constantFrom(host.peerId, caller.peerId);
  const time = fc.nat({ max: 2 ** 50 });
  const sha = fc.constantFrom('0'.repeat(64), 'af'.repeat(32));
  const text = fc.string({ unit: 'grapheme' });
  const body = fc.record({
    v: fc.constant(1 as const),
    caller: peers,
    host: peers,
    agent: fc.constant(AgentName.parse('a.b_c-d')),
    tool: text,
    nonce: text,
    requestHash: sha,
    resultHash: sha,
    outcome: fc.constantFrom('result' as const, 'error' as const),
    effect: fc.constantFrom('allow' as const, 'deny' as const),
    by: text,
    changed: fc.constantFrom('no' as const, 'both' as const),
    receivedAt: time,
    decidedAt: fc.double({ min: 0, max: 1e21, noNaN: true }),
    endedAt: time,
  });
  fc.assert(fc.property(body, (one: ReceiptBody) => bodyText(one) === canonicalize(one)));
  const root = {
    v: 1,
    caller: caller.peerId,
    host: host.peerId,
    root: 'af'.repeat(32),
    count: 3,
    at: 1.5,
  } as const;
  expect(rootText(root)).toBe(canonicalize(root));
  expect(PeerId.parse(root.host)).toBe(host.peerId);
});
