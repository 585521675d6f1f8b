import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { Watchdog } from '../../main/host/agents/watchdog.ts';
import { fixture, isRunning, until } from './agents-fixture.ts';

const left: number[] = [];
afterEach(() => {
  for (const pid of left.splice(0)) if (isRunning(pid)) process.kill(pid, 'SIGKILL');
});

function sleeper(): ChildProcess {
  const child = spawn('/bin/sh', ['-c', "trap '' TERM; while :; do sleep 1; done"], {
    detached: true,
    stdio: 'ignore',
  });
  if (child.pid !== undefined) left.push(child.pid);
  return child;
}

describe.skipIf(process.platform === 'win32')('when a host is killed', () => {
  test('an agent that ignores SIGTERM and the end of its input goes with it, and so does its child', async () => {
    const host = spawn(process.execPath, [fixture('host-with-an-agent'), fixture('ignores-sigterm')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    host.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    await until(() => text.includes('running\n'), 'the host has its agent');
    const pids = (/pids (\d+) (\d+)/.exec(text) ?? []).slice(1).map(Number);
    left.push(...pids);
    expect(pids.map(isRunning)).toEqual([true, true]);
    host.kill('SIGKILL');
    await once(host, 'exit');
    await until(() => !pids.some(isRunning), 'both are gone');
  });

  test('a watchdog that dies is replaced by one that knows the same groups', async () => {
    const watchdog = new Watchdog();
    const child = sleeper();
    watchdog.add(child.pid ?? 0);
    const first = watchdog.pid ?? 0;
    process.kill(first, 'SIGKILL');
    await until(() => watchdog.pid !== null && watchdog.pid !== first, 'there is another one');
    const ended = once(child, 'exit');
    await watchdog.stop();
    expect((await ended)[1]).toMatch(/^SIG(?:TERM|KILL)$/);
  });

  test('a group that was removed is left alone', async () => {
    const watchdog = new Watchdog();
    const [kept, ended] = [sleeper(), sleeper()];
    watchdog.add(kept.pid ?? 0);
    watchdog.add(ended.pid ?? 0);
    watchdog.remove(kept.pid ?? 0);
    const gone = once(ended, 'exit');
    await watchdog.stop();
    await gone;
    expect(isRunning(kept.pid ?? 0)).toBe(true);
  });

  test('it ends with its host where there is nothing to do', async () => {
    const watchdog = new Watchdog();
    watchdog.add(2 ** 30);
    watchdog.remove(2 ** 30);
    const pid = watchdog.pid ?? 0;
    expect(isRunning(pid)).toBe(true);
    await watchdog.stop();
    await until(() => !isRunning(pid), 'it is gone');
  });
});
