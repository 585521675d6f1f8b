/** Forged receipts of every kind. */
import { sign } from 'node:crypto';
import { beforeAll, afterAll, expect, it, vi } from 'vitest';
import { signingKey } from '../../../../../main/host/identity/index.ts';
import { bodyText, rootText } from '../../../../../main/host/receipts/canonical.ts';
import { verifyReceipt } from '../../../../../main/host/receipts/index.ts';
import { leafHash, rootOf } from '../../../../../main/host/receipts/merkle-tree.ts';
import { CallId } from '../../../../../shared/ids.ts';
import type { Receipt } from '../../../../../shared/receipts.ts';
import { call, side, stream, type Side } from './two-sides.ts';

let host: Side;
let caller: Side;
let third: Side;
let receipt: Receipt;
let other: Receipt;

beforeAll(async () => {
  [host, caller, third] = await Promise.all([side(1), side(2), side(3)]);
  const between = stream(host, caller);
  for (let number = 1; number <= 7; number += 1) {
    const both = call(number);
    between.caller.add(both.caller);
    between.host.add(both.host);
  }
  await vi.waitFor(() => expect(host.store.state(CallId.parse(7))).toBe('both'));
  const of = (id: number): Receipt => {
    const found = caller.room.of(CallId.parse(id));
    if (found === null) throw new Error('There is no receipt.');
    return found;
  };
  [receipt, other] = [of(1003), of(1007)];
});
afterAll(() => {
  for (const { room } of [host, caller, third]) room.stop();
});

const signedBy = (who: Side, text: string, domain = 'gatehouse-receipts/1\n'): string =>
  sign(null, Buffer.from(domain + text), signingKey(who.identity.privateKey)).toString('base64url');

/** A receipt of one call that the host makes up, everything right but what is changed. */
function madeUp(changes: Partial<Receipt['body']>, at = Date.now() + 1000): Receipt {
  const body = { ...receipt.body, ...changes };
  const { caller: theCaller, host: theHost } = body;
  const root = {
    v: 1 as const,
    caller: theCaller,
    host: theHost,
    root: rootOf([leafHash(bodyText(body))]),
    count: 1,
    at,
  };
  const hostSignature = signedBy(host, rootText(root));
  return { kind: 'gatehouse-receipt', body, root, index: 0, path: [], hostSignature, callerSignature: null };
}

it('is sound as it was made, and with the bodies', () => {
  expect(verifyReceipt(receipt)).toMatchObject({ ok: true, signedBy: ['host', 'caller'] });
  const { request, response } = call(3).host;
  expect(verifyReceipt(receipt, { arguments: request, result: response }).ok).toBe(true);
  expect(verifyReceipt({ ...receipt, callerSignature: null })).toMatchObject({
    ok: true,
    signedBy: ['host'],
  });
  expect(verifyReceipt(madeUp({}))).toMatchObject({ ok: true, signedBy: ['host'] });
});

it('finds every changed field of the body', () => {
  const changed: Partial<Receipt['body']>[] = [
    { caller: third.peerId },
    { host: third.peerId },
    { agent: other.body.agent.replace('f', 'g') as typeof other.body.agent },
    { tool: 'read_file' },
    { nonce: other.body.nonce },
    { requestHash: other.body.requestHash },
    { resultHash: other.body.resultHash },
    { outcome: 'error' },
    { effect: 'deny' },
    { by: 'rule' },
    { changed: 'result' },
    { receivedAt: receipt.body.receivedAt - 1 },
    { decidedAt: receipt.body.decidedAt - 1 },
    { endedAt: receipt.body.endedAt - 1 },
  ];
  expect(new Set(changed.flatMap(Object.keys)).size).toBe(Object.keys(receipt.body).length - 1);
  for (const fields of changed) {
    const check = verifyReceipt({ ...receipt, body: { ...receipt.body, ...fields } });
    expect(check.ok, JSON.stringify(fields)).toBe(false);
    expect(check.problems.join()).toContain('was changed, or belongs elsewhere');
  }
});

