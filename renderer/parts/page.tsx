import type { ReactNode } from 'react';

/** The top of a page: its name, a sentence of numbers, and its actions. */
export function PageHead({
  title,
  note,
  children,
}: {
  title: string;
  note?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <header className="flex min-h-12 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2 mid:px-5">
      <h1 className="text-lg font-semibold">{title}</h1>
      {note === undefined ? null : <p className="numbers min-w-0 text-dim">{note}</p>}
      <div className="ml-auto flex flex-wrap items-center gap-2">{children}</div>
    </header>
  );
}

/** Said where there is nothing: what is, what follows, what to do. */
export function Empty({ icon, title, children }: { icon?: ReactNode; title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center justify-center gap-2 px-6 py-12 text-center">
      <div className="text-strong-line" aria-hidden>
        {icon}
      </div>
      <h2 className="font-semibold">{title}</h2>
      <div className="flex max-w-110 flex-col items-center gap-3 text-dim">{children}</div>
    </div>
  );
}

/** A quiet box with a heading. */
export function Section({
  title,
  note,
  action,
  children,
}: {
  title: string;
  note?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className="flex flex-col gap-2" aria-label={title}>
      <div className="flex min-h-6 items-baseline gap-2">
        <h2 className="font-semibold">{title}</h2>
        {note === undefined ? null : <span className="numbers text-sm text-dim">{note}</span>}
        <span className="ml-auto">{action}</span>
      </div>
      {children}
    </section>
  );
}

export function Card({ children, className = '' }: { children: ReactNode; className?: string }) {
  return <div className={`rounded-md border border-line bg-surface ${className}`}>{children}</div>;
}

/** A name and its value in two columns. */
export function Facts({ children }: { children: ReactNode }) {
  return (
    <dl className="grid grid-cols-[minmax(88px,auto)_minmax(0,1fr)] items-start gap-x-4 gap-y-1.5">
      {children}
    </dl>
  );
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-dim">{name}</dt>
      <dd className="numbers min-w-0 break-words">{children}</dd>
    </>
  );
}
