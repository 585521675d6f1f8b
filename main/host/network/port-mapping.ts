import { upnpNat } from '@achingbrain/nat-port-mapper';
import type { Gateway, PortMapping, UPnPNAT } from '@achingbrain/nat-port-mapper';

const WAN_IP_CONNECTION = 'urn:schemas-upnp-org:service:WANIPConnection:2';
/** Routers hold a port open for an hour; asked anew well before that. */
const RENEW_MS = 30 * 60 * 1000;

/**
 * The library's own UPnP client, but for what it does wrong with routers of IPv4: it does not say of which protocol
 * the port is that it gives back, so that routers keep it open; and where one port is open for TCP and UDP, it renews
 * them twice as often each time.
 */
export function portMapper(description: string): UPnPNAT {
  const client = upnpNat({ description });
  return {
    findGateways: async function* (options) {
      for await (const gateway of client.findGateways(options)) yield givingBack(gateway);
    },
    getGateway: async (descriptor, options) => givingBack(await client.getGateway(descriptor, options)),
  };
}

function givingBack(gateway: Gateway): Gateway {
  if (gateway.family !== 'IPv4' || !isRouter(gateway)) return gateway;
  const open = new Map<string, PortMapping>();
  const [map, stop] = [gateway.map.bind(gateway), gateway.stop.bind(gateway)];
  let timer: NodeJS.Timeout | undefined;

  gateway.map = async (port, host, options) => {
    const mapping = await map(port, host, { ...options, autoRefresh: false });
    gateway.mappings.delete(port);
    open.set(`${mapping.protocol} ${mapping.externalPort}`, mapping);
    timer ??= setInterval(renew, RENEW_MS).unref();
    return mapping;
  };
  const renew = (): void => {
    for (const { internalPort, internalHost, externalPort, protocol } of open.values()) {
      // A router that does not answer now may do so next time.
      gateway.map(internalPort, internalHost, { externalPort, protocol }).catch(() => undefined);
    }
  };
  const giveBack = async (
    mappings: readonly PortMapping[],
    options?: { signal?: AbortSignal },
  ): Promise<void> => {
    const router = await gateway.getGateway(options);
    const given = mappings.map(async ({ externalPort, protocol }) => {
      open.delete(`${protocol} ${externalPort}`);
      const which: [string, string | number][] = [
        ['NewRemoteHost', ''],
        ['NewExternalPort', externalPort],
        ['NewProtocol', protocol],
      ];
      await router.run(WAN_IP_CONNECTION, 'DeletePortMapping', which, options);
    });
    await Promise.allSettled(given);
  };
  gateway.unmap = async (port, options) =>
    giveBack(
      [...open.values()].filter(({ internalPort }) => internalPort === port),
      options,
    );
  gateway.stop = async (options) => {
    clearInterval(timer);
    await giveBack([...open.values()], options).catch(() => undefined);
    await stop(options);
  };
  return gateway;
}

/** What the library keeps to itself. */
interface Router extends Gateway {
  readonly mappings: Map<number, unknown>;
  getGateway(options?: { signal?: AbortSignal }): Promise<{
    run(
      service: string,
      action: string,
      args: [string, string | number][],
      options?: { signal?: AbortSignal },
    ): Promise<unknown>;
  }>;
}

const isRouter = (gateway: Gateway): gateway is Router =>
  'mappings' in gateway && gateway.mappings instanceof Map && 'getGateway' in gateway;
