import type { Gateway, MapPortOptions, PortMapping } from '@achingbrain/nat-port-mapper';
import { beforeEach, describe, expect, test } from 'vitest';
import { isRouter, RouterPorts } from '../../../../../../main/host/network/reachability/router-ports.ts';
import type { WantedPort } from '../../../../../../main/host/network/reachability/router-ports.ts';
import { RouterView } from '../../../../../../shared/reachability.ts';

/** A router that does as it is told, or does not. */
class FakeGateway implements Gateway {
  id = 'uuid:1';
  host = '192.168.1.1';
  port = 5000;
  family = 'IPv4' as const;
  readonly mappings = new Map<number, unknown>();
  readonly held = new Set<string>();
  readonly service = {
    location: new URL('http://192.168.1.1:5000/desc.xml'),
    expires: Number.MAX_SAFE_INTEGER,
  };
  ip = '11.0.0.2';
  refuses: string | null = null;
  /** The port that it names, where not the one that was asked for. */
  named: number | null = null;
  silent = false;
  found = 0;
  /** Resolves once a port is open, which is before the answer says so. */
  readonly opened = Promise.withResolvers<void>();
  answering: Promise<void> = Promise.resolve();

  async getGateway(): Promise<unknown> {
    if (this.service.expires === 0) {
      this.found += 1;
      this.service.expires = Number.MAX_SAFE_INTEGER;
    }
    return {
      service: this.service,
      run: (_: string, action: string, args: [string, string | number][]) => this.#run(action, args),
    };
  }

  async externalIp(): Promise<string> {
    await this.getGateway();
    this.#answer();
    return this.ip;
  }

  async map(port: number, host: string, { protocol = 'TCP' }: MapPortOptions = {}): Promise<PortMapping> {
    await this.getGateway();
    this.#answer();
    if (this.refuses !== null) throw Object.assign(new Error(this.refuses), { name: 'UPnPError' });
    const named = protocol === 'UDP' ? 'UDP' : 'TCP';
    this.held.add(`${named} ${port}`);
    this.opened.resolve();
    await this.answering;
    return {
      internalHost: host,
      internalPort: port,
      externalHost: this.ip,
      externalPort: this.named ?? port,
      protocol: named,
    };
  }

  async *mapAll(): AsyncGenerator<PortMapping, void, unknown> {
    // Nobody asks for it.
  }
  async unmap(): Promise<void> {
    // Taken over.
  }
  async stop(): Promise<void> {
    // Nothing is left to end.
  }

  async #run(action: string, args: [string, string | number][]): Promise<unknown> {
    this.#answer();
    const { NewProtocol, NewExternalPort } = Object.fromEntries(args);
    const key = `${NewProtocol} ${NewExternalPort}`;
    if (action === 'DeletePortMapping') this.held.delete(key);
    else if (!this.held.has(key))
      throw Object.assign(new Error('Code 714 - NoSuchEntryInArray'), { name: 'UPnPError' });
    return { answer: { NewInternalClient: '192.168.1.5' } };
  }

  #answer(): void {
    if (this.silent) throw new TypeError('fetch failed');
  }
}

let gateway: FakeGateway;
let wanted: WantedPort[];
let ports: RouterPorts;
let news: number;
beforeEach(() => {
  gateway = new FakeGateway();
  wanted = [
    { host: '192.168.1.5', port: 4001, protocol: 'tcp' },
    { host: '192.168.1.5', port: 4001, protocol: 'udp' },
  ];
  news = 0;
  if (!isRouter(gateway)) throw new Error('The library has changed.');
  ports = new RouterPorts(gateway, {
    wanted: async () => wanted,
    changed: () => {
      news += 1;
    },
  });
});

const view = (seenOutside = false): ReturnType<RouterPorts['view']> => ports.view(seenOutside);

