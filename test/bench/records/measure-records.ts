import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecords, ReadRecords, type Records } from '../../../main/host/records/index.ts';
import { CallQuery, type CallView } from '../../../shared/calls.ts';
import { PeerId, RuleId } from '../../../shared/ids.ts';
import { peerIdTextOf } from '../../../shared/node-id.ts';
import { atMost, type Target } from '../targets.ts';

const CALLS = 1_000_000;
const PEERS = 40;
const TOOLS = 60;
/** Every so many calls one has an error that no other has. */
const UNLIKE_EVERY = 20;
const TURNS = 5;

interface RecordsOptions {
  readonly say: (line: string) => void;
}

export interface SearchRow {
  readonly name: string;
  readonly medianMs: number;
  readonly slowestMs: number;
  /** Of the processor, of the fastest turn: tells a search from a busy machine. */
  readonly cpuMs: number;
  readonly found: number;
}

const peers = Array.from({ length: PEERS }, (_, index) =>
  PeerId.parse(peerIdTextOf(index.toString(16).padStart(2, '0').repeat(32))),
);
const rule = RuleId.parse('rule-of-the-bench');
const rareRule = RuleId.parse('rare-rule-of-the-bench');
const peerOf = (index: number): PeerId => peers[index % PEERS] ?? peers[0] ?? fail();
const fail = (): never => {
  throw new Error('There are no peers.');
};

/** Calls as they come: mostly answered, of a few peers and tools; errors mostly alike, some like no other. */
function callAt(id: CallView['id'], index: number): CallView {
  const spread = (index * 2_654_435_761) % 4_294_967_296;
  const isOld = index < 1000;
  const unlike = index % UNLIKE_EVERY === 0;
  const failed = unlike || spread % 17 === 0;
  return {
    id,
    direction: spread % 5 === 0 ? 'out' : 'in',
    peerId: peerOf(spread >>> 4),
    agent: isOld ? 'retired' : `agent-${(spread >>> 9) % 6}`,
    tool: `tool-${(spread >>> 12) % TOOLS}`,
    path: 'lan',
    transport: 'tcp',
    status: failed ? (spread % 2 === 0 ? 'refused' : 'failed') : 'answered',
    decision: {
      effect: failed ? 'deny' : 'allow',
      by: 'rule',
      ruleId: index === 77 ? rareRule : rule,
    },
    at: Date.now() - (CALLS - index) * 1000,
    waitMs: 0,
    runMs: 1.5,
    requestBytes: 120,
    responseBytes: 340,
    errorCode: failed ? -32_060 : null,
    error: unlike
      ? `The agent could not open /data/${spread.toString(36)}.txt`
      : failed
        ? 'The person said no.'
        : null,
    toolError: false,
    changed: 'no',
    deadline: null,
    redeemable: false,
  };
}

async function fill(records: Records): Promise<void> {
  const request = JSON.stringify({ path: '/notes/today.md', text: 'x'.repeat(80) });
  const response = JSON.stringify({ content: [{ type: 'text', text: 'y'.repeat(260) }] });
  for (let index = 0; index < CALLS; index += 500) {
    const written = Promise.withResolvers<void>();
    for (let at = index; at < index + 500; at += 1) {
      const isLast = at === index + 499;
      records.calls.put(callAt(records.calls.nextId(), at), { request, response }, (error) => {
        if (error !== null) written.reject(error);
        else if (isLast) written.resolve();
      });
    }
    await written.promise;
  }
}

const SEARCHES: readonly (readonly [string, Record<string, unknown>])[] = [
  ['the newest', {}],
  ['1,000 at once', { limit: 1000 }],
  ['a peer', { peerId: peerOf(3) }],
  ['an agent', { agent: 'agent-2' }],
  ['an agent, all its calls old', { agent: 'retired' }],
  ['a tool of an agent', { agent: 'agent-1', tool: 'tool-7' }],
  ['outgoing', { direction: 'out' }],
  ['failed', { status: 'failed' }],
  ['interrupted, none', { status: 'interrupted' }],
  ['a rule', { ruleId: rule }],
  ['a rule, one call', { ruleId: rareRule }],
  ['text in tools', { text: 'tool-5' }],
  ['text in agents, all old', { text: 'retired' }],
  ['text in many errors', { text: 'said no' }],
  ['text in errors like no other', { text: '/data/' }],
  ['text in one error', { text: `/data/${((40 * 2_654_435_761) % 4_294_967_296).toString(36)}.txt` }],
  ['text of one letter', { text: 'z' }],
  ['text in none', { text: 'nowhere to be found' }],
  ['text of a peer', { text: peerOf(5).slice(-12) }],
  ['a peer, failed, text', { peerId: peerOf(9), status: 'failed', text: '/data/' }],
  [
    'a peer, a tool, a rule, text in none',
    { peerId: peerOf(9), tool: 'tool-1', ruleId: rule, text: 'nowhere' },
  ],
  ['an old page', { before: 1000 }],
  ['text, an old page', { text: 'tool-5', before: 5000 }],
  ['text in errors like no other, an old page', { text: '/data/', before: 200_000 }],
  ['failed, 1,000 of a page in the middle', { status: 'failed', before: CALLS / 2, limit: 1000 }],
];

/** Fills a real database file with a million calls, then searches, and checks its chain. */
export async function measureRecords({
  say,
}: RecordsOptions): Promise<{ rows: SearchRow[]; targets: Target[] }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-bench-records-'));
  try {
    const records = await openRecords({ dataDir, defaultName: 'bench' });
    const began = performance.now();
    await fill(records);
    const seconds = (performance.now() - began) / 1000;
    say(`${CALLS} calls written in ${seconds.toFixed(1)} s: ${Math.round(CALLS / seconds)} a second`);
    const rows = SEARCHES.map(([name, given]) => search(records, name, CallQuery.parse(given)));
    for (const { name, medianMs, slowestMs, cpuMs, found } of rows)
      say(
        `${name.padEnd(48)} ${medianMs.toFixed(1).padStart(8)} ms  slowest ${slowestMs.toFixed(1).padStart(8)} ms  processor ${cpuMs.toFixed(1).padStart(6)} ms  ${found} calls`,
      );
    await records.close();
    const file = join(dataDir, 'gatehouse.db');
    say(`${(statSync(file).size / 1024 / 1024).toFixed(0)} MiB`);
    const checking = performance.now();
    using read = new ReadRecords(file);
    const check = await read.verify(null);
    const checkSeconds = (performance.now() - checking) / 1000;
    say(
      `${check.entries} entries about ${check.calls} calls checked in ${checkSeconds.toFixed(1)} s: ${check.ok ? 'sound' : 'NOT SOUND'}`,
    );
    const slowest = Math.max(...rows.map((row) => row.slowestMs));
    return { rows, targets: [atMost('a million calls: the slowest search, ms', slowest, 100)] };
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function search(records: Records, name: string, query: CallQuery): SearchRow {
  const times: number[] = [];
  let found = 0;
  let cpuMs = Infinity;
  for (let turn = 0; turn < TURNS; turn += 1) {
    const began = performance.now();
    const cpu = process.cpuUsage();
    found = records.calls.page(query).length;
    times.push(performance.now() - began);
    const { user, system } = process.cpuUsage(cpu);
    cpuMs = Math.min(cpuMs, (user + system) / 1000);
  }
  times.sort((a, b) => a - b);
  return { name, medianMs: times[TURNS >> 1] ?? 0, slowestMs: times.at(-1) ?? 0, cpuMs, found };
}
