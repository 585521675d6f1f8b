import { SdkError, SdkErrorCode, SdkHttpError, UnauthorizedError } from '@modelcontextprotocol/client';
import type { AgentSource } from '../../../shared/agents.ts';
import { RpcCode, rpcError, type RpcError } from '../../../shared/errors.ts';
import { cutText } from '../cut-text.ts';
import { AgentError } from './agent-error.ts';
import { AgentProcess } from './agent-process.ts';
import { HttpTransport } from './http-transport.ts';
import { Session, type SessionOptions } from './session.ts';
import { StdioTransport } from './stdio-transport.ts';
import type { Watchdog } from './watchdog.ts';

export interface RunOptions extends SessionOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** Names this run among all; see `MARK_VARIABLE`. */
  readonly mark: string;
  readonly watchdog: Watchdog;
}

export interface RunEnd {
  /** A sentence. */
  readonly why: string;
  /** It ended when it was asked for the newer protocol: some older servers do. */
  readonly atProbe: boolean;
}

/** One run of an agent, from its start to its end. */
export interface AgentRun {
  readonly pid: number | null;
  readonly session: Session;
  /** Resolves when it can be called. @throws {AgentError} when it ended instead */
  readonly ready: Promise<void>;
  /** Resolves when nothing of it is left. Never rejects. */
  readonly ended: Promise<RunEnd>;
  /** Settles what runs as `agent-stopped`, and ends it. */
  stop(): Promise<void>;
}

const stopped = (): RpcError => rpcError(RpcCode.unavailable, 'agent-stopped', 'The agent was stopped.');
const died = (): RpcError =>
  rpcError(
    RpcCode.unavailable,
    'agent-died',
    'The agent ended while it worked on this call. Whether it took effect is unknown.',
  );

export function openStdioRun(
  source: Extract<AgentSource, { kind: 'stdio' }>,
  era: 'auto' | 'legacy',
  options: RunOptions,
): AgentRun {
  const { limits, timings, log } = options;
  const startedAt = Date.now();
  const transport = new StdioTransport(limits, timings, log);
  const session = new Session(transport, options);
  let open = false;
  let asked = false;
  let byItself = false;
  const child = new AgentProcess({
    source,
    environment: options.environment,
    mark: options.mark,
    maxLineBytes: limits.messageBytes,
    maxLogLength: limits.logLineLength,
    stopGraceMs: timings.stopGrace,
    watchdog: options.watchdog,
    stdout: transport,
    onStderr: (line) => log.add('stderr', line),
    onExit: () => {
      byItself = !asked;
      session.refuse(died());
      transport.exited();
    },
  });
  transport.attach(child);
  const ended = child.ended.then((why): RunEnd => {
    const words = byItself ? log.lastWords(startedAt) : null;
    return {
      why: words === null ? why : `${why} It last wrote: ${words}`,
      atProbe: era === 'auto' && !open && byItself && !child.failedToStart && !transport.initialized,
    };
  });
  const ready = opened(session, era, timings.start, ended).then(
    () => {
      open = true;
    },
    async (error: unknown) => {
      // Where the program has ended by itself, that is the reason, and this one is not looked at.
      asked = true;
      await child.stop(openFailure(error, timings.start));
      throw new AgentError('UNAVAILABLE', (await ended).why, { cause: error });
    },
  );
  ready.catch(() => undefined); // It is also told by `ended`.
  return {
    pid: child.pid,
    session,
    ready,
    ended,
    stop: async () => {
      asked = true;
      session.refuse(stopped());
      await child.stop('It was stopped.');
    },
  };
}

export function openHttpRun(source: Extract<AgentSource, { kind: 'http' }>, options: RunOptions): AgentRun {
  const transport = new HttpTransport(source, options.limits);
  const session = new Session(transport, options);
  transport.schemaOf = (name) => session.tools.find((tool) => tool.name === name)?.inputSchema;
  const { promise: ended, resolve } = Promise.withResolvers<RunEnd>();
  let over = false;
  const finish = async (why: string, error: RpcError): Promise<void> => {
    if (!over) {
      over = true;
      session.refuse(error);
      await transport.close().catch(() => undefined); // There is nothing left to close.
      resolve({ why, atProbe: false });
    }
    await ended;
  };
  transport.onGone = (why) => void finish(why, died());
  const ready = opened(session, 'auto', options.timings.start, ended).catch(async (error: unknown) => {
    await finish(openFailure(error, options.timings.start), died());
    throw new AgentError('UNAVAILABLE', (await ended).why, { cause: error });
  });
  ready.catch(() => undefined); // It is also told by `ended`.
  return { pid: null, session, ready, ended, stop: () => finish('It was stopped.', stopped()) };
}

class StartTimeout extends Error {
  override readonly name = 'StartTimeout';
}

class EndedFirst extends Error {
  override readonly name = 'EndedFirst';
}

/** Opens the session, within `ms` and only as long as its run lasts. */
async function opened(
  session: Session,
  era: 'auto' | 'legacy',
  ms: number,
  ended: Promise<unknown>,
): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new StartTimeout()), ms);
  void ended.then(() => reject(new EndedFirst()));
  try {
    await Promise.race([session.open(era), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The SDK wraps what went wrong on the network. */
function networkCause(error: unknown): unknown {
  let inner = error;
  for (let depth = 0; depth < 5 && inner instanceof SdkError && inner.cause !== undefined; depth += 1)
    inner = inner.cause;
  return inner;
}

/** Why a session could not be opened, as a sentence. */
function openFailure(outer: unknown, startMs: number): string {
  const error = networkCause(outer);
  if (
    error instanceof StartTimeout ||
    (error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout)
  ) {
    return `It did not answer within ${Math.round(startMs / 1000)} s of its start.`;
  }
  if (error instanceof UnauthorizedError) return UNAUTHORISED;
  if (error instanceof SdkHttpError) {
    const { status } = error.data;
    if (status === 401 || status === 403) return UNAUTHORISED;
    return `Its address answered with the HTTP status ${status}, which is no MCP answer.`;
  }
  if (error instanceof TypeError) return 'It cannot be reached: nothing answers at its address.';
  const text = error instanceof Error ? error.message : String(error);
  return `It does not speak MCP as it should: ${cutText(text, 300)}`;
}

const UNAUTHORISED = 'It wants to know who calls. Add a header such as Authorization with your token.';
