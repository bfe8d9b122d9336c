// Filters that hold, each with a button that takes it away.

import type { ComponentChildren } from 'preact';

import { Cross } from './icons';

export interface Chip {
  /** What the filter says, for the name of its button. */
  said: string;
  children: ComponentChildren;
  /** None where it stays. */
  remove?: (() => void) | undefined;
}

export function Chips({ label, chips }: { label: string; chips: Chip[] }) {
  if (chips.length === 0) {
    return null;
  }
  return (
    <ul class="chips" aria-label={label}>
      {chips.map((chip) => (
        <li key={chip.said} class="chip">
          <span class="chip-text">{chip.children}</span>
          {chip.remove && (
            <button type="button" onClick={chip.remove}
              aria-label={`Remove the filter ${chip.said}`}>
              <Cross />
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
