import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Contender } from '../contender.ts';
import { portOf } from '../rpc/port.ts';
import { callerOf, EVERYTHING } from './echo-tool.ts';

const READY_MS = 30_000;
const STOP_MS = 5000;

/** One session with one child, which is its faster mode. */
export const overSupergateway = bridge('supergateway/dist/index.js', (port) => [
  '--stdio',
  [EVERYTHING.command, ...EVERYTHING.args].map((word) => JSON.stringify(word)).join(' '),
  '--outputTransport',
  'streamableHttp',
  '--stateful',
  '--logLevel',
  'none',
  '--port',
  String(port),
]);

export const overMcpProxy = bridge('mcp-proxy/dist/bin/mcp-proxy.mjs', (port) => [
  '--host',
  '127.0.0.1',
  '--port',
  String(port),
  '--server',
  'stream',
  '--',
  EVERYTHING.command,
  ...EVERYTHING.args,
]);

/** A program that offers a stdio server as Streamable HTTP, called by the SDK's client. */
function bridge(program: string, args: (port: number) => string[]): Contender {
  const [name = program] = program.split('/');
  return {
    async serve() {
      const port = await freePort();
      const child = spawn(process.execPath, [fileURLToPath(import.meta.resolve(program)), ...args(port)], {
        stdio: 'ignore',
        // A group of its own, so that its server goes with it.
        detached: process.platform !== 'win32',
      });
      try {
        await listening(child, name, port);
      } catch (error) {
        await end(child);
        throw error;
      }
      return { address: `http://127.0.0.1:${port}/mcp`, stop: () => end(child) };
    },
    async connect(address) {
      const client = new Client({ name: 'bench', version: '1' });
      await client.connect(new StreamableHTTPClientTransport(new URL(address)));
      return callerOf(client);
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

/** Neither program says when it is ready, so its port is tried. */
async function listening(child: ChildProcess, name: string, port: number): Promise<void> {
  const until = performance.now() + READY_MS;
  while (performance.now() < until) {
    if (child.exitCode !== null) throw new Error(`${name} ended with code ${child.exitCode}.`);
    const socket = createConnection({ host: '127.0.0.1', port });
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await sleep(50);
    } finally {
      socket.destroy();
    }
  }
  throw new Error(`${name} did not listen within ${READY_MS / 1000} s.`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const { pid } = child;
  const exit = once(child, 'exit');
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (process.platform === 'win32') child.kill(name);
      else process.kill(-pid, name);
    } catch {
      // It ended in the same moment.
    }
  };
  signal('SIGTERM');
  const late = setTimeout(() => signal('SIGKILL'), STOP_MS);
  await exit;
  clearTimeout(late);
}
