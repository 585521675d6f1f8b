import { z } from 'zod';
import type { Lab } from './lab.ts';
import type { Families } from './line.ts';
import type { Machine } from './machine.ts';
import { NewInvite } from '../../shared/invites.ts';

/** A public machine that relays for others, as `gatehouse relay` runs it. */
export async function startRelay(
  lab: Lab,
  name: string,
  families: Families = {},
  args: readonly string[] = [],
): Promise<Machine> {
  const relay = await lab.machine(name, lab.internet.socket(families));
  await relay.start({ command: 'relay', args });
  return relay;
}

/** The addresses of a public machine, as others write them into their lists. */
export function addressesOf({ line, peerId }: Machine): string[] {
  return [
    ...(line.ipv4 === null ? [] : [`/ip4/${line.ipv4}/tcp/4001/p2p/${peerId}`]),
    ...(line.ipv6 === null ? [] : [`/ip6/${line.ipv6}/tcp/4001/p2p/${peerId}`]),
  ];
}

/** The environment of a host that knows these from the start. */
export const knowing = (...machines: readonly Machine[]): Record<string, string> => ({
  LIBP2P_BOOTSTRAP_PEERS: machines.flatMap(addressesOf).join(','),
});

/** Waits until the relays hold a place for this host. */
export async function untilReserved(machine: Machine, relays: readonly Machine[]): Promise<void> {
  await machine.until(
    'its relays hold a place for it',
    ({ reachability }) =>
      relays.every(({ peerId }) =>
        reachability.evidence.relays.some((use) => use.peerId === peerId && use.state === 'reserved'),
      ),
    { withinMs: 30_000, tell: ({ reachability }) => reachability.evidence.relays },
  );
}

/** One makes an invite by the command line, and the other uses its text. Both trust each other then. */
export async function invite(from: Machine, to: Machine): Promise<void> {
  const { text } = await from.ask(NewInvite.extend({ id: z.string() }), 'invite', '--trusted');
  await to.ask(z.unknown(), 'join', text, '--trusted', '--yes');
}
