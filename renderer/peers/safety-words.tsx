import { Section } from '../parts/page.tsx';

/** Six words of both keys. Whoever sits in the middle of the two has other keys, and so other words. */
export function SafetyWords({ words }: { words: readonly string[] }) {
  if (words.length === 0) return null;
  return (
    <Section title="Safety words">
      <ol className="grid grid-cols-3 gap-1.5" aria-label="Safety words">
        {words.map((word, index) => (
          <li
            key={`${word}-${index.toString()}`}
            className="rounded-sm border border-line bg-sunken px-2 py-1 text-center font-medium"
          >
            {word}
          </li>
        ))}
      </ol>
      <p className="text-sm text-dim">
        Read them to each other, by voice or face to face. Where both see the same six, nobody sits between
        you.
      </p>
    </Section>
  );
}
