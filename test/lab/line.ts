import type { Namespace } from './namespace.ts';

/** Where a cable can be plugged in: the internet, or a local network. */
export interface Socket {
  /** Plugs in a namespace by a new interface of that name, and gives it its addresses and its default routes. */
  plug(namespace: Namespace, iface: string): Promise<Line>;
}

/** A cable that is plugged in. */
export interface Line {
  readonly iface: string;
  readonly ipv4: string | null;
  readonly ipv6: string | null;
  /** Pulls the cable at its far end: the interface loses its carrier. */
  pull(): Promise<void>;
  /** Puts it back. */
  restore(): Promise<void>;
  /** Another address in place of the one it has, in another subnet. @returns the new IPv4 address */
  renumber(): Promise<string>;
}

export interface Families {
  readonly ipv4?: boolean;
  readonly ipv6?: boolean;
}
