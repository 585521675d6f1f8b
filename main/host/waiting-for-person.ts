import type { ApprovalView, ReviewView } from '../../shared/gate.ts';
import type { Gate } from './gate/index.ts';
import type { Peers } from './peers/index.ts';
import type { WaitingApproval, WaitingForPerson } from './index.ts';

/** Longest arguments that are told in full, in characters, and how many of them. */
const MAX_TEXT = 400;
const MAX_ARGUMENTS = 6;

interface Rooms {
  readonly gate: Pick<Gate, 'approvals' | 'reviews' | 'quietUntil' | 'on' | 'off'>;
  readonly peers: Pick<Peers, 'nameOf'>;
}

/** Tells a shell what waits for the person, now and whenever that changes. @returns ends it */
export function watchWaiting(
  { gate, peers }: Rooms,
  listener: (waiting: WaitingForPerson) => void,
): () => void {
  const tell = (): void =>
    listener({
      approvals: gate
        .approvals()
        // What is answered can be taken back for a moment, but it asks for nothing any more.
        .filter(({ answered }) => answered === null)
        .map((view) => approvalOf(view, peers.nameOf(view.peerId))),
      reviews: gate.reviews().map((view) => reviewOf(view, peers.nameOf(view.peerId))),
      quiet: gate.quietUntil() !== null,
    });
  const events = ['approval', 'review', 'quiet'] as const;
  for (const event of events) gate.on(event, tell);
  tell();
  return () => {
    for (const event of events) gate.off(event, tell);
  };
}

const approvalOf = (view: ApprovalView, who: string): WaitingApproval => ({
  id: view.id,
  digest: view.digest,
  direction: view.direction,
  peerId: view.peerId,
  who,
  agent: view.agent,
  tool: view.tool,
  path: view.path,
  risk: view.risk,
  toolChanged: view.toolChanged,
  putOff: view.laterUntil !== null,
  whole: wholeOf(view.arguments),
});

/** The arguments where they are few and short; null where something would have to be left out. */
function wholeOf(args: ApprovalView['arguments']): WaitingApproval['whole'] {
  const length = args.reduce((sum, { name, length: value }) => sum + name.length + value, 0);
  if (args.length > MAX_ARGUMENTS || length > MAX_TEXT) return null;
  if (args.some(({ preview, length: value }) => preview.length !== value)) return null;
  return args.map(({ name, preview }) => ({ name, json: preview }));
}

const reviewOf = (
  { id, peerId, agent, tool }: ReviewView,
  who: string,
): WaitingForPerson['reviews'][number] => ({
  id,
  peerId,
  who,
  agent,
  tool,
});
