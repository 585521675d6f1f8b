import { expect, it } from 'vitest';
import { NetworkError } from '../../../../../../main/host/network/errors.ts';
import { dialAny } from '../../../../../../main/host/network/websocket/dial-any.ts';

interface Fake {
  readonly name: string;
  readonly aborted: Error[];
  abort(error: Error): void;
}

const fake = (name: string): Fake => {
  const aborted: Error[] = [];
  return { name, aborted, abort: (error) => aborted.push(error) };
};
const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('Given up.')), { once: true });
  });

it('proves one at a time, and lets go of those that came too late', async () => {
  const made: Fake[] = [];
  const proven: string[] = [];
  const everybody = Promise.withResolvers<void>();
  const winner = await dialAny(
    ['a', 'b', 'c'],
    {
      connect: async (name) => {
        const one = fake(name);
        made.push(one);
        if (made.length === 3) everybody.resolve();
        return one;
      },
      prove: async ({ name }) => {
        proven.push(name);
        await everybody.promise;
        if (name === 'a') throw new NetworkError('PROTOCOL', 'Not this one.');
      },
    },
    AbortSignal.timeout(10_000),
  );
  expect(winner.name).toBe('b');
  expect(proven).toStrictEqual(['a', 'b']);
  expect(made.map(({ name, aborted }) => [name, aborted.length])).toStrictEqual([
    ['a', 1],
    ['b', 0],
    ['c', 1],
  ]);
});

it('tells what tells most', async () => {
  const failing = (errors: readonly Error[]): Promise<Fake> =>
    dialAny(
      errors,
      { connect: (error) => Promise.reject(error), prove: async () => undefined },
      AbortSignal.timeout(10_000),
    );
  const dead = new Error('connect ECONNREFUSED 127.0.0.1:1');
  const other = new NetworkError('UNREACHABLE', 'Another peer answers at that address.');
  const refused = new NetworkError('REFUSED', 'It turned us away.');
  await expect(failing([dead, other, refused])).rejects.toBe(refused);
  await expect(failing([other])).rejects.toBe(other);
  await expect(failing([dead])).rejects.toThrow('Nobody listens at that address');
  await expect(failing([new Error('self-signed certificate')])).rejects.toThrow(
    'does not trust the certificate',
  );
});

it('ends with its signal, and all attempts with it', async () => {
  const control = new AbortController();
  let ended = 0;
  const dial = dialAny<string, Fake>(
    ['a'],
    {
      connect: async (_, signal) => {
        try {
          return await never(signal);
        } finally {
          ended += 1;
        }
      },
      prove: async () => undefined,
    },
    control.signal,
  );
  control.abort(new Error('Enough.'));
  await expect(dial).rejects.toBeInstanceOf(NetworkError);
  expect(ended).toBe(1);
});
