import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';

/** A click meant for something else must not answer: Allow works only once the card has stood still this long. */
export const ARMING_MS = 600;
const WHOLLY = 0.99;

export interface Armed {
  /** By pointer: the card has been there, and has not moved, for the arming time. */
  readonly armed: boolean;
  /** By key: besides, all of it has been in sight as long. Null: it may; else why not, as a sentence. */
  readonly keyRefusal: () => string | null;
}

/** When a card may be allowed. `again`: a new value begins anew. */
export function useArmed(card: RefObject<HTMLElement | null>, again: unknown): Armed {
  const [armed, setArmed] = useState(false);
  const inSightSince = useRef<number | null>(null);

  useEffect(() => {
    const element = card.current;
    if (element === null) return undefined;
    let timer = setTimeout(() => setArmed(true), ARMING_MS);
    let place = placeOf(element);
    const watch = new ResizeObserver(() => {
      const now = placeOf(element);
      if (now === place) return;
      place = now;
      clearTimeout(timer);
      setArmed(false);
      timer = setTimeout(() => setArmed(true), ARMING_MS);
    });
    watch.observe(element);
    const list = element.closest('ol');
    if (list !== null) watch.observe(list);
    return () => {
      clearTimeout(timer);
      watch.disconnect();
      setArmed(false);
    };
  }, [card, again]);

  useEffect(() => {
    const element = card.current;
    if (element === null) return undefined;
    const watch = new IntersectionObserver(
      ([entry]) => {
        const whole = entry !== undefined && entry.intersectionRatio >= WHOLLY;
        if (!whole) inSightSince.current = null;
        else inSightSince.current ??= Date.now();
      },
      { threshold: [WHOLLY] },
    );
    watch.observe(element);
    return () => watch.disconnect();
  }, [card]);

  const keyRefusal = useCallback(() => {
    const element = card.current;
    if (element === null) return 'It is not shown.';
    if (inSightSince.current === null) {
      return element.offsetHeight > window.innerHeight - FRAME_PX
        ? 'This card is taller than the window. Read it, and use its button.'
        : 'Scroll until the whole card is in sight, then press the key.';
    }
    if (!armed || Date.now() - inSightSince.current < ARMING_MS)
      return 'It came into sight just now. Look, then press the key.';
    return null;
  }, [armed, card]);

  return { armed, keyRefusal };
}

/** Top line, page head and status line take about this much of the window's height. */
const FRAME_PX = 140;

const placeOf = (element: HTMLElement): string =>
  `${element.offsetTop.toString()} ${element.offsetHeight.toString()} ${element.offsetWidth.toString()}`;