describe('the ports of a router', () => {
  test('are opened for TCP and UDP, and shown', async () => {
    await ports.check();
    expect([...gateway.held]).toEqual(['TCP 4001', 'UDP 4001']);
    expect(view()).toMatchObject({
      location: 'http://192.168.1.1:5000/desc.xml',
      externalIp: '11.0.0.2',
      doubleNat: false,
      mappings: [
        { protocol: 'tcp', internalPort: 4001, externalPort: 4001 },
        { protocol: 'udp', internalPort: 4001, externalPort: 4001 },
      ],
      problem: null,
    });
    expect(news).toBeGreaterThan(0);
  });

  test.for(['192.168.0.7', '10.1.2.3', '172.20.0.1', '100.64.3.7', '192.0.0.5', '169.254.1.1'])(
    'are not opened where its own address is %s: it is behind another one',
    async (ip) => {
      gateway.ip = ip;
      await ports.check();
      expect(view()).toMatchObject({ externalIp: ip, doubleNat: true, mappings: [] });
      expect([...gateway.held]).toEqual([]);
    },
  );

  test.for([Number.NaN, 1.5, 0, -1, 70_000])('are none where it names port %s', async (named) => {
    gateway.named = named;
    await ports.check();
    expect(ports.openPorts()).toEqual([]);
    expect(view()).toMatchObject({ mappings: [], problem: 'The router refused to open a port.' });
    expect(RouterView.safeParse(view()).success).toBe(true);
  });

  test('are shown, and of a location without end its beginning only', async () => {
    gateway.service.location = new URL(`http://192.168.1.1:5000/${'x'.repeat(5000)}`);
    await ports.check();
    expect(RouterView.safeParse(view()).success).toBe(true);
  });

  test.for(['', '0.0.0.0'])('nor where it says "%s" of it, which is known once others see us', async (ip) => {
    gateway.ip = ip;
    await ports.check();
    expect(view(false)).toMatchObject({ externalIp: null, doubleNat: false });
    expect(view(true)).toMatchObject({ externalIp: null, doubleNat: true });
  });

  test.for([
    ['Code 606 - Action not authorized', 'The router does not allow this machine to open ports.'],
    ['Code 718 - ConflictInMappingEntry', 'The router has given the port to another machine.'],
    ['Code 728 - NoPortMapsAvailable', 'The router has no room for another open port.'],
    ['Code 501 - <b>oops</b>', 'The router refused to open a port (error 501).'],
  ] as const)('that are refused with %s are explained', async ([said, problem]) => {
    gateway.refuses = said;
    await ports.check();
    expect(view()).toMatchObject({ mappings: [], problem });
    gateway.refuses = null;
    await ports.check();
    expect(view()).toMatchObject({ problem: null });
    expect(view()?.mappings).toHaveLength(2);
  });

  test('that it has forgotten are opened again', async () => {
    await ports.check();
    gateway.held.clear();
    await ports.check();
    expect([...gateway.held]).toEqual(['TCP 4001', 'UDP 4001']);
  });

  test('that are not ours any more are given back', async () => {
    await ports.check();
    wanted = wanted.slice(1);
    await ports.check();
    expect([...gateway.held]).toEqual(['UDP 4001']);
  });

  test('of a router that is silent are no address any more, until it is found again', async () => {
    await ports.check();
    gateway.silent = true;
    await ports.check();
    expect(view()).toMatchObject({ problem: 'The router does not answer any more.' });
    for (let times = 0; times < 4; times += 1) await ports.check();
    expect(view()).toBeNull();
    expect(ports.openPorts()).toEqual([]);
    expect(gateway.found).toBeGreaterThan(0);
    gateway.silent = false;
    gateway.held.clear();
    await ports.check();
    expect([...gateway.held]).toEqual(['TCP 4001', 'UDP 4001']);
    expect(view()).toMatchObject({ problem: null });
  });

  test('for an address of ours in another network are not asked for', async () => {
    await expect(gateway.map(4001, '172.17.0.1', { protocol: 'TCP' })).rejects.toThrow('not in the network');
    expect(view()).toMatchObject({ problem: null });
  });

  test('that it is opening at the end are given back too', async () => {
    const answer = Promise.withResolvers<void>();
    gateway.answering = answer.promise;
    const checking = ports.check();
    await gateway.opened.promise;
    const stopping = gateway.stop();
    answer.resolve();
    await stopping;
    await checking;
    expect([...gateway.held]).toEqual([]);
  });

  test('are all given back at the end', async () => {
    await ports.check();
    await gateway.stop();
    expect([...gateway.held]).toEqual([]);
    await ports.check();
    expect([...gateway.held]).toEqual([]);
  });
});
