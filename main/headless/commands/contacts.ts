import { Option } from 'commander';
import type { Command } from 'commander';
import { findPeer } from '../find-peer.ts';
import { peerLabel } from '../names.ts';
import type { ActionOf } from '../program.ts';
import { listPeers, peerArgument, withId } from './peers.ts';

interface AcceptOptions {
  readonly alias?: string;
  readonly trusted?: boolean;
}

/** `contacts list|accept|trust|rename|block|remove`. */
export function addContactCommands(program: Command, action: ActionOf): void {
  const contacts = program.command('contacts').description('the peers you have accepted, and those that ask');
  contacts
    .command('list', { isDefault: true })
    .description('list contacts, blocked peers and pending requests')
    .action(
      action((session) =>
        session.withHost(async ({ state }) =>
          listPeers(
            session,
            Object.values(state.peers).filter((peer) => peer.trust !== 'unknown' || peer.request !== null),
          ),
        ),
      ),
    );
  contacts
    .command('accept')
    .description('make a peer a contact; its calls are then asked about')
    .argument('<peer>', peerArgument)
    .option('--alias <name>', 'what you call it')
    .addOption(new Option('--trusted', 'trust it: reading tools may run unasked where the settings say so'))
    .action(
      action((session, name: string, options: AcceptOptions) =>
        session.withHost(async ({ client, state }) => {
          const peer = await client.contacts.accept({
            peerId: findPeer(name, state.peers).peerId,
            trust: options.trusted === true ? 'trusted' : 'known',
            ...(options.alias === undefined ? {} : { alias: options.alias }),
          });
          session.give(withId(peer));
          session.say(`${peerLabel(peer, peer.peerId)} is a contact now, ${peer.trust}.`);
        }),
      ),
    );
  contacts
    .command('trust')
    .description('change how far a peer is trusted')
    .argument('<peer>', peerArgument)
    .argument('<trust>', 'known, trusted, unknown or blocked')
    .action(
      action((session, name: string, trust: string) =>
        session.withHost(async ({ client, state }) => {
          const { Trust } = await import('../../../shared/peers.ts');
          const peer = await client.contacts.setTrust({
            peerId: findPeer(name, state.peers).peerId,
            trust: Trust.parse(trust, { error: () => 'Trust is one of known, trusted, unknown, blocked.' }),
          });
          session.give(withId(peer));
          session.say(`${peerLabel(peer, peer.peerId)} is ${peer.trust} now.`);
        }),
      ),
    );
  contacts
    .command('rename')
    .description('change what you call a peer; without a name, forget it')
    .argument('<peer>', peerArgument)
    .argument('[alias]', 'what you call it')
    .action(
      action((session, name: string, alias: string | undefined) =>
        session.withHost(async ({ client, state }) => {
          const peer = await client.contacts.rename({
            peerId: findPeer(name, state.peers).peerId,
            alias: alias ?? null,
          });
          session.give(withId(peer));
          session.say(`It is called ${peerLabel(peer, peer.peerId)} now.`);
        }),
      ),
    );
  contacts
    .command('block')
    .description('refuse a peer: no links, no calls, no requests')
    .argument('<peer>', peerArgument)
    .action(
      action((session, name: string) =>
        session.withHost(async ({ client, state }) => {
          const peer = await client.contacts.block({ peerId: findPeer(name, state.peers).peerId });
          session.give(withId(peer));
          session.say(`${peerLabel(peer, peer.peerId)} is blocked.`);
        }),
      ),
    );
  contacts
    .command('remove')
    .description('forget a contact, its rules and its request')
    .argument('<peer>', peerArgument)
    .action(
      action((session, name: string) =>
        session.withHost(async ({ client, state }) => {
          const peer = findPeer(name, state.peers);
          await client.contacts.remove({ peerId: peer.peerId });
          session.give({ id: peer.peerId, removed: true });
          session.say(`${peerLabel(peer, peer.peerId)} is no contact any more.`);
        }),
      ),
    );
}
