import { CircleX } from 'lucide-react';

/** An error beside what caused it; announced when it appears. */
export function Problem({ text, className = '' }: { text: string | null; className?: string }) {
  return (
    <div role="alert" className={text === null ? 'hidden' : `flex items-start gap-2 text-bad ${className}`}>
      <CircleX size={15} aria-hidden className="mt-0.5 shrink-0" />
      <span className="min-w-0 break-words">{text}</span>
    </div>
  );
}
