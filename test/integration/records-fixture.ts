/** Puts calls until it is killed, and prints the id of each once its `done` has been called. */
import { openRecords } from '../../main/host/records/index.ts';
import { CallView } from '../../shared/calls.ts';

const [dataDir = '', mode = 'load'] = process.argv.slice(2);

try {
  const records = await openRecords({ dataDir, defaultName: 'child' });
  const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  say('open');
  if (mode === 'hold') setInterval(() => {}, 1000);
  const body = JSON.stringify({ text: 'x'.repeat(1024) });
  const one = (): void => {
    const call = CallView.parse({
      id: records.calls.nextId(),
      direction: 'in',
      peerId: '12D3KooWMvPXYR7kkC1XSZzjFTyuTYGWE4bzTQbLbTt3jMdJFQe6',
      agent: 'notes',
      tool: 'add',
      path: 'lan',
      transport: 'tcp',
      status: 'running',
      decision: { effect: 'allow', by: 'default', ruleId: null },
      at: Date.now(),
      waitMs: 0,
      runMs: null,
      requestBytes: body.length,
      responseBytes: body.length,
      errorCode: null,
      error: null,
      toolError: false,
      changed: 'no',
      deadline: null,
      redeemable: false,
    });
    records.calls.put(call, { request: body });
    setImmediate(() => {
      records.calls.put({ ...call, status: 'answered', runMs: 1 }, { response: body }, (error) => {
        if (error === null) say(String(call.id));
        one();
      });
    });
  };
  if (mode === 'load') for (let i = 0; i < 64; i += 1) one();
} catch (error) {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  process.stdout.write(`failed ${code}\n`);
  process.exitCode = 3;
}
