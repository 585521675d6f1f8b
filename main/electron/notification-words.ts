import type { WaitingApproval, WaitingForPerson, WaitingReview } from '../host/index.ts';
import { visibleText } from '../../shared/visible-text.ts';

/** What one notification says, and what can be done from it. */
export interface Words {
  readonly title: string;
  readonly body: string;
  /** The one question that can be allowed or denied from it; null: it only leads to the page. */
  readonly question: { readonly id: string; readonly digest: string; readonly mayAllow: boolean } | null;
}

/** What waits of one peer. */
export interface OfPeer {
  readonly approvals: readonly WaitingApproval[];
  readonly reviews: readonly WaitingReview[];
}

const LONGEST_NAME = 60;
/** What systems show of a notification without cutting it. */
const LONGEST_WHOLE = 180;
const MOST_LINES = 3;
/** Of the arguments: names and values. So much is read before it is allowed. */
const LONGEST_ARGUMENTS = 100;
/** With what a text could be more, or less, than it seems: escapes, what `plainText` replaces, and gaps. */
const NOT_PLAIN = /[\\<>&‹›＆]| {2}/u;

/** What waits and is to be told, by peer. */
export function byPeer({ approvals, reviews }: WaitingForPerson): Map<string, OfPeer> {
  const peers = new Map<string, { approvals: WaitingApproval[]; reviews: WaitingReview[] }>();
  const of = (peerId: string) => {
    const known = peers.get(peerId);
    if (known !== undefined) return known;
    const fresh = { approvals: [], reviews: [] };
    peers.set(peerId, fresh);
    return fresh;
  };
  for (const approval of approvals) if (!approval.putOff) of(approval.peerId).approvals.push(approval);
  for (const review of reviews) of(review.peerId).reviews.push(review);
  return peers;
}

export function wordsFor({ approvals, reviews }: OfPeer): Words {
  const [approval] = approvals;
  const [review] = reviews;
  if (approval !== undefined && approvals.length === 1 && review === undefined) return ofOne(approval);
  if (review !== undefined && reviews.length === 1 && approval === undefined) {
    return page(
      'An answer waits for you',
      `${review.agent} ▸ ${plainText(review.tool)} has answered ${plainText(review.who)}.`,
    );
  }
  const name = plainText(approval?.who ?? review?.who ?? '');
  const counts = [
    ...(approvals.length === 0 ? [] : [`${count(approvals.length, 'call')} of ${name}`]),
    ...(reviews.length === 0 ? [] : [`${count(reviews.length, 'answer')} to ${name}`]),
  ];
  const verb = approvals.length + reviews.length === 1 ? 'waits' : 'wait';
  return page('Calls wait for you', `${counts.join(' and ')} ${verb} for you in Gatehouse.`);
}

/** For more peers than are told of one by one. */
export function wordsForMany(all: readonly OfPeer[]): Words {
  const waiting = all.reduce((sum, { approvals, reviews }) => sum + approvals.length + reviews.length, 0);
  return page('Calls wait for you', `${waiting} calls of ${all.length} peers wait for you in Gatehouse.`);
}

const page = (title: string, body: string): Words => ({ title, body, question: null });
const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

function ofOne(approval: WaitingApproval): Words {
  const { id, digest, direction, who, agent, tool } = approval;
  const [name, what] = [plainText(who), `${agent} ▸ ${plainText(tool)}`];
  if (direction === 'out') {
    return page(
      'Your own call waits for you',
      `It goes to ${name}, ${what}, over a legacy link, whose answers are not encrypted.`,
    );
  }
  const whole = wholeCall(approval);
  return {
    title: 'A call waits for you',
    body: whole ?? `${name} wants to use ${what}.`,
    question: { id, digest, mayAllow: whole !== null },
  };
}

/**
 * The whole call in words, where nothing of it is left out, nothing of it hides, and it can be undone: only then may a
 * person allow it without having seen the page.
 */
function wholeCall(approval: WaitingApproval): string | null {
  const { who, peerId, agent, tool, path, risk, toolChanged, whole } = approval;
  if (whole === null || toolChanged || risk === 'destroys' || path === 'legacy') return null;
  // Names can be chosen by anybody, so the end of the id stands beside it.
  const lines = [
    `${plainText(who)} (…${peerId.slice(-8)}) wants to use ${agent} ▸ ${plainText(tool)}`,
    ...whole.map(({ name, json }) => `${plainText(name)}: ${plainText(json, LONGEST_WHOLE)}`),
    ...(whole.length === 0 ? ['without any arguments'] : []),
  ];
  const text = lines.join('\n');
  const argumentsOf = whole.map(({ name, json }) => name + json).join('');
  const parts = [who, tool, ...whole.flatMap(({ name, json }) => [name, json])];
  const isPlain = parts.every((part) => isPlainText(part)) && [who, tool].every(fitsAsName);
  return isPlain &&
    whole.every(({ name }) => fitsAsName(name)) &&
    lines.length <= MOST_LINES &&
    argumentsOf.length <= LONGEST_ARGUMENTS &&
    text.length <= LONGEST_WHOLE
    ? text
    : null;
}

const fitsAsName = (text: string): boolean => text.length <= LONGEST_NAME;
const isPlainText = (text: string): boolean =>
  !NOT_PLAIN.test(text) && !visibleText(text, { maxLength: LONGEST_WHOLE }).escaped;

/** Shows what would hide. Many Linux desktops read the body as markup; what a peer wrote must not become any. */
function plainText(raw: string, maxLength = LONGEST_NAME): string {
  const { text } = visibleText(raw, { maxLength });
  const unmarked = text.replaceAll('<', '‹').replaceAll('>', '›').replaceAll('&', '＆');
  // Isolated, so that a name written from right to left does not turn the sentence around.
  return `\u2068${unmarked}\u2069`;
}
