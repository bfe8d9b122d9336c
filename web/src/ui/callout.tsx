// Something that the reader should see, in a box of its own.

import type { ComponentChildren } from 'preact';

import { Info, Tick, Warning } from './icons';

export type Tone = 'info' | 'good' | 'warn' | 'bad';

interface Props {
  tone?: Tone;
  title: ComponentChildren;
  children?: ComponentChildren;
  /** What to do, at the right. */
  actions?: ComponentChildren;
}

export function Callout({ tone = 'info', title, children, actions }: Props) {
  return (
    <div class={`callout ${tone}`}>
      {ICONS[tone]()}
      <div class="callout-text">
        <p class="callout-title">{title}</p>
        {children}
      </div>
      {actions && <div class="callout-actions">{actions}</div>}
    </div>
  );
}

const ICONS: Record<Tone, () => preact.JSX.Element> = {
  info: Info,
  good: Tick,
  warn: Warning,
  bad: Warning,
};

/** A word in a coloured box: a state, a severity. */
export function Badge({ tone, children }:
  { tone?: Tone | undefined; children: ComponentChildren }) {
  return <span class={tone ? `badge ${tone}` : 'badge'}>{children}</span>;
}
