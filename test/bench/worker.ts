/** One process of a contender: serves, or calls and measures, until it is told to stop or the bench is gone. */
import { argv, exit } from 'node:process';
import type { Caller, Served } from './contender.ts';
import { loadContender } from './contenders.ts';
import { measure } from './measure.ts';
import { Order, type Report } from './messages.ts';

const [, , group = '', name = '', role = '', address = ''] = argv;
let running: Served | Caller | undefined;

const report = (message: Report): void => {
  if (process.connected) process.send?.(message);
};

const fail = (error: unknown): void =>
  report({ is: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });

async function start(): Promise<void> {
  const contender = await loadContender(group, name);
  if (role === 'serve') {
    const served = await contender.serve();
    running = served;
    report({ is: 'ready', address: served.address });
  } else {
    running = await contender.connect(address);
    report({ is: 'ready', address });
  }
}

async function stop(): Promise<void> {
  try {
    await running?.stop();
  } catch (error) {
    fail(error);
  }
  exit(0);
}

async function obey(order: Order): Promise<void> {
  switch (order.do) {
    case 'stop':
      await stop();
      return;
    case 'measure': {
      if (running === undefined || !('call' in running)) throw new Error('This process does not call.');
      const caller = running;
      report({ is: 'measured', measured: await measure(() => caller.call(), order.inFlight, order.seconds) });
      return;
    }
    default:
      order satisfies never;
  }
}

process.on('message', (message) => void obey(Order.parse(message)).catch(fail));
process.on('disconnect', () => void stop());
// Ctrl+C reaches every process of the terminal; the bench says when it is time to stop.
process.on('SIGINT', () => undefined);
await start().catch(fail);
