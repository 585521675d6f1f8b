import { useEffect } from 'react';
import { useSessionState } from '../state/hooks.ts';

/** Puts the chosen theme on the document; `system` leaves it to the operating system. */
export function useTheme(): void {
  const theme = useSessionState((state) => state.live?.settings.theme ?? 'system');
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
  }, [theme]);
}
