import type { MessageChannel } from '../../index.ts';
import type { DawnCalls } from './dawn-calls.ts';

/** Sends each line back after a `node/get_info`, which is the least that a Dawn node can be asked: for comparisons. */
export class DawnEcho {
  readonly #channel: MessageChannel;
  readonly #gone = new AbortController();

  constructor(channel: MessageChannel, calls: DawnCalls, ended: () => void) {
    this.#channel = channel;
    channel.onClose = (): void => {
      this.#gone.abort();
      ended();
    };
    channel.onLine = (line): void => {
      void calls.call('node/get_info', {}, this.#gone.signal).then((answer) => {
        if (answer === null) return;
        if ('result' in answer) channel.send(line);
        else channel.abort(new Error('The Dawn node did not answer.'));
      });
    };
  }

  abort(error: Error): void {
    this.#channel.abort(error);
  }
}
