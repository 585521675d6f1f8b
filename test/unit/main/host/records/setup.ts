import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openRecords,
  type CallBodies,
  type OpenRecordsOptions,
  type Records,
  type RecordsError,
} from '../../../../../main/host/records/index.ts';
import { CallQuery, type CallView } from '../../../../../shared/calls.ts';
import { PeerId, RuleId } from '../../../../../shared/ids.ts';

export const alice = PeerId.parse('12D3KooWMvPXYR7kkC1XSZzjFTyuTYGWE4bzTQbLbTt3jMdJFQe6');
export const bob = PeerId.parse('12D3KooWHFrmLWTTDD4NodngtRMEVYgxrsDMp4F9iSwYntZ9WjHa');
export const ruleId = RuleId.parse('abcdefgh');

export interface Folder extends AsyncDisposable {
  readonly dir: string;
  readonly file: string;
  open(options?: Partial<OpenRecordsOptions>): Promise<Records>;
}

/** A data folder that is gone, with all that was opened in it closed, when the test ends. */
export function folder(): Folder {
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-records-'));
  const opened: Records[] = [];
  return {
    dir,
    file: join(dir, 'gatehouse.db'),
    open: async (options = {}) => {
      const records = await openRecords({ dataDir: dir, defaultName: 'desk', ...options });
      opened.push(records);
      return records;
    },
    [Symbol.asyncDispose]: async () => {
      for (const records of opened) await records.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export const callOf = (records: Pick<Records, 'calls'>, change: Partial<CallView> = {}): CallView => ({
  id: records.calls.nextId(),
  direction: 'in',
  peerId: alice,
  agent: 'notes',
  tool: 'add',
  path: 'lan',
  transport: 'tcp',
  status: 'answered',
  decision: { effect: 'allow', by: 'rule', ruleId },
  at: Date.now(),
  waitMs: 0,
  runMs: 1.25,
  requestBytes: 10,
  responseBytes: 20,
  errorCode: null,
  error: null,
  toolError: false,
  changed: 'no',
  deadline: null,
  redeemable: false,
  ...change,
});

/** Puts a call and resolves with what `done` was told. */
export const put = (records: Records, call: CallView, bodies?: CallBodies): Promise<RecordsError | null> =>
  new Promise((resolve) => {
    records.calls.put(call, bodies, resolve);
  });

export const query = (change: Partial<CallQuery> = {}): CallQuery => CallQuery.parse(change);
