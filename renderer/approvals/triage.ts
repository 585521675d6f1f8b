/** What a key means on the list of what waits. Pure. */
export type TriageAct =
  | 'next'
  | 'previous'
  | 'allow'
  | 'deny'
  | 'later'
  | 'edit'
  | 'undo'
  | 'select'
  | 'allow-batch'
  | 'deny-batch'
  | 'later-batch'
  | 'help';

const plain = new Map<string, TriageAct>(
  Object.entries({
    j: 'next',
    ArrowDown: 'next',
    k: 'previous',
    ArrowUp: 'previous',
    a: 'allow',
    d: 'deny',
    l: 'later',
    e: 'edit',
    u: 'undo',
    x: 'select',
    '?': 'help',
  } as const),
);
const shifted = new Map<string, TriageAct>(
  Object.entries({
    A: 'allow-batch',
    D: 'deny-batch',
    L: 'later-batch',
    '?': 'help',
  } as const),
);

export interface Pressed {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly repeat: boolean;
}

/** Null: the key means nothing here. A key that is held down only ever moves. */
export function triageOf(pressed: Pressed): TriageAct | null {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return null;
  const act = (pressed.shiftKey ? shifted : plain).get(pressed.key) ?? null;
  if (pressed.repeat && act !== 'next' && act !== 'previous') return null;
  return act;
}

export const triageHelp: readonly { readonly keys: readonly string[]; readonly meaning: string }[] = [
  { keys: ['j', '↓'], meaning: 'The next card' },
  { keys: ['k', '↑'], meaning: 'The card before' },
  { keys: ['a'], meaning: 'Allow once; release an answer. Only a card that is wholly in sight' },
  { keys: ['d'], meaning: 'Deny; refuse an answer' },
  { keys: ['l'], meaning: 'Later: in 5 minutes' },
  { keys: ['e'], meaning: 'Edit, then allow; redact an answer' },
  { keys: ['u'], meaning: 'Undo, until it is carried out' },
  { keys: ['x'], meaning: 'Select, for a batch' },
  { keys: ['⇧A', '⇧D', '⇧L'], meaning: 'Allow, deny or put off those selected, or those like this one' },
  { keys: ['?'], meaning: 'This list' },
];

/** Keys of a field, or of a menu, are its own. */
export const takesKeys = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  target.closest(
    'input:not([type="checkbox"]), textarea, select, [contenteditable="true"], [role="menu"], dialog',
  ) !== null;
