import { dialError } from '../dialling/dial-errors.ts';
import { NetworkError } from '../errors.ts';

/** How long an address has for itself before the startNext is tried beside it. */
const HEAD_START_MS = 300;

interface DialAnyParts<Target, Connection extends { abort(error: Error): void }> {
  connect(target: Target, signal: AbortSignal): Promise<Connection>;
  /** Made for one at a time, so that the other side sees one link and not several. */
  prove(connection: Connection, signal: AbortSignal): Promise<void>;
}

/**
 * Tries addresses, each with a head start over the startNext, and takes the first that leads to who is wanted.
 * @throws {NetworkError} what tells most of why none did
 */
export async function dialAny<Target, Connection extends { abort(error: Error): void }>(
  targets: readonly Target[],
  parts: DialAnyParts<Target, Connection>,
  signal: AbortSignal,
): Promise<Connection> {
  const errors: unknown[] = [];
  const others = new AbortController();
  const giveUp = (): void => others.abort(signal.reason);
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  const waiting = [...targets];
  let proving: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const attempt = async (target: Target): Promise<Connection> => {
    const connection = await parts.connect(target, others.signal);
    const turn = proving.then(async () => {
      try {
        others.signal.throwIfAborted();
        await parts.prove(connection, others.signal);
        // Before the next has its turn.
        others.abort(new NetworkError('LINK_LOST', 'Another address led to a link.'));
      } catch (error) {
        connection.abort(new NetworkError('LINK_LOST', 'The dial did not lead to a link.', { cause: error }));
        throw error;
      }
    });
    proving = turn.catch(() => undefined);
    await turn;
    return connection;
  };
  try {
    return await new Promise<Connection>((resolve, reject) => {
      let underWay = 0;
      const startNext = (): void => {
        clearTimeout(timer);
        const target = waiting.shift();
        if (target === undefined) {
          if (underWay === 0) reject(tellingError(errors));
          return;
        }
        underWay += 1;
        timer = setTimeout(startNext, HEAD_START_MS);
        attempt(target).then(resolve, (error: unknown) => {
          errors.push(error);
          underWay -= 1;
          startNext();
        });
      };
      startNext();
    });
  } finally {
    clearTimeout(timer);
    waiting.length = 0;
    signal.removeEventListener('abort', giveUp);
    giveUp();
  }
}

/** Those who answered tell more than those who did not. */
function tellingError(errors: readonly unknown[]): NetworkError {
  const ours = errors.filter((error) => error instanceof NetworkError);
  const said = ours.find(({ code }) => code === 'REFUSED') ?? ours.find(({ code }) => code === 'PROTOCOL');
  if (said !== undefined) return said;
  if (ours.length === errors.length && ours[0] !== undefined) return ours[0];
  const text = errors.map(String).join('\n');
  if (/certificate|CERT_|altnames/i.test(text)) {
    return new NetworkError(
      'UNREACHABLE',
      'This machine does not trust the certificate there. Add # and the peer id to the address: then its key is enough.',
      { cause: new AggregateError(errors) },
    );
  }
  if (/Unexpected server response/.test(text)) {
    return new NetworkError('UNREACHABLE', 'What answers at that address is no node.', {
      cause: new AggregateError(errors),
    });
  }
  return dialError(new AggregateError(errors));
}
