import { useEffect, useRef, useState } from 'react';

/** The value, but a new one at most every `everyMs` milliseconds; 0 means every one at once. */
export function useCalmed<T>(value: T, everyMs: number): T {
  const [held, setHeld] = useState(value);
  const latest = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => {
    latest.current = value;
    if (everyMs === 0 || timer.current !== null) return;
    timer.current = setTimeout(() => {
      timer.current = null;
      setHeld(latest.current);
    }, everyMs);
  }, [value, everyMs]);
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current);
      timer.current = null;
    },
    [],
  );
  return everyMs === 0 ? value : held;
}
