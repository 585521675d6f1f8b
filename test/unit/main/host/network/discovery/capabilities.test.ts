import { describe, expect, it } from 'vitest';
import { keyOfCapability } from '../../../../../../main/host/network/discovery/capabilities.ts';

const key = async (kind: 'tool' | 'tag', name: string): Promise<string> =>
  (await keyOfCapability({ kind, name })).toString();

describe('the key of a capability', () => {
  it('is the same everywhere and for ever', async () => {
    await expect(key('tool', 'forecast')).resolves.toMatchInlineSnapshot(
      `"bafkreiefhqg2mmx744hojtx4yq2kjvepswcykkm7zpgfjgxwnldywjgfgm"`,
    );
  });

  it('tells kinds apart, and tools by their case', async () => {
    await expect(key('tag', 'sky')).resolves.not.toBe(await key('tool', 'sky'));
    await expect(key('tool', 'Sky')).resolves.not.toBe(await key('tool', 'sky'));
  });

  it('does not mind how a tag is written', async () => {
    await expect(key('tag', 'ZU\u0308rich')).resolves.toBe(await key('tag', 'zürich'));
  });
});
