import { expect, test } from 'vitest';
import type { TransportName } from '../../../../../../shared/transports.ts';
import { TransportSwitch } from '../../../../../../main/host/network/switching/transport-switch.ts';
import type { Transport } from '../../../../../../main/host/network/transport.ts';

/** A transport that only says when it is started and stopped. */
const silent = (
  name: TransportName,
  log: string[],
  fails: () => boolean,
  slow: Promise<void> | undefined,
): Transport => ({
  name,
  start: async () => {
    await slow;
    if (fails()) throw new Error('The port is taken.');
    log.push(`start ${name}`);
  },
  stop: () => {
    log.push(`stop ${name}`);
    return Promise.resolve();
  },
  addresses: () => [],
  dials: () => false,
  dial: () => Promise.reject(new Error('Nobody is there.')),
  connections: () => [],
});

const setUp = (choice: 'libp2p' | 'websocket' | 'both') => {
  const log: string[] = [];
  const failing = new Set<TransportName>();
  const slow = new Map<TransportName, Promise<void>>();
  const drains: { name: TransportName; done: () => void; signal: AbortSignal }[] = [];
  const transports = new TransportSwitch(choice, {
    create: (name) => silent(name, log, () => failing.has(name), slow.get(name)),
    choiceOf: () => null,
    drain: (name, signal) =>
      new Promise((resolve) => {
        log.push(`drain ${name}`);
        drains.push({ name, done: resolve, signal });
        signal.addEventListener('abort', () => resolve());
      }),
    busy: () => 3,
    changed: () => undefined,
  });
  const stateOf = (name: TransportName) => transports.views().find((view) => view.name === name)?.state;
  return { transports, log, failing, slow, drains, stateOf };
};

test('starts the other transport first, then drains the old one, and then stops it', async () => {
  const { transports, log, drains, stateOf } = setUp('libp2p');
  await transports.start();
  const switched = transports.set('websocket');
  await expect.poll(() => drains.length).toBe(1);
  expect(log).toEqual(['start libp2p', 'start websocket', 'drain libp2p']);
  expect(stateOf('libp2p')).toBe('draining');
  expect(transports.views().find(({ name }) => name === 'libp2p')?.busy).toBe(3);
  drains[0]?.done();
  await switched;
  expect(log.at(-1)).toBe('stop libp2p');
  expect([stateOf('libp2p'), stateOf('websocket')]).toEqual(['off', 'running']);
});

test('goes back while it drains: what was to end goes on, and is neither stopped nor started anew', async () => {
  const { transports, log, drains, stateOf } = setUp('libp2p');
  await transports.start();
  const there = transports.set('websocket');
  await expect.poll(() => drains.length).toBe(1);
  const back = transports.set('libp2p');
  await expect.poll(() => drains.length).toBe(2);
  drains[1]?.done();
  await Promise.all([there, back]);
  expect(log).toEqual([
    'start libp2p',
    'start websocket',
    'drain libp2p',
    'drain websocket',
    'stop websocket',
  ]);
  expect(stateOf('libp2p')).toBe('running');
});

test('keeps what runs where nothing of the new choice can run, and says why', async () => {
  const { transports, log, failing, stateOf } = setUp('libp2p');
  await transports.start();
  failing.add('websocket');
  await expect(transports.set('websocket')).rejects.toThrow('The port is taken.');
  expect(stateOf('libp2p')).toBe('running');
  expect(transports.choice).toBe('libp2p');
  expect(transports.views().find(({ name }) => name === 'websocket')).toMatchObject({
    state: 'failed',
    error: 'The port is taken.',
  });
  expect(log).not.toContain('drain libp2p');
});

test('runs on with one of both where the other cannot', async () => {
  const { transports, failing, stateOf } = setUp('libp2p');
  failing.add('websocket');
  await transports.start();
  await transports.set('both');
  expect([stateOf('libp2p'), stateOf('websocket')]).toEqual(['running', 'failed']);
});

test('ends a drain that nothing waits for any more when it stops', async () => {
  const { transports, drains, stateOf } = setUp('both');
  await transports.start();
  const switched = transports.set('libp2p');
  await expect.poll(() => drains.length).toBe(1);
  await Promise.all([transports.stop(), switched]);
  expect(drains[0]?.signal.aborted).toBe(true);
  expect([stateOf('libp2p'), stateOf('websocket')]).toEqual(['off', 'off']);
});

test('goes back while the other one is still starting: nothing is drained that was chosen again', async () => {
  const { transports, log, slow, drains, stateOf } = setUp('libp2p');
  await transports.start();
  const started = Promise.withResolvers<void>();
  slow.set('websocket', started.promise);
  const there = transports.set('websocket');
  await expect.poll(() => stateOf('websocket')).toBe('starting');
  const back = transports.set('libp2p');
  started.resolve();
  await expect.poll(() => drains.length).toBe(1);
  expect(drains[0]?.name).toBe('websocket');
  expect(stateOf('libp2p')).toBe('running');
  drains[0]?.done();
  await Promise.all([there, back]);
  expect(log).toEqual(['start libp2p', 'start websocket', 'drain websocket', 'stop websocket']);
});

test('stops while one is starting, without waiting for a drain', async () => {
  const { transports, slow, drains, stateOf } = setUp('libp2p');
  await transports.start();
  const started = Promise.withResolvers<void>();
  slow.set('websocket', started.promise);
  const there = transports.set('websocket');
  await expect.poll(() => stateOf('websocket')).toBe('starting');
  const stopped = transports.stop();
  started.resolve();
  await Promise.all([there, stopped]);
  expect(drains).toEqual([]);
  expect([stateOf('libp2p'), stateOf('websocket')]).toEqual(['off', 'off']);
});
