// Amounts side by side: a name, a bar, a number, a row each.  Plain elements,
// so that the names can be links.

import type { ComponentChildren } from 'preact';
import { useContext } from 'preact/hooks';

import { colorOf, type Tone } from '../charts/palette';
import { ThemeContext } from './theme';

export interface BarLine {
  key: string;
  name: ComponentChildren;
  /** For the length of the bar. */
  length: number;
  value: ComponentChildren;
  note?: ComponentChildren;
  tone?: Tone;
}

interface Props {
  label: string;
  lines: BarLine[];
  /** The length of a full bar; the longest one unless said. */
  whole?: number;
}

export function BarList({ label, lines, whole }: Props) {
  const { dark } = useContext(ThemeContext);
  const longest = whole ?? Math.max(...lines.map((line) => line.length), 0);
  return (
    <ul class="barlist" aria-label={label}>
      {lines.map(({ key, name, length, value, note, tone = 0 }) => (
        <li key={key}>
          <span class="barlist-name">{name}</span>
          <span class="barlist-value">{value}</span>
          <span class="barlist-track" aria-hidden="true">
            <span class="barlist-bar" style={{
              width: longest > 0 ? `${(length / longest) * 100}%` : '0%',
              backgroundColor: colorOf(tone, dark),
            }} />
          </span>
          {note !== undefined && <span class="barlist-note">{note}</span>}
        </li>
      ))}
    </ul>
  );
}
