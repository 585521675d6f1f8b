import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { SqliteAgentStore } from './agent-store.ts';
import type { ChainCheck } from '../../../shared/receipts.ts';
import { SqliteCallStore } from './call-store.ts';
import { Chain } from './chain.ts';
import { beginChain } from './chain-standing.ts';
import { verifyChain } from './chain-verifier.ts';
import { Checkpointer } from './checkpointer.ts';
import { SqliteFactStore } from './fact-store.ts';
import type { OpenRecordsOptions, Records } from './index.ts';
import { Health } from './health.ts';
import { SqliteGatehouseStore } from './gatehouse-store.ts';
import { SqliteInviteStore } from './invite-store.ts';
import { lockFor } from './lock.ts';
import { openDatabase } from './open-database.ts';
import { SqlitePeerStore } from './peer-store.ts';
import { SqlitePinStore } from './pin-store.ts';
import { SqliteReceiptStore } from './receipt-store.ts';
import { recordsErrorFrom } from './records-error.ts';
import { Retention } from './retention.ts';
import { SqliteRuleStore } from './rule-store.ts';
import { SqliteSettingsStore } from './settings-store.ts';
import { SmallWrites } from './small-writes.ts';
import { TakingUp } from './taking-up.ts';
import { SqliteUsageStore } from './usage-store.ts';
import { SqliteVerdictStore } from './verdict-store.ts';

/** Small, so that each sync is short: the system lets nobody write to a file while it syncs much of it. */
const LOG_LIMIT_BYTES = 8 * 1024 * 1024;

export async function openRecords(options: OpenRecordsOptions): Promise<Records> {
  const file = 'file' in options ? options.file : join(options.dataDir, 'gatehouse.db');
  let unlock: () => void;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    unlock = lockFor(file);
  } catch (error) {
    throw recordsErrorFrom(error, file);
  }
  let database: DatabaseSync | undefined;
  try {
    database = openDatabase(file);
    return assemble(database, file, unlock, options);
  } catch (error) {
    database?.close();
    unlock();
    throw recordsErrorFrom(error, file);
  }
}

function assemble(
  database: DatabaseSync,
  file: string,
  unlock: () => void,
  options: OpenRecordsOptions,
): Records {
  const checkpointer = new Checkpointer({
    file,
    limitBytes: LOG_LIMIT_BYTES,
    pause: () => {
      calls.writer.rest();
    },
    resume: () => {
      calls.writer.goOn();
    },
  });
  const health = new Health((problem) => records.onHealth?.(problem));
  const now = options.now ?? Date.now;
  const chain = new Chain(database, now);
  const save = new SmallWrites(database, {
    file,
    onProblem: (problem) => health.note('rest', problem),
    onCommit: () => {
      chain.committed();
      checkpointer.soon();
    },
    onRollback: () => chain.rolledBack(),
  });
  chain.onSign = (write) => save.surely('chain head', write);
  save.now(() => {
    beginChain(database, chain);
  });
  const inForce = options.inForce ?? ((stored) => stored);
  const settings = new SqliteSettingsStore(database, save, options.defaultName, () => {
    retention.soon();
  });
  const receipts = new SqliteReceiptStore(database, save, chain);
  const calls = new SqliteCallStore(database, receipts, {
    file,
    chain,
    bodies: () => inForce(settings.get()).bodies,
    onHealth: (problem) => health.note('calls', problem),
    onCommit: () => {
      checkpointer.afterCommit();
    },
  });
  const retention = new Retention(database, {
    keepDays: () => inForce(settings.get()).keepDays,
    keepMebibytes: () => inForce(settings.get()).keepMebibytes,
    now,
    chain,
    takingUp: new TakingUp(database, chain),
    isWaiting: (id) => calls.writer.isWaiting(id),
    mayPrune: () => checks === 0,
    onDeleted: (count) => {
      calls.writer.deleted(count);
    },
    onCommit: () => {
      checkpointer.afterCommit();
    },
  });
  let checks = 0;
  const verify = async (signal?: AbortSignal): Promise<ChainCheck> => {
    checks += 1;
    try {
      if (calls.healthy()) calls.writer.flush();
      const signer = chain.signer?.peerId ?? null;
      return await verifyChain(database, { signer, newest: () => chain.newest, now }, signal);
    } finally {
      checks -= 1;
    }
  };
  const usage = new SqliteUsageStore(database, save, now);
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    retention.stop();
    calls.writer.flush();
    await checkpointer.close();
    // All that is written comes before the signature, so that it covers all of it.
    calls.writer.close();
    usage.flush();
    save.settle();
    chain.stop();
    chain.sign();
    save.close();
    database.close();
    unlock();
  };
  const peers = new SqlitePeerStore(database, save);
  const rules = new SqliteRuleStore(database, save, chain);
  const records: Records = {
    calls,
    peers,
    gatehouses: new SqliteGatehouseStore(database, save),
    agents: new SqliteAgentStore(database, save),
    rules,
    pins: new SqlitePinStore(database, save),
    settings,
    facts: new SqliteFactStore(database, save, chain),
    verdicts: new SqliteVerdictStore(database, save),
    invites: new SqliteInviteStore(database, save),
    usage,
    receipts,
    signAs: (signer) => {
      chain.signAs(signer, (note) => save.surely('chain unsigned', note));
    },
    verify,
    problems: [rules.problem(), peers.problem()].filter((problem) => problem !== null),
    onHealth: null,
    inOne: (work) => save.inOne(work),
    close: () => (closing ??= close()),
  };
  retention.start();
  return records;
}
