import type { NetworkInterfaceInfo } from 'node:os';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { NetworkChanges } from '../../../../../../main/host/network/links/network-changes.ts';
import type { NetworkChange } from '../../../../../../main/host/network/links/network-changes.ts';

type Interfaces = Record<string, NetworkInterfaceInfo[]>;

const ipv4 = (address: string, internal = false): NetworkInterfaceInfo => ({
  address,
  netmask: '255.255.255.0',
  family: 'IPv4',
  mac: '02:00:00:00:00:01',
  internal,
  cidr: `${address}/24`,
});
const ipv6 = (address: string): NetworkInterfaceInfo => ({
  address,
  netmask: 'ffff:ffff:ffff:ffff::',
  family: 'IPv6',
  mac: '02:00:00:00:00:01',
  internal: false,
  cidr: `${address}/64`,
  scopeid: 2,
});
const LO = { lo: [ipv4('127.0.0.1', true)] };

/** A machine whose interfaces and clocks the test moves by hand. */
function machine(interfaces: Interfaces): {
  changes: NetworkChanges;
  seen: NetworkChange[];
  now: { interfaces: Interfaces; wall: number; monotonic: number };
} {
  const now = { interfaces, wall: 1_000_000, monotonic: 0 };
  const changes = new NetworkChanges({
    interfaces: () => now.interfaces,
    clock: () => ({ wall: now.wall + Date.now(), monotonic: now.monotonic + Date.now() }),
  });
  const seen: NetworkChange[] = [];
  changes.start();
  changes.on('changed', (change) => seen.push(change));
  return { changes, seen, now };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('says nothing while nothing changes', () => {
  const { seen } = machine({ ...LO, eth0: [ipv4('10.0.0.2')] });
  vi.advanceTimersByTime(60_000);
  expect(seen).toEqual([]);
});

it('tells of addresses that come and go, and of being online, within 2 s', () => {
  const { changes, seen, now } = machine(LO);
  expect(changes.online).toBe(false);
  now.interfaces = { ...LO, eth0: [ipv4('10.0.0.2'), ipv6('fe80::1')] };
  vi.advanceTimersByTime(2000);
  expect(seen).toMatchObject([
    {
      online: true,
      added: [{ name: 'eth0', address: '10.0.0.2' }, { address: 'fe80::1' }],
      removed: [],
      woke: false,
    },
  ]);
  now.interfaces = { ...LO, eth0: [ipv4('10.0.7.9'), ipv6('fe80::1')] };
  vi.advanceTimersByTime(2000);
  expect(seen[1]).toMatchObject({
    online: true,
    added: [{ address: '10.0.7.9' }],
    removed: [{ address: '10.0.0.2' }],
  });
  now.interfaces = LO;
  vi.advanceTimersByTime(2000);
  expect(seen[2]).toMatchObject({
    online: false,
    added: [],
    removed: [{ address: '10.0.7.9' }, { address: 'fe80::1' }],
  });
});

it('does not take an interface that has nothing but its own link for a network', () => {
  expect(machine({ ...LO, eth0: [ipv6('fe80::1')] }).changes.online).toBe(false);
  expect(machine({ ...LO, eth0: [ipv4('169.254.3.4')] }).changes.online).toBe(true);
  expect(machine({ ...LO, eth0: [ipv6('2001:db8::1')] }).changes.online).toBe(true);
});

it('notices sleep by either clock, and a late tick or a clock set back is none', () => {
  const { seen, now } = machine({ ...LO, eth0: [ipv4('10.0.0.2')] });
  now.wall += 9000;
  vi.advanceTimersByTime(2000);
  now.wall -= 3_600_000;
  vi.advanceTimersByTime(2000);
  expect(seen).toEqual([]);
  now.wall += 11_000;
  vi.advanceTimersByTime(2000);
  expect(seen).toMatchObject([{ woke: true, added: [], removed: [] }]);
  now.monotonic += 11_000;
  vi.advanceTimersByTime(2000);
  expect(seen).toHaveLength(2);
});

it('can be told by the shell, and stops', () => {
  const { changes, seen } = machine(LO);
  changes.look(true);
  expect(seen).toMatchObject([{ woke: true }]);
  changes.stop();
  expect(vi.getTimerCount()).toBe(0);
});