it('finds every changed field of the root', () => {
  const changed: Partial<Receipt['root']>[] = [
    { caller: third.peerId },
    { host: third.peerId },
    { root: 'ab'.repeat(32) },
    { count: 8 },
    { at: receipt.root.at + 1 },
  ];
  for (const fields of changed) {
    const check = verifyReceipt({ ...receipt, root: { ...receipt.root, ...fields } });
    expect(check.ok, JSON.stringify(fields)).toBe(false);
    expect(check.signedBy).toEqual([]);
  }
});

it.each([
  ['another place', () => ({ ...receipt, index: receipt.index + 1 })],
  ['a place beyond the tree', () => ({ ...receipt, index: 7 })],
  ['the path of another', () => ({ ...receipt, path: other.path })],
  ['a longer path', () => ({ ...receipt, path: [...receipt.path, receipt.root.root] })],
  ['a shorter path', () => ({ ...receipt, path: receipt.path.slice(1) })],
  ['no path', () => ({ ...receipt, path: [] })],
])('finds %s', (_what, forged) => {
  expect(verifyReceipt(forged())).toMatchObject({ ok: false, signedBy: ['host', 'caller'] });
});

it.each([
  [
    'swapped signatures',
    () => ({ hostSignature: receipt.callerSignature, callerSignature: receipt.hostSignature }),
    [],
  ],
  [
    'the signature of a third',
    () => ({ callerSignature: signedBy(third, rootText(receipt.root)) }),
    ['host'],
  ],
  [
    'one over another domain',
    () => ({ callerSignature: signedBy(caller, rootText(receipt.root), 'gatehouse-cards/1\n') }),
    ['host'],
  ],
  [
    'one over the root hash alone',
    () => ({ callerSignature: signedBy(caller, receipt.root.root) }),
    ['host'],
  ],
  [
    'one of another root',
    () => ({ hostSignature: signedBy(host, rootText({ ...receipt.root, at: 1 })) }),
    ['caller'],
  ],
])('finds %s', (_what, forged, good) => {
  const check = verifyReceipt({ ...receipt, ...forged() });
  expect(check).toMatchObject({ ok: false, signedBy: good });
});

it('finds a root that is used for another pair of peers', () => {
  // The third takes a root that the two signed, and says that it was itself who was called.
  const body = { ...receipt.body, host: third.peerId };
  expect(verifyReceipt({ ...receipt, body }).problems.join()).toContain('between other peers');
  const root = { ...receipt.root, host: third.peerId };
  const hostSignature = signedBy(third, rootText(root));
  expect(verifyReceipt({ ...receipt, body, root, hostSignature })).toMatchObject({
    ok: false,
    signedBy: ['host'],
  });
});

it('finds what a host signed that cannot be', () => {
  expect(verifyReceipt(madeUp({ decidedAt: 1 })).problems).toEqual(['Its times are not in order.']);
  expect(verifyReceipt(madeUp({}, 1)).problems).toEqual(['Its times are not in order.']);
  expect(verifyReceipt(madeUp({ caller: host.peerId })).problems).toEqual([
    'Caller and host are the same peer.',
  ]);
});

it('finds arguments and results that are not those', () => {
  const { request, response } = call(4).host;
  expect(verifyReceipt(receipt, { arguments: request }).problems).toEqual([
    'These are not the arguments that were sent.',
  ]);
  expect(verifyReceipt(receipt, { result: response }).problems).toEqual(['This is not what was answered.']);
});

it('takes nothing else for a receipt', () => {
  const nobody = '12D3KooW'.padEnd(52, '1');
  for (const value of [
    null,
    'receipt',
    [],
    {},
    { ...receipt, more: true },
    { ...receipt, kind: 'receipt' },
    { ...receipt, path: Array.from({ length: 11 }, () => 'ab'.repeat(32)) },
    { ...receipt, hostSignature: `${receipt.hostSignature}=` },
    { ...receipt, body: { ...receipt.body, v: 2 } },
    { ...receipt, root: { ...receipt.root, count: 1025 } },
  ]) {
    expect(verifyReceipt(value)).toMatchObject({ ok: false, body: null });
  }
  const root = { ...receipt.root, caller: nobody };
  expect(verifyReceipt({ ...receipt, root }).ok).toBe(false);
});
