import { streamPair } from '@libp2p/utils';
import { createOutgoing, type Outgoing } from '../../../../../main/host/calls/index.ts';
import { createGate, type Gate } from '../../../../../main/host/gate/index.ts';
import { StreamChannel } from '../../../../../main/host/network/channels/message-channel.ts';
import { MovingChannel } from '../../../../../main/host/network/channels/moving-channel.ts';
import { NetworkError } from '../../../../../main/host/network/index.ts';
import type { CallView } from '../../../../../shared/calls.ts';
import type { Answer, ApprovalView } from '../../../../../shared/gate.ts';
import { AgentName, CallId, PeerId } from '../../../../../shared/ids.ts';
import type { Path, Trust } from '../../../../../shared/peers.ts';
import { noReceipts } from '../../../../fixtures/no-receipts.ts';
import { McpFarEnd } from '../../../../fixtures/mcp-far-end.ts';

export const ada = PeerId.parse('12D3KooWMvPXYR7kkC1XSZzjFTyuTYGWE4bzTQbLbTt3jMdJFQe6');
export const files = AgentName.parse('files');

export interface Link {
  readonly near: MovingChannel;
  readonly far: McpFarEnd<MovingChannel>;
}

export async function aLink(path: Path, tools: Record<string, object> = {}): Promise<Link> {
  const [near, far] = await streamPair({ capacity: 4 });
  const options = {
    route: { peerId: ada, path, transport: 'tcp' },
    budget: null,
    linkOpen: () => true,
  } as const;
  return {
    near: new MovingChannel(new StreamChannel(near, options)),
    far: new McpFarEnd(new MovingChannel(new StreamChannel(far, options)), path, tools),
  };
}

export class World {
  readonly gate: Gate;
  readonly outgoing: Outgoing;
  /** The links that the network gives, in this order. */
  readonly offers: Link[];
  opened = 0;
  /** What became of each call, as it was recorded. */
  readonly records = new Map<number, CallView[]>();
  readonly settings = {
    approvalSeconds: 300,
    executionSeconds: 60,
    trustedMayRead: false,
    questionsPerPeer: 8,
    quietHours: null,
    doNotDisturbUntil: null,
    budget: null,
  };
  trust: Trust = 'known';
  #asked: ((approval: ApprovalView) => void) | null = null;

  constructor(offers: Link[]) {
    this.offers = offers;
    this.gate = createGate(
      {},
      {
        rules: { list: () => [], commit: () => 1, version: () => 0, history: () => [] },
        pins: { get: () => null, pinned: () => null, put: () => undefined, removeAgent: () => undefined },
        usage: { list: () => [], add: () => undefined },
        budgets: () => new Map(),
        past: { count: () => ({ allowed: 0, denied: 0 }) },
        settings: () => this.settings,
      },
    );
    this.gate.on('approval', (_id, view) => {
      if (view !== null) this.#asked?.(view);
    });
    let lastId = 0;
    const calls = {
      nextId: () => CallId.parse((lastId += 1)),
      put: (view: CallView) => {
        this.records.set(view.id, [...(this.records.get(view.id) ?? []), view]);
      },
    };
    this.outgoing = createOutgoing({
      network: {
        openMcp: async () => {
          const link = this.offers[this.opened];
          this.opened += 1;
          if (link === undefined) throw new NetworkError('UNREACHABLE', 'There is no other link.');
          return link.near;
        },
      },
      calls: calls as unknown as Parameters<typeof createOutgoing>[0]['calls'],
      gate: this.gate,
      peers: { trust: () => this.trust, notePaused: () => undefined },
      receipts: noReceipts,
    });
  }

  call(args: Record<string, unknown> = {}, signal?: AbortSignal): Promise<Record<string, unknown>> {
    return this.outgoing.call({ peerId: ada, agent: files, tool: 'write', arguments: args }, signal);
  }

  /** The next question. */
  asked(): Promise<ApprovalView> {
    const [waiting] = this.gate.approvals();
    if (waiting !== undefined) return Promise.resolve(waiting);
    return new Promise((resolve) => {
      this.#asked = resolve;
    });
  }

  async answer(answer: Answer): Promise<void> {
    const { id, digest } = await this.asked();
    this.gate.answer(id, digest, answer);
  }

  record(id = 1): CallView {
    const last = this.records.get(id)?.at(-1);
    if (last === undefined) throw new Error('nothing was recorded');
    return last;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.outgoing.stop();
    this.gate.stop();
  }
}

export const aWorld = async (...paths: Path[]): Promise<World> =>
  new World(await Promise.all(paths.map((path) => aLink(path))));

/** The link at a place in the order. */
export function linkAt(world: World, at: number): Link {
  const link = world.offers[at];
  if (link === undefined) throw new Error(`there is no link ${at}`);
  return link;
}

export { allowOnce as allow, denyOnce as deny } from '../../../../../shared/gate.ts';
