import { once } from 'node:events';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { ResponseValidationPlugin } from '@orpc/contract/plugins';
import { WebSocket } from 'ws';
import type { Endpoint } from '../../main/endpoint/endpoint-file.ts';
import { SocketTarget } from '../../main/headless/socket-target.ts';
import { contract, type Contract } from '../../shared/contract.ts';
import { applyChanges, type LiveState } from '../../shared/live.ts';
import type { Namespace } from './namespace.ts';

export type HostClient = ContractRouterClient<Contract>;

/** What the interface has: the contract, and the live state as it changes. From outside of the host's namespace. */
export class HostConnection {
  readonly client: HostClient;
  readonly #socket: WebSocket;
  readonly #waiters = new Set<() => void>();
  #state: LiveState;
  #trouble: unknown = null;

  private constructor(client: HostClient, socket: WebSocket, state: LiveState) {
    this.client = client;
    this.#socket = socket;
    this.#state = state;
  }

  static async open(namespace: Namespace, endpoint: Endpoint): Promise<HostConnection> {
    const url = new URL('/rpc', endpoint.url);
    const inside = await reachIn(namespace, Number(url.port));
    url.protocol = 'ws:';
    const socket = new WebSocket(url, {
      headers: { authorization: `Bearer ${endpoint.token}` },
      perMessageDeflate: false,
      createConnection: () => inside,
    });
    await once(socket, 'open');
    socket.on('error', () => undefined);
    const client: HostClient = createORPCClient(
      new RPCLink({ websocket: new SocketTarget(socket), plugins: [new ResponseValidationPlugin(contract)] }),
    );
    const messages = await client.live.watch({});
    const first = await messages.next();
    if (first.done === true || first.value.type !== 'snapshot') throw new Error('The host gave no snapshot.');
    const connection = new HostConnection(client, socket, first.value.state);
    await client.live.ack({ watch: first.value.watch, seq: first.value.seq });
    connection.#follow(messages).catch((error: unknown) => {
      connection.#trouble = error;
      connection.#wake();
    });
    return connection;
  }

  get state(): LiveState {
    return this.#state;
  }

  /**
   * Waits until the state is what is looked for, as the host tells it: at most a tenth of a second late.
   * @throws after the deadline, with what `tell` says of the state then
   */
  async until<T>(
    what: string,
    find: (state: LiveState) => T | undefined | null | false,
    options: { withinMs: number; tell: (state: LiveState) => unknown },
  ): Promise<T> {
    const deadline = AbortSignal.timeout(options.withinMs);
    for (;;) {
      const found = find(this.#state);
      if (found !== undefined && found !== null && found !== false) return found;
      if (this.#trouble !== null)
        throw new Error(`The host went away before ${what}.`, { cause: this.#trouble });
      await new Promise<void>((resolve, reject) => {
        const late = (): void => {
          this.#waiters.delete(changed);
          const seen = JSON.stringify(options.tell(this.#state), null, 1);
          reject(new Error(`Not within ${options.withinMs} ms: ${what}. It is: ${seen}`));
        };
        const changed = (): void => {
          this.#waiters.delete(changed);
          deadline.removeEventListener('abort', late);
          resolve();
        };
        deadline.addEventListener('abort', late, { once: true });
        this.#waiters.add(changed);
      });
    }
  }

  close(): void {
    this.#socket.close(1000);
  }

  async #follow(messages: Awaited<ReturnType<HostClient['live']['watch']>>): Promise<void> {
    for await (const message of messages) {
      if (message.type === 'snapshot') this.#state = message.state;
      else this.#state = applyChanges(this.#state, message.changes);
      this.#wake();
      await this.client.live.ack({ watch: message.watch, seq: message.seq });
    }
    throw new Error('The host ended the watch.');
  }

  #wake(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }
}

const HELPER = fileURLToPath(new URL('reach-in.mjs', import.meta.url));

/** A socket keeps the namespace in which it was made, whoever holds it. */
async function reachIn(namespace: Namespace, port: number): Promise<Socket> {
  const child = namespace.spawn(process.execPath, [HELPER, String(port)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {},
  });
  return await new Promise<Socket>((resolve, reject) => {
    child.once('message', (_message, handle) => {
      if (handle instanceof Socket) resolve(handle);
      else reject(new Error('No socket came out of the namespace.'));
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code !== 0) reject(new Error(`Nobody listens on port ${port} of ${namespace.name}.`));
    });
  });
}
