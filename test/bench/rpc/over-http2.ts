import { once } from 'node:events';
import { connect, createServer, type Http2Stream } from 'node:http2';
import { text } from 'node:stream/consumers';
import type { Contender } from '../contender.ts';
import { answerLine, readAnswer, requestLine } from './echo.ts';
import { portOf } from './port.ts';

const HEADERS = { ':method': 'POST', ':path': '/rpc', 'content-type': 'application/json' };

/** Node's own HTTP/2 without TLS: one connection, one stream for each call, bodies sent in one piece. */
export const overHttp2: Contender = {
  async serve() {
    const server = createServer({ settings: { maxConcurrentStreams: 1024 } });
    server.on('stream', (stream) => void answer(stream));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
      address: `http://127.0.0.1:${portOf(server)}`,
      stop: () => new Promise((resolve) => server.close(() => resolve())),
    };
  },
  async connect(address) {
    const session = connect(address);
    await once(session, 'connect');
    let nextId = 1;
    return {
      async call() {
        const id = nextId;
        nextId += 1;
        const stream = session.request(HEADERS);
        stream.end(requestLine(id));
        if (readAnswer(await read(stream)) !== id) throw new Error('That is the answer to another call.');
      },
      stop: () => new Promise((resolve) => session.close(() => resolve())),
    };
  },
};

async function answer(
  stream: Http2Stream & { respond(headers: Record<string, string | number>): void },
): Promise<void> {
  const line = answerLine(await read(stream));
  stream.respond({ ':status': 200, 'content-type': 'application/json' });
  stream.end(line);
}

const read = (stream: Http2Stream): Promise<string> => text(stream);
