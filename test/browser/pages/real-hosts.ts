/** Real hosts as processes of their own, for tests with a window, and the real server that they host. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Connection } from '../../../main/headless/client.ts';
import type { AgentSource } from '../../../shared/agents.ts';
import { Serving } from '../../fixtures/serving.ts';

export const everything = createRequire(import.meta.url).resolve(
  '@modelcontextprotocol/server-everything/dist/index.js',
);
export const everythingSource: AgentSource = {
  kind: 'stdio',
  command: process.execPath,
  args: [everything, 'stdio'],
  env: {},
  cwd: null,
};

export class RealHosts {
  readonly #root: string;
  readonly #hosts: Serving[] = [];
  readonly #connections: Connection[] = [];

  private constructor(root: string) {
    this.#root = root;
  }

  static async make(): Promise<RealHosts> {
    return new RealHosts(await mkdtemp(join(tmpdir(), 'gatehouse-test-')));
  }

  /** @param env of this host, beside what keeps it from looking for anybody */
  async start(name: string, env: Readonly<Record<string, string>> = {}): Promise<Serving> {
    const host = new Serving(this.#root, name.toLowerCase());
    host.env = { TRANSPORT_TYPE: 'libp2p', GATEHOUSE_WEBSOCKET_LISTEN: '127.0.0.1:0', ...env };
    this.#hosts.push(host);
    await host.start('--name', name);
    return host;
  }

  /** As the command line speaks with it. */
  async client(host: Serving): Promise<Connection['client']> {
    const connection = await connect(host.dataDir);
    this.#connections.push(connection);
    return connection.client;
  }

  async stop(): Promise<void> {
    for (const connection of this.#connections) connection.close();
    await Promise.all(this.#hosts.map((host) => host.end('SIGTERM')));
    await rm(this.#root, { recursive: true, force: true });
  }
}
