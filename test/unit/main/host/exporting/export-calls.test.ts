import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { exportCalls, type ExportRequest } from '../../../../../main/host/exporting/index.ts';
import type { Records } from '../../../../../main/host/records/index.ts';
import { alice, bob, callOf, folder, put } from '../records/setup.ts';

const all = async (records: Records, change: Partial<ExportRequest> = {}): Promise<string> => {
  let text = '';
  const request: ExportRequest = {
    format: 'jsonl',
    bodies: 'masked',
    query: {},
    limit: 10_000,
    from: alice,
    ...change,
  };
  for await (const piece of exportCalls(records.calls, request)) text += piece;
  return text;
};
const linesOf = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const REQUEST = '{"password":"hunter2","path":"/a"}';
const MASKED = '{"password":"•••• (masked, 7 characters)","path":"/a"}';

describe('an export', () => {
  it('as JSON lines says what it is, and has the oldest call first, masked unless asked otherwise', async () => {
    await using at = folder();
    const records = await at.open();
    const first = callOf(records, { error: 'Bad: postgres://a:geheim@b/c' });
    const second = callOf(records, { peerId: bob });
    await put(records, first, { request: REQUEST, response: '{}' });
    await put(records, second, { request: REQUEST, keep: 'masked' });
    const [header, one, two, none] = linesOf(await all(records));
    expect(header).toMatchObject({
      kind: 'gatehouse-calls',
      v: 1,
      from: alice,
      bodies: 'masked',
      calls: 2,
      query: {},
    });
    const requestHash = hash('sha256', REQUEST);
    expect(one).toMatchObject({
      id: first.id,
      decision: first.decision,
      request: MASKED,
      response: '{}',
      requestHash: null,
      responseHash: hash('sha256', '{}'),
      masked: true,
    });
    expect(one?.['error']).toBe('Bad: postgres://a:•••• (masked, 6 characters)@b/c');
    expect(two).toMatchObject({
      id: second.id,
      peerId: bob,
      request: MASKED,
      requestHash: null,
      masked: true,
    });
    expect(none).toBeUndefined();
    expect(linesOf(await all(records, { bodies: 'whole' }))[1]).toMatchObject({
      request: REQUEST,
      requestHash,
      masked: false,
    });
    const bodiless = await all(records, { bodies: 'none' });
    expect(bodiless).not.toMatch(/geheim|hunter2/);
    expect(linesOf(bodiless).slice(1)).toMatchObject([
      { request: null, requestHash: null, responseHash: hash('sha256', '{}') },
      { request: null, requestHash: null },
    ]);
    expect(linesOf(await all(records, { limit: 1 })).slice(1)).toMatchObject([{ id: second.id }]);
    expect(linesOf(await all(records, { query: { peerId: alice } })).slice(1)).toMatchObject([
      { id: first.id },
    ]);
  });

  it('as JSON lines holds nothing that steers or hides, and the same values', async () => {
    await using at = folder();
    const records = await at.open();
    const tool = 'a\u009b31m\u202eb\u{e0041}\u2028';
    await put(records, callOf(records, { tool }));
    const text = await all(records);
    expect(text).not.toMatch(/[\u007f-\u009f\u2028]|\p{Cf}/u);
    expect(linesOf(text)[1]?.['tool']).toBe(tool);
  });

  it('as a page is nothing but text, whatever the peers wrote', async () => {
    await using at = folder();
    const records = await at.open();
    const evil = `<script>alert(1)</script>"'><img src=x onerror=y>\u202e\u200b`;
    await put(records, callOf(records, { tool: evil, agent: evil, error: evil }), {
      request: JSON.stringify({ a: evil }),
    });
    const page = await all(records, { format: 'html', query: { text: '<script>' } });
    expect(page).not.toMatch(/<script|<img|\u202e|\u200b/);
    expect(page).toContain('&lt;script&gt;alert(1)');
    expect(page).toContain('⟨U+202E⟩');
    const style = /<style>([^<]*)<\/style>/.exec(page)?.[1] ?? '';
    expect(page).toContain(`default-src 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'`);
    expect(page.match(/<(style|link|iframe|form|a|object|base)\b/g)).toEqual(['<style']);
    expect(page.trimEnd()).toMatch(/<\/html>$/);
  });

  it('comes in pieces, and ends where it is no longer wanted', async () => {
    await using at = folder();
    const records = await at.open();
    for (let i = 0; i < 200; i += 1) records.calls.put(callOf(records), { request: `"${'x'.repeat(2000)}"` });
    let read = 0;
    const calls = {
      ids: (query: Parameters<typeof records.calls.ids>[0]) => records.calls.ids(query),
      recordedOf: (ids: readonly number[]) => {
        read += ids.length;
        return records.calls.recordedOf(ids);
      },
    };
    const request: ExportRequest = { format: 'jsonl', bodies: 'whole', query: {}, limit: 500, from: alice };
    const pieces = exportCalls(calls, request);
    await pieces.next();
    expect(read).toBeLessThan(100);
    await pieces.return();
    const gone = new AbortController();
    gone.abort();
    await expect(exportCalls(calls, request, gone.signal).next()).rejects.toThrow(/abort/i);
  });
});
