import { describe, expect, it } from 'vitest';
import { resultParts } from '../../../../renderer/tools/result-content.ts';

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAE=';

describe('the parts of a result', () => {
  it('keeps text as text', () => {
    expect(resultParts([{ type: 'text', text: '<b>x</b>' }])).toEqual([{ kind: 'text', text: '<b>x</b>' }]);
  });

  it('shows a picture only when its bytes are of the type it claims', () => {
    expect(resultParts([{ type: 'image', mimeType: 'image/png', data: png }])[0]).toMatchObject({
      kind: 'image',
      url: `data:image/png;base64,${png}`,
    });
    for (const part of [
      { type: 'image', mimeType: 'image/svg+xml', data: btoa('<svg onload="x"/>') },
      { type: 'image', mimeType: 'text/html', data: btoa('<script>') },
      { type: 'image', mimeType: 'image/jpeg', data: png },
      { type: 'image', mimeType: 'image/png', data: `${png}"><script>` },
      { type: 'image', mimeType: 'image/png', data: `iVBORw0KGgo${'A'.repeat(9_000_000)}` },
    ]) {
      expect(resultParts([part])[0]?.kind).toBe('other');
    }
  });

  it('shows anything else as what it is, and not without end', () => {
    expect(resultParts([7, null, { type: 'resource', uri: 'file:///x' }]).map((part) => part.kind)).toEqual([
      'other',
      'other',
      'other',
    ]);
    expect(resultParts(Array.from({ length: 5000 }, () => ({ type: 'text', text: 'a' })))).toHaveLength(100);
  });
});
