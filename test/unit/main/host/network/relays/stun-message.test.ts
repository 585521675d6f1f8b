import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  bindingRefusal,
  bindingRequest,
  bindingSuccess,
  parseBindingRequest,
  parseBindingSuccess,
} from '../../../../../../main/host/network/relays/stun-message.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));

/** RFC 5769, section 2.1. */
const SAMPLE_REQUEST = bytes(`
  00 01 00 58  21 12 a4 42  b7 e7 a7 01  bc 34 d6 86  fa 87 df ae
  80 22 00 10  53 54 55 4e  20 74 65 73  74 20 63 6c  69 65 6e 74
  00 24 00 04  6e 00 01 ff
  80 29 00 08  93 2f f9 b1  51 26 3b 36
  00 06 00 09  65 76 74 6a  3a 68 36 76  59 20 20 20
  00 08 00 14  9a ea a7 0c  bf d8 cb 56  78 1e f2 b5  b2 d3 f2 49  c1 b5 71 a2
  80 28 00 04  e5 7a 3b cf`);
/** RFC 5769, section 2.2. */
const SAMPLE_IPV4 = bytes(`
  01 01 00 3c  21 12 a4 42  b7 e7 a7 01  bc 34 d6 86  fa 87 df ae
  80 22 00 0b  74 65 73 74  20 76 65 63  74 6f 72 20
  00 20 00 08  00 01 a1 47  e1 12 a6 43
  00 08 00 14  2b 91 f5 99  fd 9e 90 c3  8c 74 89 f9  2a f9 ba 53  f0 6b e7 d7
  80 28 00 04  c0 7d 4c 96`);
/** RFC 5769, section 2.3. */
const SAMPLE_IPV6 = bytes(`
  01 01 00 48  21 12 a4 42  b7 e7 a7 01  bc 34 d6 86  fa 87 df ae
  80 22 00 0b  74 65 73 74  20 76 65 63  74 6f 72 20
  00 20 00 14  00 02 a1 47  01 13 a9 fa  a5 d3 f1 79  bc 25 f4 b5  be d2 b9 d9
  00 08 00 14  a3 82 95 4e  4b e6 7b f1  17 84 c9 7c  82 92 c2 75  bf e3 ed 41
  80 28 00 04  c8 fb 0b 4c`);
const TRANSACTION = bytes('b7 e7 a7 01 bc 34 d6 86 fa 87 df ae');

describe('STUN messages', () => {
  it('reads the samples of RFC 5769', () => {
    expect(parseBindingRequest(SAMPLE_REQUEST)).toEqual({ transaction: TRANSACTION, unknown: [] });
    expect(parseBindingSuccess(SAMPLE_IPV4)).toEqual({
      transaction: TRANSACTION,
      mapped: { host: '192.0.2.1', port: 32_853 },
    });
    expect(parseBindingSuccess(SAMPLE_IPV6)).toEqual({
      transaction: TRANSACTION,
      mapped: { host: '2001:db8:1234:5678:11:2233:4455:6677', port: 32_853 },
    });
  });

  it.each([
    '192.0.2.1',
    '0.0.0.0',
    '255.255.255.255',
    '2001:db8::1',
    '::',
    '::1',
    'fe80::1',
    '1:2:3:4:5:6:7:8',
  ])('carries %s there and back', (host) => {
    const transaction = new Uint8Array(randomBytes(12));
    const mapped = { host, port: 65_535 };
    const answer = bindingSuccess(transaction, mapped);
    expect(answer && parseBindingSuccess(answer)).toEqual({ transaction, mapped });
  });

  it('leaves the zone out of a link-local address, and takes nothing that is none', () => {
    const answer = bindingSuccess(TRANSACTION, { host: 'fe80::1%eth0', port: 1 });
    expect(answer && parseBindingSuccess(answer)?.mapped.host).toBe('fe80::1');
    for (const host of ['', 'example.org', '1.2.3', '1.2.3.4.5', '::g'])
      expect(bindingSuccess(TRANSACTION, { host, port: 1 })).toBeNull();
  });

  it('names the attributes of a request that must be understood and are not', () => {
    const change = bytes('0001 0008 2112a442 b7e7a701bc34d686fa87dfae 0003 0004 00000006');
    const request = parseBindingRequest(change);
    expect(request).toEqual({ transaction: TRANSACTION, unknown: [3] });
    const refusal = request && bindingRefusal(request);
    expect(refusal && Buffer.from(refusal).toString('hex')).toBe(
      '011100102112a442b7e7a701bc34d686fa87dfae00090004' + '00000414' + '000a000200030000',
    );
  });

  it('makes of every broken message null, and never throws', () => {
    const whole = bindingRequest(TRANSACTION);
    expect(parseBindingRequest(whole)).not.toBeNull();
    expect(parseBindingSuccess(whole)).toBeNull();
    for (let length = 0; length < SAMPLE_IPV4.length; length += 1) {
      expect(parseBindingSuccess(SAMPLE_IPV4.subarray(0, length))).toBeNull();
      expect(parseBindingRequest(SAMPLE_REQUEST.subarray(0, length))).toBeNull();
    }
    // Its fingerprint, the last eight bytes, notices any change of the rest.
    for (let at = 0; at < SAMPLE_REQUEST.length - 8; at += 1) {
      const changed = Uint8Array.from(SAMPLE_REQUEST);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(parseBindingRequest(changed)).toBeNull();
    }
    for (let round = 0; round < 2000; round += 1) {
      const garbage = new Uint8Array(randomBytes(round % 200));
      garbage.set(SAMPLE_IPV4.subarray(0, Math.min(garbage.length, round % 40)));
      parseBindingRequest(garbage);
      parseBindingSuccess(garbage);
    }
  });
});
