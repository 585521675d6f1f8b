import { useEffect, useEffectEvent, type RefObject } from 'react';
import type { Batch } from './batch-dialog.tsx';
import { takesKeys, triageOf, type TriageAct } from './triage.ts';

interface Triage {
  list: RefObject<HTMLElement | null>;
  /** The card that has the focus; null: none. */
  onBatch: (cardId: string | null, meant: Batch['meant']) => void;
  onHelp: () => void;
}

const batches: Partial<Record<TriageAct, Batch['meant']>> = {
  'allow-batch': 'allow',
  'deny-batch': 'deny',
  'later-batch': 'later',
};

/**
 * Moving between the cards, batches and help by key. Cards take their own keys. From outside of the list only moving
 * into it works, and help: what answers needs the focus on a card.
 */
export function useTriage({ list, onBatch, onHelp }: Triage): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const { target } = event;
    if (event.defaultPrevented || takesKeys(target) || !(target instanceof HTMLElement)) return;
    const isInside = list.current?.contains(target) === true;
    if (!isInside && target !== document.body && target.id !== 'page') return;
    const act = triageOf(event);
    if (act === null) return;
    const cards = [...(list.current?.querySelectorAll<HTMLElement>('[data-card]') ?? [])];
    const current = cards.findIndex((card) => card.contains(target));
    if (act === 'next' || act === 'previous') {
      // Arrows scroll what scrolls by itself.
      if (event.key.startsWith('Arrow') && target.closest('[role="region"][tabindex]') !== null) return;
      const next =
        cards[
          current === -1 ? 0 : Math.min(cards.length - 1, Math.max(0, current + (act === 'next' ? 1 : -1)))
        ];
      next?.focus({ preventScroll: true });
      next?.scrollIntoView({ block: 'nearest' });
    } else if (act === 'help') onHelp();
    else if (isInside && act in batches)
      onBatch(cards[current]?.dataset['card'] ?? null, batches[act] ?? null);
    else return;
    event.preventDefault();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event);
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, []);
}
