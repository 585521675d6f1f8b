import { once } from 'node:events';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_PORT, startEndpoint } from '../endpoint/index.ts';
import { EnvironmentError } from '../host/environment-error.ts';
import { readEnvironment, together } from '../host/environment.ts';
import { createHost, type RelayServerOptions, type RunSettings } from '../host/index.ts';
import { createFileKeyStore } from '../host/identity/index.ts';
import { CliError, ExitCode } from './cli-error.ts';
import { connect } from './client.ts';
import { visible } from './names.ts';
import { openBrowser } from './open-browser.ts';
import { programFile } from './program-file.ts';
import { RELAY_DEFAULTS, sayRelay } from './relay-start.ts';
import { rendererDir } from './renderer-dir.ts';
import type { Session } from './session.ts';
import { version } from './version.ts';

export interface ServeOptions {
  readonly port?: number;
  readonly listen?: readonly string[];
  readonly mdns: boolean;
  readonly name?: string;
  readonly demo?: boolean;
  /** Show the interface in a browser, where there is a display. */
  readonly open?: boolean;
  /** Addresses to tell others, for this run. */
  readonly announce?: readonly string[];
  /** Relay for others. */
  readonly relayServer?: RelayServerOptions;
}

/** How long stopping may take before the process ends all the same, in milliseconds. */
const STOP_MS = 15_000;

/** Runs the host until the first signal. What is started is stopped in reverse order, also on a failure. */
export async function serve(session: Session, options: ServeOptions): Promise<void> {
  const { interrupted } = session.terminal;
  const environment = environmentOrUsageError();
  await using stack = new AsyncDisposableStack();
  const demo = options.demo === true ? (await import('../demo/index.ts')).createDemo() : null;
  stack.defer(() => demo?.remove());
  const place = demo?.dataDir ?? session.dataDir;
  await refuseSecond(place);
  const host = await createHost({
    dataDir: place,
    keyStore: createFileKeyStore(join(place, 'identity.key')),
    version,
    defaultName: options.name ?? (hostname().slice(0, 60) || 'Gatehouse'),
    ...demo?.hostOptions,
    ...(options.relayServer === undefined ? {} : { relayServer: options.relayServer }),
    ownsProcess: true,
    environment: together(
      ...(options.relayServer === undefined ? [] : [RELAY_DEFAULTS]),
      environment,
      ofCommandLine(options),
      ...(demo === null ? [] : [demo.hostOptions.environment]),
    ),
  });
  stack.defer(() => host.stop());
  const endpoint = await startEndpoint(
    { dataDir: place, rendererDir: rendererDir(), port: options.port },
    host,
  );
  stack.defer(() => endpoint.stop());
  const { server } = endpoint;
  if (options.port === undefined && server.port !== DEFAULT_PORT) {
    session.terminal.err(`Port ${DEFAULT_PORT} is taken; the interface is on port ${server.port}.\n`);
  }
  session.give({ url: server.url, peerId: host.peerId, addresses: host.addresses() });
  session.say(`Gatehouse runs as ${host.peerId}.`);
  session.say(`Interface: ${server.url}`);
  for (const address of host.addresses()) session.say(`Reachable at ${visible(address)}`);
  if (options.relayServer !== undefined) sayRelay(session, host.addresses(), options.relayServer);
  session.say('Ctrl+C stops it.');
  // Not the printed address: other accounts on this machine can read what a program is started with.
  if (options.open === true) openBrowser(server.urlForOnce());
  const stopped = untilAborted(interrupted);
  if (demo !== null) {
    stack.defer(() => demo.stop());
    const ready = demo.start(host, { node: process.execPath, entry: programFile() }).then(() => {
      session.say('The demo is on: two peers that exist on this machine only, until you quit.');
    });
    // Whoever stops the host in the middle of this need not wait for it, nor hear of what could not be finished.
    ready.catch(() => undefined);
    await Promise.race([ready, stopped]);
  }
  await stopped;
  session.say('Stopping.');
  // A part that cannot stop must not keep the process: the system takes the rest back.
  setTimeout(() => {
    session.terminal.err('Stopping takes too long; ended without waiting for the rest.\n');
    process.exit(ExitCode.failed);
  }, STOP_MS).unref();
}

/** What the options decide, over what the environment says. */
function ofCommandLine({ listen, announce, mdns }: ServeOptions): RunSettings {
  return {
    values: {
      ...(listen === undefined ? {} : { listen: [...listen] }),
      ...(announce === undefined ? {} : { announce: [...announce] }),
      ...(mdns ? {} : { mdns: false }),
    },
    overrides: {
      ...(announce === undefined ? {} : { announce: '--announce' }),
      ...(listen === undefined ? {} : { listen: '--listen' }),
      ...(mdns ? {} : { mdns: '--no-mdns' }),
    },
  };
}

/** @throws {CliError} with every variable that is wrong */
function environmentOrUsageError(): RunSettings {
  try {
    return readEnvironment(process.env);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    throw new CliError(error.code, ExitCode.usage, error.problems.join(' '), { cause: error });
  }
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

/** @throws {CliError} where a host already runs with this data directory */
async function refuseSecond(dataDir: string): Promise<void> {
  const running = await connect(dataDir).catch((error: unknown) => {
    // No host, or a leftover: what we need. Anything else means that something is there.
    if (error instanceof CliError && error.exitCode === ExitCode.noHost) return null;
    throw error;
  });
  if (running === null) return;
  const { pid, url } = running.endpoint;
  running.close();
  throw new CliError(
    'CONFLICT',
    ExitCode.failed,
    `A host already runs with ${dataDir}: process ${pid}, ${url}. Stop it first, or give another --data.`,
  );
}
