import { useEffect, useState } from 'react';

/** The time, read again every `everyMs` milliseconds. Keep it in the smallest part that shows it. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
