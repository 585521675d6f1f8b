/**
 * Asks UDP servers how we look to them, from one port, and tells it as JSON: `null` where none answers within a second.
 * Arguments: `serve PORT`, or `listen ADDRESS PORT` (TCP), or `ask ADDRESS:PORT…`, or `knock ADDRESS PORT` (TCP: `open`, `closed` or `silent`).
 */
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';

const SILENT_MS = 1000;
const [what, ...rest] = process.argv.slice(2);
const tell = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

async function ask(servers: readonly string[]): Promise<void> {
  const socket = createSocket('udp4');
  const answers = await Promise.all(
    servers.map(async (server) => {
      const [address = '', port = '0'] = server.split(':');
      const { promise, resolve } = Promise.withResolvers<string | null>();
      const timer = setTimeout(() => resolve(null), SILENT_MS);
      socket.on('message', (message, from) => {
        if (from.address === address) resolve(message.toString());
      });
      socket.send('who am I', Number(port), address);
      const answer = await promise;
      clearTimeout(timer);
      return answer;
    }),
  );
  tell({ own: socket.address().port, answers });
  socket.close();
}

function knock(host: string, port: number): void {
  const socket = connect({ host, port });
  const end = (how: string): void => {
    tell(how);
    socket.destroy();
    clearTimeout(timer);
  };
  const timer = setTimeout(() => end('silent'), SILENT_MS);
  socket.once('connect', () => end('open'));
  socket.once('error', () => end('closed'));
}

switch (what) {
  case 'serve': {
    const socket = createSocket('udp4');
    socket.on('message', (_message, { address, port }) => socket.send(`${address}:${port}`, port, address));
    socket.bind(Number(rest[0]), () => tell('ready'));
    break;
  }
  case 'listen':
    createServer((socket) => socket.destroy()).listen(Number(rest[1]), rest[0], () => tell('ready'));
    break;
  case 'ask':
    await ask(rest);
    break;
  case 'knock':
    knock(rest[0] ?? '', Number(rest[1]));
    break;
  default:
    process.exitCode = 2;
}
