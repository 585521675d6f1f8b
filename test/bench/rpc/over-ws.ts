import { once } from 'node:events';
import { WebSocket, WebSocketServer, type RawData } from 'ws';
import type { Contender } from '../contender.ts';
import { answerLine, Waiting } from './echo.ts';
import { portOf } from './port.ts';

const textOf = (data: RawData): string => {
  if (!Buffer.isBuffer(data)) throw new Error('The message did not come as one buffer.');
  return data.toString();
};

/** The library `ws` as it is: no encryption, no compression, one message for each request and answer. */
export const overWs: Contender = {
  async serve() {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
    server.on('connection', (socket) =>
      socket.on('message', (data) => socket.send(answerLine(textOf(data)))),
    );
    await once(server, 'listening');
    return {
      address: `ws://127.0.0.1:${portOf(server)}`,
      stop: () => new Promise((resolve) => server.close(() => resolve())),
    };
  },
  async connect(address) {
    const socket = new WebSocket(address, { perMessageDeflate: false });
    await once(socket, 'open');
    const waiting = new Waiting();
    socket.on('message', (data) => waiting.answered(textOf(data)));
    socket.on('close', () => waiting.fail(new Error('The connection was closed.')));
    return {
      call: () => waiting.call((line) => socket.send(line)),
      async stop() {
        socket.close();
        await once(socket, 'close');
      },
    };
  },
};
