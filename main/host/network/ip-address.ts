import { BlockList, isIP } from 'node:net';
import { isPrivateIp } from '@libp2p/utils';

/** Who can be reached at an address: this machine only, its own network only, or anybody. */
export type Scope = 'machine' | 'lan' | 'public';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Beyond what libp2p counts as private: multicast, tunnels that hide an IPv4 address, and IPv6 that is not global. */
const special = new BlockList();
special.addSubnet('224.0.0.0', 4, 'ipv4');
special.addSubnet('2002::', 16, 'ipv6');
special.addSubnet('2001::', 32, 'ipv6');
special.addSubnet('2001:db8::', 32, 'ipv6');
special.addSubnet('3fff::', 20, 'ipv6');
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');

export function scopeOf(ip: string): Scope {
  const family = isIP(ip) === 6 ? 'ipv6' : 'ipv4';
  if (loopback.check(ip, family)) return 'machine';
  if (isIP(ip) === 0 || isPrivateIp(ip) === true || special.check(ip, family)) return 'lan';
  return family === 'ipv4' || global6.check(ip, family) ? 'public' : 'lan';
}

/** Two spellings of one address are one. An IPv4 address within IPv6 is that IPv4 address. */
export function canonicalIp(ip: string): string {
  const [bare = ''] = ip.split('%');
  if (isIP(bare) !== 6) return bare;
  const written = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const inner = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(written);
  if (inner === null) return written;
  const [high = 0, low = 0] = inner.slice(1).map((group) => Number.parseInt(group, 16));
  return [high >>> 8, high & 0xff, low >>> 8, low & 0xff].join('.');
}

/** What one machine, or one household, cannot easily have many of: an IPv4 address, or a /64 of IPv6. */
export function sourceOf(ip: string): string {
  const bare = canonicalIp(ip);
  if (isIP(bare) !== 6) return bare;
  const [front = '', back = ''] = bare.split('::');
  const groups = front === '' ? [] : front.split(':');
  const missing = 8 - groups.length - (back === '' ? 0 : back.split(':').length);
  const padded = [...groups, ...Array.from({ length: missing }, () => '0'), ...back.split(':')];
  return `${padded.slice(0, 4).join(':')}::/64`;
}
