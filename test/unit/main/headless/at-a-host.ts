import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeEndpoint } from '../../../../main/endpoint/endpoint-file.ts';
import { startServer } from '../../../../main/endpoint/server.ts';
import { runCommandLine } from '../../../../main/headless/program.ts';
import { FakeHost } from '../../../fixtures/fake-host.ts';
import { somePeerId } from '../../../fixtures/views.ts';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Person {
  /** What a person at the terminal answers; null: nobody is there. */
  readonly answer?: string | null;
  readonly onErr?: (text: string) => void;
}

/** Runs one command as a program would. */
export async function runIn(dir: string, args: readonly string[], person: Person = {}): Promise<Said> {
  let out = '';
  let err = '';
  const { answer = null } = person;
  const code = await runCommandLine(
    ['--data', dir, ...args],
    {
      out: (text) => void (out += text),
      err: (text) => {
        err += text;
        person.onErr?.(text);
      },
      columns: null,
      interactive: answer !== null,
      ask: (question) => {
        err += question;
        return Promise.resolve(answer ?? '');
      },
      readInput: () => Promise.resolve(''),
      interrupted: new AbortController().signal,
    },
    '0.0.0',
  );
  return { code, out, err };
}

export interface AtAHost extends AsyncDisposable {
  readonly fake: FakeHost;
  readonly dir: string;
  run(args: readonly string[], person?: Person): Promise<Said>;
}

/** A command line beside a host that is a fake, in a folder of its own. */
export async function atAHost(): Promise<AtAHost> {
  const dir = await mkdtemp(join(tmpdir(), 'gatehouse-cli-'));
  const fake = new FakeHost();
  const server = await startServer({ router: fake.router, rendererDir: dir, port: 0 });
  await writeEndpoint(dir, {
    url: `http://127.0.0.1:${server.port}`,
    token: server.token,
    pid: process.pid,
    peerId: somePeerId,
    pages: true,
  });
  return {
    fake,
    dir,
    run: (args, person) => runIn(dir, args, person),
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await rm(dir, { recursive: true });
    },
  };
}
