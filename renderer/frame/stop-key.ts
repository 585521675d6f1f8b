/** The key for "Stop all". Pure. */
export const isMac = /mac/i.test(globalThis.navigator?.userAgent ?? '');
export const STOP_KEYS = isMac ? '⌘⇧.' : 'Ctrl ⇧ .';

type Pressed = Pick<KeyboardEvent, 'code' | 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey' | 'repeat'>;

/** By the key's place as well as by its sign, which with Shift is another one on most keyboards. */
export const isStopKey = (pressed: Pressed): boolean =>
  pressed.shiftKey &&
  (pressed.ctrlKey || pressed.metaKey) &&
  !pressed.altKey &&
  (pressed.code === 'Period' || pressed.key === '.');
