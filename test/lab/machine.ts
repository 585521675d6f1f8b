import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { readEndpoint } from '../../main/endpoint/endpoint-file.ts';
import { AgentName, PeerId } from '../../shared/ids.ts';
import type { LiveState } from '../../shared/live.ts';
import type { PeerView } from '../../shared/peers.ts';
import { HostConnection, type HostClient } from './host-client.ts';
import type { Line, Socket } from './line.ts';
import type { Namespace } from './namespace.ts';
import { program } from './program.ts';

const Ready = z.looseObject({ peerId: PeerId, addresses: z.array(z.string()) });
const START_MS = 60_000;
/** A host that stops has this long: less than after which it would end by force. */
const STOP_MS = 10_000;
const UNTIL_MS = 20_000;

export interface StartOptions {
  readonly command?: 'serve' | 'relay';
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A computer in the lab: a namespace with interfaces, and in it a real Gatehouse as its own process. */
export class Machine {
  readonly name: string;
  readonly namespace: Namespace;
  readonly dir: string;
  readonly lines: Line[] = [];
  readonly #logFile: string;
  readonly #cache: string;
  #child: ChildProcess | null = null;
  #connection: HostConnection | null = null;
  #peerId: PeerId | null = null;

  constructor(namespace: Namespace, place: { dir: string; logs: string; cache: string }) {
    this.name = namespace.name;
    this.namespace = namespace;
    this.dir = join(place.dir, namespace.name);
    this.#logFile = join(place.logs, `${namespace.name}.log`);
    this.#cache = place.cache;
  }

  /** Plugs the machine in by its next interface: `eth0`, `eth1`… */
  async plugInto(socket: Socket): Promise<Line> {
    const line = await socket.plug(this.namespace, `eth${this.lines.length}`);
    this.lines.push(line);
    return line;
  }

  get line(): Line {
    const [line] = this.lines;
    if (line === undefined) throw new Error(`${this.name} is not plugged in.`);
    return line;
  }

