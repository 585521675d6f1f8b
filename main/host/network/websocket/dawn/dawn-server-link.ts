import type { AgentName } from '../../../../../shared/ids.ts';
import type { PeerAgent } from '../../../../../shared/peers.ts';
import { inMemoryChannels } from '../../channels/in-memory-channel.ts';
import { NetworkError } from '../../errors.ts';
import type { MessageChannel } from '../../index.ts';
import type { DawnLink } from '../../transport.ts';
import type { DawnSocket } from '../dawn-socket.ts';
import { agentsHeard, type HeardAgent } from './agent-records.ts';
import { DawnCalls, type DawnCallsOptions } from './dawn-calls.ts';
import { DawnMcpSession } from './dawn-mcp-session.ts';
import { DawnEcho } from './dawn-echo.ts';

/** One for each agent is the rule. */
const MAX_SESSIONS = 64;

export interface DawnServerLinkOptions extends DawnCallsOptions {
  /** Told whenever `busy` may have turned false. */
  readonly onIdle?: () => void;
}

/** What can be done over a connection to a Dawn node. Ends with the connection. */
export class DawnServerLink implements DawnLink {
  readonly #socket: DawnSocket;
  readonly #calls: DawnCalls;
  readonly #sessions = new Set<{ abort(error: Error): void }>();
  /** Our ends of those sessions that are MCP. */
  readonly #channels = new Set<MessageChannel>();
  readonly #onIdle: () => void;
  #heard: readonly HeardAgent[] = [];
  #agents: readonly PeerAgent[] = [];
  #over = false;

  constructor(socket: DawnSocket, options: DawnServerLinkOptions = {}) {
    this.#socket = socket;
    this.#onIdle = options.onIdle ?? ((): void => undefined);
    this.#calls = new DawnCalls(socket, options);
    this.#calls.onIdle = this.#onIdle;
    socket.onClose = (error): void => this.#ended(error);
  }

  get agents(): readonly PeerAgent[] {
    return this.#agents;
  }

  /** A call is under way, or its answer has not been read yet. */
  get busy(): boolean {
    return this.#calls.busy || [...this.#channels].some((channel) => channel.busy?.() === true);
  }

  retire(): void {
    for (const channel of [...this.#channels]) {
      channel.retiring = true;
      if (channel.busy?.() !== true) void channel.close();
    }
  }

  async refresh(signal: AbortSignal): Promise<void> {
    const answer = await this.#calls.call('node/list_agents', {}, signal);
    if (answer === null) {
      throw signal.aborted
        ? new NetworkError('TIMEOUT', 'The Dawn node did not say in time what it offers.')
        : lost();
    }
    if ('failure' in answer) throw new NetworkError('LINK_LOST', answer.failure.message);
    if ('error' in answer) {
      throw new NetworkError('REFUSED', 'The Dawn node does not say what it offers.', {
        cause: answer.error,
      });
    }
    const heard = agentsHeard(answer.result, this.#socket.nodeId);
    if (heard === null) {
      throw new NetworkError('PROTOCOL', 'The Dawn node answered with something else than its agents.');
    }
    this.#heard = heard;
    this.#agents = heard.map(({ agent }) => agent);
  }

  open(name: AgentName): MessageChannel {
    const heard = this.#heard.find(({ agent }) => agent.name === name);
    if (heard === undefined) {
      throw new NetworkError('REFUSED', `The Dawn node has no agent called ${name}.`);
    }
    const channel = this.#open((theirs, ended) => {
      const { nodeId } = this.#socket;
      return new DawnMcpSession({ channel: theirs, calls: this.#calls, nodeId, heard, ended });
    });
    channel.onIdle = this.#onIdle;
    this.#channels.add(channel);
    return channel;
  }

  /** A channel each of whose lines is answered by itself, once the node has answered `node/get_info` in between. */
  openEcho(): MessageChannel {
    return this.#open((channel, ended) => new DawnEcho(channel, this.#calls, ended));
  }

  #open(
    session: (theirs: MessageChannel, ended: () => void) => { abort(error: Error): void },
  ): MessageChannel {
    if (this.#over) throw lost();
    if (this.#sessions.size >= MAX_SESSIONS) {
      throw new NetworkError('REFUSED', 'Too many channels to this Dawn node are open.');
    }
    const { peerId, encrypted } = this.#socket;
    const [ours, theirs] = inMemoryChannels({
      peerId,
      path: encrypted ? 'direct' : 'legacy',
      transport: 'websocket',
    });
    const opened = session(theirs, () => {
      this.#sessions.delete(opened);
      this.#channels.delete(ours);
      this.#onIdle();
    });
    this.#sessions.add(opened);
    return ours;
  }

  #ended(error: Error | null): void {
    if (this.#over) return;
    this.#over = true;
    this.#calls.end();
    const why = error ?? lost();
    // After what the calls said to those who waited for their turn.
    setImmediate(() => {
      for (const session of [...this.#sessions]) session.abort(why);
      this.#onIdle();
    });
  }
}

const lost = (): NetworkError => new NetworkError('LINK_LOST', 'The link to the Dawn node was lost.');
