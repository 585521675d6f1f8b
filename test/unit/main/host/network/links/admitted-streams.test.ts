import type { Connection, Stream } from '@libp2p/interface';
import { expect, it } from 'vitest';
import { answerAdmitted } from '../../../../../../main/host/network/links/admitted-streams.ts';

const ADA = '12D3KooWGRUjR2dvZrHKvfw4uyaxYjDkRUDqy7jzm7xVPzNFoCZR';

it('answers the streams that are admitted, and aborts the others', async () => {
  const seen: string[] = [];
  const stream = { abort: () => seen.push('aborted') } as unknown as Stream;
  const from = (peer: string): Connection =>
    ({ remotePeer: { toString: () => peer } }) as unknown as Connection;
  const answering = (admits: boolean): ReturnType<typeof answerAdmitted> =>
    answerAdmitted(
      (_stream, _connection, peerId) => {
        seen.push(`answered ${peerId}`);
      },
      () => admits,
    );
  await answering(true)(stream, from(ADA));
  await answering(false)(stream, from(ADA));
  await answering(true)(stream, from('QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'));
  expect(seen).toEqual([`answered ${ADA}`, 'aborted', 'aborted']);
});
