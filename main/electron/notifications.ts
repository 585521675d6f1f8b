import { Notification } from 'electron';
import type { WaitingForPerson } from '../host/index.ts';
import { byPeer, wordsFor, wordsForMany, type OfPeer, type Words } from './notification-words.ts';

export interface WaitingNotifications {
  /** Tells of what is new, takes back what no longer waits. */
  update(waiting: WaitingForPerson): void;
  /** Takes back all. */
  clear(): void;
}

export interface NotificationModules {
  readonly platform: NodeJS.Platform;
  readonly show: () => void;
  readonly isFocused: () => boolean;
  /** A clock that never jumps, in milliseconds. */
  readonly now: () => number;
  /** @throws where it no longer waits, or is another */
  readonly answer: (id: string, digest: string, answer: 'allow' | 'deny') => void;
}

/** More peers than this at once become one notification, so that nobody can flood the desktop. */
const MOST_PEERS = 3;
/** A peer that calls and withdraws again and again is heard once in this time. */
const HEARD_ONCE_MS = 60_000;
/** The key of that one; no peer id is like it. */
const MANY = 'many';

interface Shown {
  readonly notification: Notification;
  /** What it tells of. */
  readonly ids: ReadonlySet<string>;
  readonly body: string;
}

/**
 * Tells the person of what waits: one notification for each peer, which makes itself heard once, however many calls
 * follow. A click opens the page, where everything is shown in full. Where the system has buttons on notifications
 * (macOS and Windows), a single call can be denied there, and allowed if all of it is shown.
 */
export function setupNotifications(modules: NotificationModules): WaitingNotifications {
  const { platform, show, isFocused, now, answer } = modules;
  const shown = new Map<string, Shown>();
  const heardAt = new Map<string, number>();
  const hasButtons = platform === 'darwin' || platform === 'win32';

  const close = (key: string): void => {
    shown.get(key)?.notification.close();
    shown.delete(key);
  };

  const give = ({ id, digest }: NonNullable<Words['question']>, kind: 'allow' | 'deny'): void => {
    try {
      answer(id, digest, kind);
    } catch {
      // It is not the one that was told of, or is gone: the page says what there is.
      show();
    }
  };

  const notify = (key: string, { title, body, question }: Words, ids: ReadonlySet<string>): void => {
    for (const [known, at] of heardAt) if (now() - at >= HEARD_ONCE_MS) heardAt.delete(known);
    const silent = shown.has(key) || heardAt.has(key);
    if (!silent) heardAt.set(key, now());
    close(key);
    const buttons: ('allow' | 'deny' | 'show')[] =
      question === null || !hasButtons ? [] : question.mayAllow ? ['allow', 'deny'] : ['show', 'deny'];
    const notification = new Notification({
      title,
      body,
      silent,
      actions: buttons.map((kind) => ({ type: 'button' as const, text: LABELS[kind] })),
    });
    notification.on('click', show);
    notification.on('action', ({ actionIndex }) => {
      const kind = buttons[actionIndex];
      if (kind === 'show' || kind === undefined || question === null) show();
      else give(question, kind);
    });
    notification.show();
    shown.set(key, { notification, ids, body });
  };

  const tell = (key: string, ofPeers: readonly OfPeer[], words: Words): void => {
    const ids = new Set(
      ofPeers.flatMap(({ approvals, reviews }) => [...approvals, ...reviews].map(({ id }) => id)),
    );
    const known = shown.get(key);
    const isNew = [...ids].some((id) => known?.ids.has(id) !== true);
    if (known !== undefined && !isNew && known.body === words.body) return;
    notify(key, words, ids);
  };

  return {
    update(waiting) {
      const peers = byPeer(waiting);
      const wanted = peers.size > MOST_PEERS ? new Set([MANY]) : new Set(peers.keys());
      for (const key of shown.keys()) if (!wanted.has(key)) close(key);
      // Who looks at the window sees it there; who is not to be disturbed is not.
      if (waiting.quiet || isFocused() || !Notification.isSupported()) {
        for (const [key, { ids }] of shown) if (!waitsStill(peers, ids)) close(key);
        return;
      }
      if (peers.size > MOST_PEERS) tell(MANY, [...peers.values()], wordsForMany([...peers.values()]));
      else for (const [peerId, ofPeer] of peers) tell(peerId, [ofPeer], wordsFor(ofPeer));
    },
    clear() {
      for (const key of shown.keys()) close(key);
    },
  };
}

const LABELS = { allow: 'Allow', deny: 'Deny', show: 'Show' } as const;

/** Whether all that a notification tells of still waits; what it says would be wrong otherwise. */
function waitsStill(peers: ReadonlyMap<string, OfPeer>, ids: ReadonlySet<string>): boolean {
  const now = new Set(
    [...peers.values()].flatMap(({ approvals, reviews }) => [...approvals, ...reviews].map(({ id }) => id)),
  );
  return [...ids].every((id) => now.has(id));
}
