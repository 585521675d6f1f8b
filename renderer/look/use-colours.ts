import { useEffect, useState } from 'react';

export const COLOURS = [
  'ground',
  'surface',
  'line',
  'strong-line',
  'text',
  'dim',
  'accent',
  'on-accent',
  'good',
  'bad',
  'wait-line',
] as const;
export type Colours = Record<(typeof COLOURS)[number], string>;

function read(): Colours {
  const style = getComputedStyle(document.documentElement);
  const entry = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ground: entry('ground'),
    surface: entry('surface'),
    line: entry('line'),
    'strong-line': entry('strong-line'),
    text: entry('text'),
    dim: entry('dim'),
    accent: entry('accent'),
    'on-accent': entry('on-accent'),
    good: entry('good'),
    bad: entry('bad'),
    'wait-line': entry('wait-line'),
  };
}

/** The theme's colours as the canvas needs them, read again when the theme changes. */
export function useColours(): Colours {
  const [colours, setColours] = useState(read);
  useEffect(() => {
    const update = () => setColours(read());
    const system = window.matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', update);
    const observer = new MutationObserver(update);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    update();
    return () => {
      system.removeEventListener('change', update);
      observer.disconnect();
    };
  }, []);
  return colours;
}