  get peerId(): PeerId {
    if (this.#peerId === null) throw new Error(`${this.name} has not been started.`);
    return this.#peerId;
  }

  get state(): LiveState {
    return this.#open.state;
  }

  get client(): HostClient {
    return this.#open.client;
  }

  get running(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get #open(): HostConnection {
    if (this.#connection === null) throw new Error(`No host runs on ${this.name}.`);
    return this.#connection;
  }

  /** Starts the host as a person would, and resolves once it is ready. */
  async start({ command = 'serve', args = [], env = {} }: StartOptions = {}): Promise<void> {
    await mkdir(this.dir, { recursive: true });
    const log = openSync(this.#logFile, 'a');
    let child: ChildProcess;
    try {
      child = this.namespace.spawn(
        process.execPath,
        [program, command, '--json', '--port', '0', '--name', this.name, ...args],
        {
          cwd: this.dir,
          stdio: ['ignore', 'pipe', log],
          env: { ...this.#env(), ...debugOf(this.name), ...env },
        },
      );
    } finally {
      closeSync(log);
    }
    this.#child = child;
    if (child.stdout === null) throw new Error('The host has no output.');
    const lines = createInterface({ input: child.stdout });
    const line = await Promise.race([
      once(lines, 'line', { signal: AbortSignal.timeout(START_MS) }).then(([text]) => String(text)),
      once(child, 'exit').then(async ([code]) => {
        const said = await readFile(this.#logFile, 'utf8');
        throw new Error(`The host of ${this.name} ended with ${String(code)}: ${said.slice(-2000)}`);
      }),
    ]);
    this.#peerId = Ready.parse(JSON.parse(line)).peerId;
    const endpoint = await readEndpoint(this.dir);
    if (endpoint === null || endpoint === 'damaged') throw new Error(`${this.name} wrote no endpoint file.`);
    this.#connection = await HostConnection.open(this.namespace, endpoint);
  }

  /** Waits for a state of the host; 20 s unless said otherwise. */
  async until<T>(
    what: string,
    find: (state: LiveState) => T | undefined | null | false,
    { withinMs = UNTIL_MS, tell = brief }: { withinMs?: number; tell?: (state: LiveState) => unknown } = {},
  ): Promise<T> {
    return await this.#open.until(`${this.name}: ${what}`, find, { withinMs, tell });
  }

  /** What this host knows of another machine. */
  peer(other: Machine): PeerView | undefined {
    return this.state.peers[other.peerId];
  }

  /** Waits until a peer is as it should be. */
  async untilPeer(
    other: Machine,
    what: string,
    fits: (peer: PeerView) => boolean,
    options: { withinMs?: number } = {},
  ): Promise<PeerView> {
    const tell = (state: LiveState): unknown => state.peers[other.peerId] ?? 'unknown';
    return await this.until(
      `${other.name} ${what}`,
      (state) => {
        const peer = state.peers[other.peerId];
        return peer !== undefined && fits(peer) ? peer : null;
      },
      { ...options, tell },
    );
  }

  /** Calls a tool of a peer's agent. @returns the text of the result */
  async call(
    other: Machine | PeerId,
    tool: string,
    given: Record<string, unknown>,
    signal?: AbortSignal,
  ): Promise<string> {
    const result = await this.client.tools.call(
      {
        peerId: typeof other === 'string' ? other : other.peerId,
        agent: AgentName.parse('tools'),
        tool,
        arguments: given,
      },
      ...(signal === undefined ? [] : [{ signal }]),
    );
    return z.array(z.looseObject({ text: z.string() })).parse(result.content)[0]?.text ?? '';
  }

  /** Runs one command of the command line on this machine, with `--json`, and gives what it printed. */
  async ask<T>(schema: z.ZodType<T>, ...args: readonly string[]): Promise<T> {
    const variables = Object.entries(this.#env()).map(([name, value]) => `${name}=${value}`);
    const node = [process.execPath, program, '--json', ...args];
    return schema.parse(JSON.parse(await this.namespace.run('env', ['-i', ...variables, ...node])));
  }

  /**
   * Ends the host by SIGTERM, as a service is stopped.
   * @throws where it does not end by itself with 0 in time: a timer or a socket was left
   */
  async stop(): Promise<void> {
    const { code, ms } = await this.#end('SIGTERM');
    if (code !== 0 || ms > STOP_MS) {
      const said = await readFile(this.#logFile, 'utf8');
      throw new Error(`The host of ${this.name} ended with ${code} after ${ms} ms: ${said.slice(-2000)}`);
    }
  }

  /** Ends the host as a power cut does. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<{ code: number | null; ms: number }> {
    this.#connection?.close();
    this.#connection = null;
    const child = this.#child;
    if (child === null || !this.running) return { code: child?.exitCode ?? 0, ms: 0 };
    const asked = Date.now();
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
    return { code: child.exitCode, ms: Date.now() - asked };
  }

  /** Nothing of the machine on which the lab runs. The cache of compiled code is shared: it saves seconds. */
  #env(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.dir,
      LANG: 'C.UTF-8',
      XDG_DATA_HOME: this.dir,
      XDG_CONFIG_HOME: this.dir,
      XDG_STATE_HOME: this.dir,
      XDG_CACHE_HOME: this.#cache,
      GATEHOUSE_DATA: this.dir,
    };
  }
}

/** What is shown of a state that was waited for in vain. */
function brief({ reachability, peers }: LiveState): unknown {
  const { verdict, evidence, testResult } = reachability;
  return {
    verdict,
    testResult,
    ...evidence,
    addresses: evidence.addresses
      .filter(({ scope }) => scope !== 'machine')
      .map(
        ({ address, source, verified, failed }) =>
          `${address} (${source}) ${verified?.at ?? '-'} ${failed?.why ?? ''}`,
      ),
    peers: Object.values(peers).map(({ peerId, name, state, dialError, pathNote, links }) => ({
      peer: `${name} ${peerId.slice(-6)} ${state} ${dialError ?? ''} ${pathNote ?? ''}`,
      links: links.map(({ path, transport, address }) => `${path} ${transport} ${address}`),
    })),
  };
}

/** `LAB_DEBUG=ada:libp2p:dialer*` lets one host tell more, into its log. */
function debugOf(name: string): Record<string, string> {
  const [machine, ...what] = (process.env['LAB_DEBUG'] ?? '').split(':');
  return machine === name || machine === 'all' ? { DEBUG: what.join(':') } : {};
}
