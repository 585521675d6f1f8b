import { Client, credentials, Server, ServerCredentials, type MethodDefinition } from '@grpc/grpc-js';
import type { Contender } from '../contender.ts';
import { answerLine, readAnswer, requestLine } from './echo.ts';

const asIs = (bytes: Buffer): Buffer => bytes;

/** A unary method whose messages are bytes, so that no schema stands between. */
const ECHO: MethodDefinition<Buffer, Buffer> = {
  path: '/bench.Echo/Echo',
  requestStream: false,
  responseStream: false,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
};

/** grpc-js without TLS. */
export const overGrpc: Contender = {
  async serve() {
    const server = new Server();
    server.addService(
      { echo: ECHO },
      {
        echo: (call: { request: Buffer }, callback: (error: null, answer: Buffer) => void) =>
          callback(null, Buffer.from(answerLine(call.request.toString()))),
      },
    );
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    return {
      address: `127.0.0.1:${port}`,
      stop: () =>
        new Promise((resolve, reject) => server.tryShutdown((error) => (error ? reject(error) : resolve()))),
    };
  },
  async connect(address) {
    const client = new Client(address, credentials.createInsecure());
    await new Promise<void>((resolve, reject) =>
      client.waitForReady(Date.now() + 10_000, (error) => (error ? reject(error) : resolve())),
    );
    let nextId = 1;
    return {
      async call() {
        const id = nextId;
        nextId += 1;
        const answer = await new Promise<Buffer>((resolve, reject) =>
          client.makeUnaryRequest(ECHO.path, asIs, asIs, Buffer.from(requestLine(id)), (error, value) => {
            if (value === undefined) reject(error ?? new Error('There was no answer.'));
            else resolve(value);
          }),
        );
        if (readAnswer(answer.toString()) !== id) throw new Error('That is the answer to another call.');
      },
      async stop() {
        client.close();
      },
    };
  },
};
