import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import multicastDns from 'multicast-dns';
import type {
  MulticastDNS,
  QueryOutgoingPacket,
  QueryPacket,
  ResponseOutgoingPacket,
  ResponsePacket,
} from 'multicast-dns';
import type { LanDoor } from './lan-doors.ts';

type Family = LanDoor['family'];

export interface LanSocketsOptions {
  readonly port: number;
  /** What `ask` asks. */
  readonly question: QueryOutgoingPacket;
  /** The multicast group of each protocol. */
  readonly groups: Readonly<Record<Family, string>>;
  onQuery(query: QueryPacket): void;
  /** `from` is the sender's address, without a zone. */
  onResponse(response: ResponsePacket, from: string): void;
}

interface Open {
  readonly socket: Socket;
  readonly mdns: MulticastDNS;
}

/**
 * The sockets for mDNS. One for each protocol listens for all interfaces, because on Linux every one that is bound to
 * the port is given what any interface got; and one for each interface speaks, because a socket speaks on one only.
 * All of them share the port with the other programs that use mDNS.
 */
export class LanSockets {
  readonly #options: LanSocketsOptions;
  readonly #listening = new Map<Family, Open>();
  /** By the key of their door. */
  readonly #speaking = new Map<string, Open & { readonly door: LanDoor }>();
  #closed = false;

  constructor(options: LanSocketsOptions) {
    this.#options = options;
  }

  /** The doors that can be used. */
  get doors(): LanDoor[] {
    return [...this.#speaking.values()]
      .filter(({ door }) => this.#listening.has(door.family))
      .map(({ door }) => door);
  }

  /** Opens what is missing and closes what is gone. What cannot be opened is left out until the next time. */
  async follow(doors: readonly LanDoor[]): Promise<void> {
    for (const [key, { door }] of this.#speaking) {
      if (doors.every((one) => one.key !== key)) this.#drop(door);
    }
    for (const door of doors) {
      const listening = await this.#listen(door.family);
      if (listening === null) continue;
      // Said again each time: an interface that was away for a moment is not a member any more.
      join(listening.socket, this.#options.groups[door.family], door.group);
      if (!this.#speaking.has(door.key)) await this.#speak(door);
    }
  }

  ask(): void {
    for (const { mdns, door } of this.#speaking.values())
      mdns.query(this.#options.question, this.#onSent(door));
  }

  answer(packetsFor: (door: LanDoor) => readonly ResponseOutgoingPacket[]): void {
    for (const { mdns, door } of this.#speaking.values()) {
      for (const packet of packetsFor(door)) mdns.respond(packet, this.#onSent(door));
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const open = [...this.#listening.values(), ...this.#speaking.values()];
    this.#listening.clear();
    this.#speaking.clear();
    await Promise.all(open.map(({ mdns }) => new Promise<void>((resolve) => mdns.destroy(resolve))));
  }

  async #listen(family: Family): Promise<Open | null> {
    const known = this.#listening.get(family);
    if (known !== undefined) return known;
    const open = await this.#open(family, family === 'IPv4' ? '0.0.0.0' : '::');
    if (open === null) return null;
    open.socket.on('error', () => {
      this.#listening.delete(family);
      open.mdns.destroy();
    });
    this.#listening.set(family, open);
    return open;
  }

  async #speak(door: LanDoor): Promise<void> {
    const open = await this.#open(door.family, door.address);
    if (open === null) return;
    try {
      open.socket.setMulticastInterface(door.group);
      open.socket.setMulticastTTL(255);
      // Other hosts on this machine want to be found as well.
      open.socket.setMulticastLoopback(true);
    } catch {
      open.mdns.destroy();
      return;
    }
    open.socket.on('error', () => this.#drop(door));
    this.#speaking.set(door.key, { ...open, door });
  }

  /** Null where the address cannot be bound to: not ready yet, gone again, or the port is kept by another program. */
  async #open(family: Family, address: string): Promise<Open | null> {
    const { port, groups } = this.#options;
    const type = family === 'IPv4' ? 'udp4' : 'udp6';
    const socket = createSocket({ type, reuseAddr: true, ipv6Only: type === 'udp6' });
    try {
      const bound = once(socket, 'listening');
      socket.bind({ port, address });
      await bound;
    } catch {
      socket.close();
      return null;
    }
    const mdns = multicastDns({
      socket,
      type,
      port,
      ip: groups[family],
      interface: address,
      bind: false,
      multicast: false,
    });
    // What is wrong with a socket is seen above; what is wrong with a packet is the sender's matter.
    mdns.on('error', () => undefined);
    mdns.on('warning', () => undefined);
    mdns.on('query', (query) => this.#options.onQuery(query));
    mdns.on('response', (response, { address: from }) =>
      this.#options.onResponse(response, from.replace(/%.*$/, '')),
    );
    if (!this.#closed) return { socket, mdns };
    mdns.destroy();
    return null;
  }

  #drop(door: LanDoor): void {
    this.#speaking.get(door.key)?.mdns.destroy();
    this.#speaking.delete(door.key);
    const listening = this.#listening.get(door.family);
    if (listening !== undefined) leave(listening.socket, this.#options.groups[door.family], door.group);
  }

  /** An interface that does not take a packet any more is opened anew when it is next looked at. */
  readonly #onSent =
    (door: LanDoor) =>
    (error: Error | null | undefined): void => {
      if (error instanceof Error) this.#drop(door);
    };
}

/** A member already, by another address of the interface or from before, is as good. */
function join(socket: Socket, group: string, at: string): void {
  try {
    socket.addMembership(group, at);
  } catch {
    // Without multicast, or gone again: what the others hear is enough.
  }
}

function leave(socket: Socket, group: string, at: string): void {
  try {
    socket.dropMembership(group, at);
  } catch {
    // The interface took the membership with it.
  }
}
