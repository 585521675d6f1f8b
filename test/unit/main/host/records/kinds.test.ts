import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { Kinds } from '../../../../../main/host/records/kinds.ts';
import { eventually } from '../../../../fixtures/eventually.ts';
import { alice, bob, callOf, folder, put, query } from './setup.ts';

/** The number of kinds, and the length of the longest text in them. */
function kindsIn(file: string): { count: number; longest: number } {
  const database = new DatabaseSync(file, { readOnly: true });
  const row = database
    .prepare('SELECT count(*) AS count, max(max(length(tool), length(error))) AS longest FROM kinds')
    .get();
  database.close();
  return { count: Number(row?.['count']), longest: Number(row?.['longest']) };
}

describe('kinds of calls', () => {
  it('hold no more than the beginning of what others wrote, and calls are found by all of it', async () => {
    await using at = folder();
    const records = await at.open();
    const begin = '😀'.repeat(150);
    for (const end of ['one', 'two', 'three'])
      await put(records, callOf(records, { tool: begin + end, error: `${'e'.repeat(1500)} ${end}` }));
    await put(records, callOf(records, { tool: 'short \u{10ffff}' }));
    const kinds = kindsIn(at.file);
    expect(kinds.count).toBe(2);
    expect(kinds.longest).toBeLessThan(210);
    const found = (change: Parameters<typeof query>[0]) => records.calls.ids(query(change));
    expect(found({ tool: `${begin}two` })).toEqual([2]);
    expect(found({ tool: begin })).toEqual([]);
    expect(found({ text: 'e three' })).toEqual([3]);
    expect(found({ text: 'e three', peerId: bob })).toEqual([]);
    expect(found({ tool: 'short \u{10ffff}' })).toEqual([4]);
    expect(found({ peerId: alice })).toEqual([4, 3, 2, 1]);
  });

  it('are not made by what was asked for and does not exist', async () => {
    await using at = folder();
    const records = await at.open();
    const refused = { status: 'refused', decision: null, errorCode: -32602 } as const;
    for (let i = 0; i < 50; i += 1)
      records.calls.put(callOf(records, { ...refused, tool: `none-${i}`, error: `No tool none-${i}.` }));
    await put(records, callOf(records, { ...refused, direction: 'out', tool: 'none-3' }));
    expect(kindsIn(at.file).count).toBe(2);
    expect(records.calls.ids(query({ tool: 'none-3' }))).toEqual([51, 4]);
    expect(records.calls.ids(query({ text: 'tool none-4' }))).toHaveLength(11);
  });

  it('are bounded for each peer, and a search stays quick and finds what is beyond', async () => {
    await using at = folder();
    const records = await at.open();
    for (let i = 0; i < 6000; i += 1)
      records.calls.put(callOf(records, { tool: `tool-${i}`, status: 'failed' }));
    await put(records, callOf(records, { peerId: bob, tool: 'his' }));
    await eventually(() => expect(records.calls.total()).toBe(6001));
    expect(kindsIn(at.file).count).toBe(2002);
    const found = (change: Parameters<typeof query>[0]) => records.calls.ids(query(change));
    expect(found({ tool: 'tool-5' })).toEqual([6]);
    expect(found({ tool: 'tool-4500' })).toEqual([4501]);
    expect(found({ tool: 'tool-2500' })).toEqual([2501]);
    expect(found({ peerId: bob })).toEqual([6001]);
    expect(found({ peerId: alice, tool: 'his' })).toEqual([]);
    expect(found({ tool: 'tool-2500', status: 'answered' })).toEqual([]);
  });

  it('are bounded for all peers together', async () => {
    await using at = folder();
    const records = await at.open();
    await put(records, callOf(records));
    const other = new DatabaseSync(at.file);
    const kinds = new Kinds(other, { ofPeer: 10, ofAll: 3 });
    const kindOf = (change: Parameters<typeof callOf>[1]) => kinds.idOf(callOf(records, change));
    const [one, two, three] = [{ tool: 'a' }, { tool: 'b' }, { tool: 'c' }].map(kindOf);
    expect(new Set([one, two, three]).size).toBe(3);
    expect(kindOf({ tool: 'd', peerId: bob })).toBe(three);
    kinds.forget();
    expect(kindOf({ tool: 'e', peerId: bob })).toBe(three);
    expect(kindOf({ tool: 'b' })).toBe(two);
    expect(kindOf({ tool: 'b', status: 'failed' })).not.toBe(three);
    other.close();
  });
});
