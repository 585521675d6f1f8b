import type { Listener, Transport } from '@libp2p/interface';
import { getThinWaistAddresses } from '@libp2p/utils';
import { multiaddr } from '@multiformats/multiaddr';
import type { Multiaddr } from '@multiformats/multiaddr';

/**
 * Makes the listeners of QUIC that listen on every interface name the addresses that there are now. Version 2.1.1
 * names those that there were when it was loaded, so that others would go on dialling an address that is gone.
 */
export function withCurrentAddresses(transport: Transport): Transport {
  const createListener = transport.createListener.bind(transport);
  transport.createListener = (options) => follow(createListener(options));
  return transport;
}

function follow(listener: Listener): Listener {
  const getAddrs = listener.getAddrs.bind(listener);
  const listen = listener.listen.bind(listener);
  let asked: Multiaddr | null = null;
  listener.listen = async (address) => {
    asked = address;
    await listen(address);
  };
  listener.getAddrs = () => {
    const known = getAddrs();
    const everywhere = /^\/ip[46]\/(0\.0\.0\.0|::)\/udp\/(\d+)/.exec(asked?.toString() ?? '');
    const port = /\/udp\/(\d+)/.exec(known[0]?.toString() ?? '')?.[1] ?? everywhere?.[2];
    if (everywhere === null || port === undefined || port === '0') return known;
    return getThinWaistAddresses(multiaddr(everywhere[0]), Number(port)).map((address) =>
      address.encapsulate('/quic-v1'),
    );
  };
  return listener;
}
