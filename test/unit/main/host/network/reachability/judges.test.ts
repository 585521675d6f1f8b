import { describe, expect, test } from 'vitest';
import { weigh } from '../../../../../../main/host/network/reachability/judges.ts';
import { PeerId } from '../../../../../../shared/ids.ts';

const ADA = PeerId.parse('12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp');
const BEN = PeerId.parse('12D3KooWGRUjR2dvZrHKvfw4uyaxYjDkRUDqy7jzm7xVPzNFoCZR');

const isKept = (peerId: PeerId): boolean => peerId === ADA;

describe('what judges say of an address', () => {
  test('one who got through outweighs others', () => {
    const said = [
      { by: BEN, outcome: 'failed' },
      { by: ADA, outcome: 'ok' },
    ];
    expect(weigh(said, isKept)).toEqual({ works: true, by: ADA });
  });

  test('a stranger does not outweigh who was chosen here', () => {
    const said = [
      { by: BEN, outcome: 'ok' },
      { by: ADA, outcome: 'failed' },
    ];
    expect(weigh(said, isKept)).toEqual({ works: false, by: ADA });
    expect(weigh(said, () => false)).toEqual({ works: true, by: BEN });
  });

  test('who could not try says nothing', () => {
    expect(weigh([{ by: ADA, outcome: 'refused' }], isKept)).toBe(null);
    const said = [
      { by: ADA, outcome: 'no-route' },
      { by: BEN, outcome: 'ok' },
    ];
    expect(weigh(said, isKept)).toEqual({ works: true, by: BEN });
  });
});
