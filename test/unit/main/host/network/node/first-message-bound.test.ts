import { lpStream, streamPair } from '@libp2p/utils';
import { expect, it } from 'vitest';
import { boundFirstMessage } from '../../../../../../main/host/network/node/first-message-bound.ts';

const MOST = 1024;

it('lets a first message through that is short enough, and whatever follows it', async () => {
  const [near, far] = await streamPair();
  boundFirstMessage(near, MOST);
  const [reader, writer] = [lpStream(near), lpStream(far)];
  await writer.write(new Uint8Array(MOST));
  await writer.write(new Uint8Array(100 * MOST));
  expect((await reader.read()).byteLength).toBe(MOST);
  expect((await reader.read()).byteLength).toBe(100 * MOST);
});

it('keeps what comes until somebody reads', async () => {
  const [near, far] = await streamPair();
  boundFirstMessage(near, MOST);
  const writer = lpStream(far);
  await writer.write(Uint8Array.of(1, 2, 3));
  await new Promise((resolve) => setImmediate(resolve));
  expect((await lpStream(near).read()).subarray()).toEqual(Uint8Array.of(1, 2, 3));
});

it('cuts a stream that begins with a longer one, in one piece or many', async () => {
  for (const size of [MOST + 1, 4 * 1024 * 1024]) {
    const [near, far] = await streamPair();
    boundFirstMessage(near, MOST);
    const reading = lpStream(near).read();
    lpStream(far)
      .write(new Uint8Array(size))
      .catch(() => undefined);
    await expect(reading).rejects.toMatchObject({ code: 'TOO_LARGE' });
    expect(near.status).toBe('aborted');
  }
  const [near, far] = await streamPair();
  boundFirstMessage(near, MOST);
  const reading = lpStream(near).read();
  for (const byte of [0x80, 0x80, 0x80]) far.send(Uint8Array.of(byte));
  await expect(reading).rejects.toMatchObject({ code: 'TOO_LARGE' });
});
