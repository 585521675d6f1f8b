/**
 * The call that all of `rpc` make: JSON-RPC 2.0 with 1 KiB of text each way, parsed and written by everybody in the
 * same way, so that what differs is the way between the two.
 */
const TEXT = 'x'.repeat(1024);

export const requestLine = (id: number): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method: 'echo', params: { text: TEXT } });

/** What the server makes of a request. */
export function answerLine(line: string): string {
  const { id, params } = parse(line);
  return JSON.stringify({ jsonrpc: '2.0', id, result: params });
}

/** The id of an answer. @throws when it is not the echo */
export function readAnswer(line: string): number {
  const { id, result } = parse(line);
  if (typeof id !== 'number' || typeof result !== 'object' || result === null || !('text' in result)) {
    throw new Error('The answer is not an echo.');
  }
  if (typeof result.text !== 'string' || result.text.length !== TEXT.length)
    throw new Error('The echo was cut.');
  return id;
}

function parse(line: string): Partial<Record<'id' | 'params' | 'result', unknown>> {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null) throw new Error('That is not a JSON-RPC message.');
  return value;
}

/** The calls under way on a connection that carries many at once. */
export class Waiting {
  readonly #waiting = new Map<number, { resolve(): void; reject(error: Error): void }>();
  #nextId = 1;

  /** Sends a request and resolves with its answer. */
  call(send: (line: string) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId;
      this.#nextId += 1;
      this.#waiting.set(id, { resolve, reject });
      send(requestLine(id));
    });
  }

  answered(line: string): void {
    const id = readAnswer(line);
    const call = this.#waiting.get(id);
    if (call === undefined) throw new Error(`Nobody waits for the answer ${id}.`);
    this.#waiting.delete(id);
    call.resolve();
  }

  fail(error: Error): void {
    for (const call of this.#waiting.values()) call.reject(error);
    this.#waiting.clear();
  }
}
