import type { OwnInterface } from '../links/network-changes.ts';

/** A machine with many containers has dozens; each question goes out on every one of these. */
const MAX_INTERFACES = 8;
/** Tunnels, bridges and the ends of containers' cables, by the names that systems give them. */
const VIRTUAL =
  /^(docker|br-|veth|virbr|vnet|tun|tap|wg|utun|tailscale|zt|ppp|vmnet|vboxnet|lxc|cni|cali|flannel|podman|awdl|llw|bridge|vEthernet)/i;
const NO_MAC = '00:00:00:00:00:00';

/** One way out for multicast: an interface, over one of the two protocols. */
export interface LanDoor {
  readonly key: string;
  readonly name: string;
  readonly family: 'IPv4' | 'IPv6';
  /** What to bind to. */
  readonly address: string;
  /** The interface, as joining a group wants it named. */
  readonly group: string;
}

/**
 * The ways out of this machine: every interface with an address, over IPv4 and IPv6 where it has both. Where there
 * are too many, those that look like real ones come first.
 */
export function lanDoors(
  interfaces: readonly OwnInterface[],
  platform: NodeJS.Platform = process.platform,
): LanDoor[] {
  const names = [...new Set(interfaces.map(({ name }) => name))].toSorted(
    (a, b) => Number(isVirtual(a, interfaces)) - Number(isVirtual(b, interfaces)),
  );
  return names.slice(0, MAX_INTERFACES).flatMap((name) => {
    const own = interfaces.filter((one) => one.name === name);
    const ipv4 = own.find(({ family }) => family === 'IPv4');
    const ipv6 = own.filter(({ family }) => family === 'IPv6');
    const local = ipv6.find(({ linkLocal }) => linkLocal) ?? ipv6[0];
    return [
      ...(ipv4 === undefined ? [] : [ipv4Door(name, ipv4.address)]),
      ...(local === undefined ? [] : [ipv6Door(local, platform)]),
    ];
  });
}

export const ipv4Door = (name: string, address: string): LanDoor => ({
  key: `${name} ${address}`,
  name,
  family: 'IPv4',
  address,
  group: address,
});

function ipv6Door({ name, address, linkLocal, scope }: OwnInterface, platform: NodeJS.Platform): LanDoor {
  // Windows knows interfaces by number here, all others by name.
  const zone = platform === 'win32' ? String(scope) : name;
  return {
    key: `${name} ${address}`,
    name,
    family: 'IPv6',
    address: linkLocal ? `${address}%${zone}` : address,
    group: `::%${zone}`,
  };
}

const isVirtual = (name: string, interfaces: readonly OwnInterface[]): boolean =>
  VIRTUAL.test(name) || interfaces.every((one) => one.name !== name || one.mac === NO_MAC);
