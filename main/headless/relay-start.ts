import { isIP } from 'node:net';
import { multiaddr } from '@multiformats/multiaddr';
import { isWebSocketAddress } from '../../shared/transports.ts';
import type { RelayServerOptions, RunSettings } from '../host/index.ts';
import { scopeOf } from '../host/network/index.ts';
import { visible } from './names.ts';
import type { Session } from './session.ts';

/** A public machine has no router to ask and no home network to search. The environment may say otherwise. */
export const RELAY_DEFAULTS: RunSettings = {
  values: { mdns: false, upnp: false },
  overrides: { mdns: 'gatehouse relay', upnp: 'gatehouse relay' },
};

/** What this relay is, and what to tell friends. */
export function sayRelay(session: Session, addresses: readonly string[], relay: RelayServerOptions): void {
  if (addresses.every(isWebSocketAddress)) {
    session.terminal.err(
      'It relays nothing and answers no STUN requests: libp2p does not run here, and WebSocket has no relays. ' +
        'Switch libp2p on with "gatehouse transport set libp2p", or "both".\n',
    );
    return;
  }
  const { maxReservations, circuitSeconds, circuitBytes, stunPorts, contactsOnly } = relay;
  const whom = contactsOnly ? 'contacts' : 'peers';
  session.say(
    `It relays for up to ${maxReservations} ${whom}: ${Math.round(circuitSeconds / 60)} minutes and ` +
      `${Math.round(circuitBytes / 2 ** 20)} MiB for each connection.`,
  );
  session.say(
    stunPorts.length === 0
      ? 'It answers no STUN requests.'
      : `It answers STUN requests on UDP ${stunPorts.join(' and ')}.`,
  );
  const open = addresses.filter(isPublicAddress);
  if (open.length === 0) {
    session.terminal.err(
      'This machine has no public address of its own, so nobody elsewhere can use this relay. ' +
        'Where a router forwards the ports to it, name its address: --announce /ip4/192.0.2.7/tcp/4001.\n',
    );
    return;
  }
  session.say('Friends use it with:');
  session.say(`LIBP2P_BOOTSTRAP_PEERS=${open.map((address) => visible(address)).join(',')}`);
}

/** Of the internet, as far as can be told from it. A name is taken for public: who announces one means it so. */
function isPublicAddress(address: string): boolean {
  // Of the other transport, which relays nothing.
  if (isWebSocketAddress(address)) return false;
  const host = multiaddr(address)
    .getComponents()
    .find(({ name }) => ['ip4', 'ip6', 'dns', 'dns4', 'dns6'].includes(name))?.value;
  if (host === undefined) return false;
  return isIP(host) === 0 ? host !== 'localhost' : scopeOf(host) === 'public';
}
