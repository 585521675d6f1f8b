import { Worker } from 'node:worker_threads';

/** What the main thread and the checkpoint thread say to each other. */
type CheckpointStep = 'nearly' | 'finish' | 'done';

/**
 * Runs in the thread, from its own source text: it may use nothing from outside its body, so that it works the
 * same from a bundle.
 */
function checkpoint(): void {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const thread = process.getBuiltinModule('node:worker_threads');
  const { parentPort } = thread;
  const database = new DatabaseSync(String(thread.workerData), { timeout: 2000 });
  const say = (step: CheckpointStep): void => {
    parentPort?.postMessage(step);
  };
  database.exec('PRAGMA synchronous = NORMAL');
  // Each pass moves what was written during the one before, which is less and less.
  for (let pass = 0, moved = 0; pass < 6; pass += 1) {
    const row = database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get();
    const total = Number(row?.['checkpointed']);
    if (total - moved < 200) break;
    moved = total;
  }
  parentPort?.once('message', () => {
    try {
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      // The first writer of a new log syncs its header: let that be this thread, not the main one.
      database
        .prepare(`INSERT OR REPLACE INTO facts (key, value) VALUES ('checkpointedAt', ?)`)
        .run(new Date().toISOString());
    } finally {
      database.close();
      say('done');
    }
  });
  say('nearly');
}

export const startCheckpointThread = (file: string): Worker =>
  new Worker(`(${checkpoint.toString()})()`, { eval: true, workerData: file, name: 'records checkpoint' });
