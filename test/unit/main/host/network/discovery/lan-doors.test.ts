import { expect, it } from 'vitest';
import { lanDoors } from '../../../../../../main/host/network/discovery/lan-doors.ts';
import type { OwnInterface } from '../../../../../../main/host/network/links/network-changes.ts';

const MAC = '02:00:00:00:00:01';
const at = (name: string, address: string, mac = MAC): OwnInterface => ({
  name,
  address,
  family: address.includes(':') ? 'IPv6' : 'IPv4',
  linkLocal: address.startsWith('fe80'),
  mac,
  scope: 7,
});

it('uses each interface once over IPv4, and over IPv6 by its link-local address', () => {
  const doors = lanDoors(
    [at('eth0', '10.0.0.2'), at('eth0', '10.0.0.3'), at('eth0', '2001:db8::2'), at('eth0', 'fe80::2')],
    'linux',
  );
  expect(doors).toEqual([
    { key: 'eth0 10.0.0.2', name: 'eth0', family: 'IPv4', address: '10.0.0.2', group: '10.0.0.2' },
    { key: 'eth0 fe80::2', name: 'eth0', family: 'IPv6', address: 'fe80::2%eth0', group: '::%eth0' },
  ]);
});

it('knows interfaces by their number on Windows', () => {
  expect(lanDoors([at('Wi-Fi', 'fe80::2')], 'win32')).toMatchObject([
    { address: 'fe80::2%7', group: '::%7' },
  ]);
});

it('uses VPNs and bridges as well, but real ones first where there are too many', () => {
  const virtual = Array.from({ length: 12 }, (_, n) => at(`veth${n}`, `172.17.${n}.1`));
  const names = lanDoors([
    at('tun0', '10.8.0.1', '00:00:00:00:00:00'),
    ...virtual,
    at('wlan0', '192.168.1.2'),
  ]).map(({ name }) => name);
  expect(names).toHaveLength(8);
  expect(names[0]).toBe('wlan0');
  expect(names).toContain('tun0');
});
