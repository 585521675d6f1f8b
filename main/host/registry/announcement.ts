import { z } from 'zod';
import { AgentName, PeerId, Time } from '../../../shared/ids.ts';
import { ANNOUNCEMENT_LIFETIME_MS, MAX_ANNOUNCEMENT_BYTES } from '../../../shared/wire.ts';
import { cutText } from '../cut-text.ts';
import { openSignedText, payloadOf, SignedTextError, signText, type Identity } from '../identity/index.ts';

/** Signed with the rest, so that no other text of this identity passes for an announcement. */
const TYPE = 'gatehouse-announcement+jws';
/** How far apart two clocks may be. */
const CLOCK_SKEW_MS = 5 * 60_000;
const MAX_DESCRIPTION = 300;
const MAX_VERSION = 100;
const MAX_TAGS = 16;
const MAX_TAG = 100;
/** As many names as the registry keeps. */
const MAX_TOOLS = 200;
const MAX_TOOL = 256;

const Issue = z.object({
  v: z.literal(1),
  peerId: PeerId,
  agent: AgentName,
  /** Counts up with each announcement of a peer, over restarts too; newest wins. */
  sequence: z.int().nonnegative(),
  issued: Time,
  expires: Time,
});

type Issue = z.infer<typeof Issue>;

/** What a peer says of one of its agents. Texts are hostile. */
const Told = Issue.extend({
  gone: z.literal(false).default(false),
  description: z.string().max(MAX_DESCRIPTION),
  version: z.string().max(MAX_VERSION),
  tools: z.array(z.string().min(1).max(MAX_TOOL)).max(MAX_TOOLS),
  /** Tools beyond those, which did not fit. */
  more: z.int().positive().optional(),
  tags: z.array(z.string().min(1).max(MAX_TAG)).max(MAX_TAGS),
});
/** A tombstone: the agent is not announced any more. */
const Gone = Issue.extend({ gone: z.literal(true) });

export const Announcement = z.union([Gone, Told]);
export type Announcement = z.infer<typeof Announcement>;

/** What an announcement is made of. Texts that are too long are cut. */
export interface Announced {
  readonly agent: AgentName;
  readonly description: string;
  readonly version: string;
  readonly tools: readonly string[];
  readonly tags: readonly string[];
}

export interface AnnouncementIssue {
  readonly sequence: number;
  readonly now: number;
}

/** Why an announcement does not count. `fault`: no honest peer would have passed it on. */
export class AnnouncementError extends Error {
  override readonly name = 'AnnouncementError';
  readonly code: 'TOO_LARGE' | 'BAD_SIGNATURE' | 'NOT_AN_ANNOUNCEMENT' | 'WRONG_PEER' | 'WRONG_TIME';
  readonly fault: boolean;
  constructor(code: AnnouncementError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.fault = code !== 'WRONG_TIME';
  }
}

/** Announces an agent: a compact JWS of at most {@link MAX_ANNOUNCEMENT_BYTES}, good for half an hour. */
export function announce(agent: Announced, issue: AnnouncementIssue, identity: Identity): string {
  const named = agent.tools.filter((name) => name !== '' && name.length <= MAX_TOOL);
  let tools = named.slice(0, MAX_TOOLS);
  for (;;) {
    const more = agent.tools.length - tools.length;
    const text = signText(
      {
        ...head(agent.agent, issue, identity),
        description: cutText(agent.description, MAX_DESCRIPTION),
        version: cutText(agent.version, MAX_VERSION),
        tools,
        ...(more > 0 ? { more } : {}),
        tags: agent.tags.slice(0, MAX_TAGS).map((tag) => cutText(tag, MAX_TAG)),
      },
      TYPE,
      identity,
    );
    if (Buffer.byteLength(text) <= MAX_ANNOUNCEMENT_BYTES || tools.length === 0) return text;
    tools = tools.slice(0, Math.floor(tools.length * 0.8));
  }
}

/** Says that an agent is not announced any more. */
export const tombstone = (agent: AgentName, issue: AnnouncementIssue, identity: Identity): string =>
  signText({ ...head(agent, issue, identity), gone: true }, TYPE, identity);

function head(agent: AgentName, issue: AnnouncementIssue, identity: Identity): Issue {
  const { sequence, now } = issue;
  const expires = now + ANNOUNCEMENT_LIFETIME_MS;
  return { v: 1, peerId: identity.peerId, agent, sequence, issued: now, expires };
}

/** What it claims, before anything is verified; null where nothing can be read. */
export function glanceAt(text: string): Issue | null {
  if (Buffer.byteLength(text) > MAX_ANNOUNCEMENT_BYTES) return null;
  return Issue.safeParse(payloadOf(text)).data ?? null;
}

/**
 * Checks that an announcement was signed by the peer that it speaks of, and that it is in force.
 * @throws {AnnouncementError}
 */
export function readAnnouncement(text: string, now: number = Date.now()): Announcement {
  if (Buffer.byteLength(text) > MAX_ANNOUNCEMENT_BYTES) {
    throw new AnnouncementError('TOO_LARGE', `An announcement has at most ${MAX_ANNOUNCEMENT_BYTES} bytes.`);
  }
  const { signer, value } = open(text);
  const parsed = Announcement.safeParse(value);
  if (!parsed.success) {
    throw new AnnouncementError('NOT_AN_ANNOUNCEMENT', 'This is no announcement that Gatehouse can read.', {
      cause: parsed.error,
    });
  }
  const { peerId, expires } = parsed.data;
  if (peerId !== signer) {
    throw new AnnouncementError('WRONG_PEER', 'It speaks of another peer than the one that signed it.');
  }
  if (expires <= now) throw new AnnouncementError('WRONG_TIME', 'The announcement has expired.');
  if (expires > now + ANNOUNCEMENT_LIFETIME_MS + CLOCK_SKEW_MS) {
    throw new AnnouncementError('WRONG_TIME', 'The announcement would be in force for too long.');
  }
  return parsed.data;
}

function open(text: string): ReturnType<typeof openSignedText> {
  try {
    return openSignedText(text, TYPE);
  } catch (cause) {
    if (!(cause instanceof SignedTextError)) throw cause;
    const code = cause.code === 'BAD_SIGNATURE' ? 'BAD_SIGNATURE' : 'NOT_AN_ANNOUNCEMENT';
    throw new AnnouncementError(code, cause.message, { cause });
  }
}
