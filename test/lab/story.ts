import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { standingWords } from '../../renderer/words/reachability.ts';
import type { LiveState } from '../../shared/live.ts';
import type { Machine } from './machine.ts';
import { HostPage, Peers, Status } from './page.ts';

/** What is told of reachability and of the paths to some peers, as far as a person sees it. */
interface Story {
  readonly headline: string;
  readonly consequence: string;
  readonly action: string | null;
  readonly peers: Readonly<
    Record<string, { readonly path: string | null; readonly why: string | null; readonly plain: boolean }>
  >;
}

const POLL_MS = 200;
const WITHIN_MS = 15_000;
const PLAIN = 'not Gatehouse';

/**
 * Says that the contract, `gatehouse status`, `gatehouse peers` and the page in a real browser tell the same of this
 * machine: its verdict, what follows, what to do, and by which path each of these peers is reached and why by no better.
 */
export async function expectOneStory(machine: Machine, peers: readonly Named[]): Promise<void> {
  const page = await HostPage.open(machine);
  try {
    const deadline = Date.now() + WITHIN_MS;
    for (;;) {
      // Things may change between two looks, so a moment is waited for at which they do not.
      const live = tell(machine.state, peers);
      const byCommand = await tellByCommand(machine, peers);
      const byPage = await tellByPage(page, live, peers);
      const settled = isDeepStrictEqual(tell(machine.state, peers), live);
      if (settled && isDeepStrictEqual(byCommand, live) && isDeepStrictEqual(byPage, live)) return;
      if (Date.now() > deadline) {
        expect(byCommand, 'what the command line tells').toEqual(live);
        expect(byPage, 'what the page tells').toEqual(live);
        throw new Error(`What ${machine.name} tells changes all the time.`);
      }
      await delay(POLL_MS);
    }
  } finally {
    await page.close();
  }
}

type Named = Pick<Machine, 'name' | 'peerId'>;

function tell(
  { reachability, peers: known }: Pick<LiveState, 'reachability' | 'peers'>,
  peers: readonly Named[],
): Story {
  const { verdict, consequence, action } = reachability;
  return {
    headline: standingWords[verdict].line,
    consequence,
    action,
    peers: Object.fromEntries(
      peers.map(({ name, peerId }) => {
        const peer = known[peerId];
        const [best] = peer?.links ?? [];
        return [
          name,
          { path: best?.path ?? null, why: peer?.pathNote ?? null, plain: peer?.speaksGatehouse === false },
        ];
      }),
    ),
  };
}

async function tellByCommand(machine: Machine, peers: readonly Named[]): Promise<Story> {
  const { reachability } = await machine.ask(Status, 'status');
  const known = await machine.ask(Peers, 'peers');
  return tell({ reachability, peers: Object.fromEntries(known.map((peer) => [peer.id, peer])) }, peers);
}

/** The page holds more than the story; a sentence that is awaited and not there is given as all that is there. */
async function tellByPage(page: HostPage, awaited: Story, peers: readonly Named[]): Promise<Story> {
  const { line, all } = await page.reachability();
  const told: Record<string, Story['peers'][string]> = {};
  for (const { name, peerId } of peers) {
    const panel = await page.peer(peerId);
    const why = awaited.peers[name]?.why ?? null;
    told[name] = { path: panel.path, why: within(panel.all, why), plain: panel.all.includes(PLAIN) };
  }
  return {
    headline: line,
    consequence: within(all, awaited.consequence) ?? '',
    action: within(all, awaited.action),
    peers: told,
  };
}

const within = (all: string, sentence: string | null): string | null =>
  sentence === null || all.includes(sentence) ? sentence : all;
