import { ConnectionClosedError } from '@libp2p/interface';
import { MAX_STREAMS_PER_LINK } from '../limits.ts';
import { writeRequest } from './rpc.ts';
import type { RpcId, RpcMessage } from './rpc.ts';

type RemoteError = Extract<RpcMessage, { kind: 'error' }>['error'];

interface Asking<Result> {
  readonly signal: AbortSignal | undefined;
  /** Takes the result in the moment that it comes. What it throws costs the connection. */
  read(result: unknown): Result;
  /** What an error of the peer means. */
  refused(error: RemoteError): Error;
  /** Nobody waits any more, and an answer would be dropped. */
  givenUp?(): void;
}

interface Waiting {
  settle(message: Extract<RpcMessage, { kind: 'result' | 'error' }>): void;
  fail(error: Error): void;
}

/** What we have asked a peer on one connection and wait for. */
export class RequestTable {
  readonly #send: (message: string) => void;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #ended: Error | null = null;

  constructor(send: (message: string) => void) {
    this.#send = send;
  }

  ask<Result>(method: string, params: object, asking: Asking<Result>): Promise<Result> {
    const { signal } = asking;
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) {
        reject(this.#ended);
        return;
      }
      if (signal?.aborted === true) {
        reject(reasonOf(signal));
        return;
      }
      if (this.#waiting.size >= MAX_STREAMS_PER_LINK) {
        reject(new ConnectionClosedError('Too many requests wait for this peer.'));
        return;
      }
      const id = this.#next;
      this.#next += 1;
      const done = (): void => {
        this.#waiting.delete(id);
        signal?.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        done();
        asking.givenUp?.();
        reject(reasonOf(signal));
      };
      this.#waiting.set(id, {
        settle: (message) => {
          done();
          if (message.kind === 'error') {
            reject(asking.refused(message.error));
            return;
          }
          try {
            resolve(asking.read(message.result));
          } catch (error) {
            reject(asError(error));
            throw error;
          }
        },
        fail: (error) => {
          done();
          reject(error);
        },
      });
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#send(writeRequest(id, method, params));
    });
  }

  /** An answer came. One that nobody waits for came too late. @throws {WireViolation} */
  settle(message: Extract<RpcMessage, { kind: 'result' | 'error' }>): void {
    const { id } = message;
    if (isOurs(id)) this.#waiting.get(id)?.settle(message);
  }

  end(error: Error): void {
    this.#ended ??= error;
    for (const waiting of this.#waiting.values()) waiting.fail(error);
    this.#waiting.clear();
  }
}

const isOurs = (id: RpcId): id is number => typeof id === 'number';

const reasonOf = (signal: AbortSignal | undefined): Error => asError(signal?.reason);

const asError = (value: unknown): Error => (value instanceof Error ? value : new Error(String(value)));
