import { Button as BaseButton } from '@base-ui/react/button';
import type { ComponentProps } from 'react';

export type ButtonKind = 'plain' | 'primary' | 'danger' | 'quiet';

const kinds: Record<ButtonKind, string> = {
  plain: 'border-strong-line/60 bg-raised text-text hover:bg-hover',
  primary: 'border-accent bg-accent text-on-accent hover:opacity-90',
  danger: 'border-bad/60 bg-raised text-bad hover:bg-bad-ground',
  quiet: 'border-transparent bg-transparent text-dim hover:bg-hover hover:text-text',
};

const shape =
  'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border text-base font-medium whitespace-nowrap ' +
  'transition-colors select-none data-disabled:opacity-50 data-disabled:pointer-events-none aria-disabled:opacity-60';

/** Classes of a button, for triggers of menus and dialogs that render their own element. */
export const buttonClass = (kind: ButtonKind = 'plain', size: 'normal' | 'small' = 'normal'): string =>
  `${shape} ${kinds[kind]} ${size === 'small' ? 'h-6 px-2 text-sm' : 'h-8 px-3'}`;

type ButtonProps = Omit<ComponentProps<typeof BaseButton>, 'className'> & {
  kind?: ButtonKind;
  size?: 'normal' | 'small';
  className?: string;
};

export function Button({ kind = 'plain', size = 'normal', className = '', ...rest }: ButtonProps) {
  return <BaseButton {...rest} className={`${buttonClass(kind, size)} ${className}`} />;
}

type IconButtonProps = Omit<ComponentProps<typeof BaseButton>, 'className' | 'aria-label'> & {
  label: string;
  className?: string;
};

/** A square button with an icon; its label is its accessible name and its tooltip. */
export function IconButton({ label, className = '', ...rest }: IconButtonProps) {
  return (
    <BaseButton
      {...rest}
      aria-label={label}
      title={label}
      className={`${shape} size-8 border-transparent text-dim hover:bg-hover hover:text-text ${className}`}
    />
  );
}
