import { Notification } from 'electron';
import type { WaitingApproval } from '../host/index.ts';
import { visibleText } from '../../shared/visible-text.ts';

export interface ApprovalNotifications {
  /** Tells of what is new, takes back what no longer waits. */
  update(waiting: readonly WaitingApproval[]): void;
  /** Takes back all. */
  clear(): void;
}

/** More than this at once become one notification, so that no peer can flood the desktop. */
const MOST_SHOWN = 3;
const LONGEST_NAME = 60;

/**
 * Tells the person of waiting approvals. A notification never decides: a click opens the page, where the
 * arguments are shown in full.
 */
export function setupNotifications(modules: {
  show: () => void;
  isFocused: () => boolean;
}): ApprovalNotifications {
  const { show, isFocused } = modules;
  const shown = new Map<string, Notification>();
  let known = new Set<string>();
  let many: Notification | null = null;

  const notify = (title: string, body: string): Notification => {
    const notification = new Notification({ title, body });
    notification.on('click', show);
    notification.show();
    return notification;
  };
  const close = (id: string): void => {
    shown.get(id)?.close();
    shown.delete(id);
  };
  const closeMany = (): void => {
    many?.close();
    many = null;
  };

  return {
    update(waiting) {
      const now = new Set(waiting.map(({ id }) => id));
      const fresh = waiting.filter(({ id }) => !known.has(id));
      known = now;
      for (const id of shown.keys()) if (!now.has(id)) close(id);
      if (now.size <= MOST_SHOWN) closeMany();
      // Who looks at the window sees it there.
      if (fresh.length === 0 || isFocused() || !Notification.isSupported()) return;
      if (now.size > MOST_SHOWN) {
        for (const id of shown.keys()) close(id);
        closeMany();
        many = notify('Calls wait for you', `${String(now.size)} calls wait for your answer in Gatehouse.`);
        return;
      }
      for (const approval of fresh) shown.set(approval.id, notify(...inWords(approval)));
    },
    clear() {
      for (const id of shown.keys()) close(id);
      closeMany();
      known = new Set();
    },
  };
}

function inWords({ direction, who, agent, tool }: WaitingApproval): [title: string, body: string] {
  const [name, what] = [plainText(who), `${agent} ▸ ${plainText(tool)}`];
  return direction === 'in'
    ? ['A call waits for you', `${name} wants to use ${what}.`]
    : [
        'Your own call waits for you',
        `It goes to ${name}, ${what}, over a legacy link, whose answers are not encrypted.`,
      ];
}

/** Shows what would hide. Many Linux desktops read the body as markup; what a peer wrote must not become any. */
function plainText(raw: string): string {
  const { text } = visibleText(raw, { maxLength: LONGEST_NAME });
  const unmarked = text.replaceAll('<', '‹').replaceAll('>', '›').replaceAll('&', '＆');
  // Isolated, so that a name written from right to left does not turn the sentence around.
  return `\u2068${unmarked}\u2069`;
}
