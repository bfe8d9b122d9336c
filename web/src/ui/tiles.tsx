// Figures that a page begins with.

import type { ComponentChildren } from 'preact';

import { formatChange } from '../lib/format';
import { toFloat, type Pico } from '../lib/money';

export function Tiles({ children, label }:
  { children: ComponentChildren; label?: string }) {
  return <dl class="tiles" aria-label={label}>{children}</dl>;
}

interface TileProps {
  name: string;
  /** What the figure is of, for who points at its name. */
  hint?: string;
  /** The figure; keeps its room while it is not there. */
  children: ComponentChildren;
  /** A line below: the change, the period, what it is held against. */
  below?: ComponentChildren;
  tone?: 'warn' | 'bad' | 'good' | undefined;
}

export function Tile({ name, hint, children, below, tone }: TileProps) {
  return (
    <div class={tone ? `tile ${tone}` : 'tile'}>
      <dt title={hint}>{name}</dt>
      <dd class="tile-figure">{children ?? <Pending />}</dd>
      {below !== undefined && <dd class="tile-below">{below}</dd>}
    </div>
  );
}

/** Keeps the room of a number that is on its way. */
export function Pending() {
  return <span class="pending" aria-hidden="true" />;
}

/** A change against another period.  Of costs, `up` is what one does not
 *  want; of what is neither good nor bad, say `neutral`. */
export function Delta({ now, before, neutral, of }: {
  now: Pico | number | null;
  before: Pico | number | null;
  neutral?: boolean;
  of?: string;
}) {
  const [a, b] = [asNumber(before), asNumber(now)];
  if (a === null || b === null || (a === 0 && b === 0)) {
    return <span class="delta">–</span>;
  }
  const way = b > a ? 'up' : b < a ? 'down' : 'same';
  const said = a === 0 ? 'new' : formatChange((b - a) / Math.abs(a));
  return (
    <span class={neutral ? 'delta' : `delta ${way}`}>
      <span aria-hidden="true">
        {way === 'up' ? '↑ ' : way === 'down' ? '↓ ' : ''}
      </span>
      {said}{of && <span class="delta-of"> {of}</span>}
    </span>
  );
}

function asNumber(value: Pico | number | null): number | null {
  return typeof value === 'bigint' ? toFloat(value) : value;
}
