// Estimates with their uncertainty: a point and its whiskers, a row each, on
// one scale.  Plain elements, with the numbers beside them.

import type { ComponentChildren } from 'preact';

export interface Interval {
  key: string;
  name: ComponentChildren;
  low: number | null;
  point: number | null;
  high: number | null;
  /** A wider interval behind it, such as one for any number of looks. */
  outer?: { low: number; high: number } | undefined;
  /** The estimate in words. */
  said: ComponentChildren;
  tone?: 'good' | 'bad' | undefined;
}

interface Props {
  label: string;
  rows: Interval[];
  /** Where nothing is different; drawn as a line if it is in view. */
  zero?: number;
  /** Numbers of the scale in words. */
  format: (value: number) => string;
}

export function Intervals({ label, rows, zero = 0, format }: Props) {
  const { begin, width } = extent(rows, zero);
  const place = (value: number) => ((value - begin) / width) * 100;
  const zeroAt = place(zero);
  return (
    <ul class="intervals" aria-label={label}>
      {rows.map((row) => (
        <li key={row.key} class={row.tone ? `iv-row ${row.tone}` : 'iv-row'}>
          <span class="iv-name">{row.name}</span>
          <span class="iv-track" aria-hidden="true">
            <span class="iv-zero" style={{ left: `${zeroAt}%` }} />
            {row.outer && (
              <Whisker kind="outer" from={place(row.outer.low)}
                to={place(row.outer.high)} />
            )}
            {row.low !== null && row.high !== null && (
              <Whisker kind="inner" from={place(row.low)}
                to={place(row.high)} />
            )}
            {row.point !== null && (
              <span class="iv-point" style={{ left: `${place(row.point)}%` }} />
            )}
          </span>
          <span class="iv-said">{row.said}</span>
        </li>
      ))}
      <li class="iv-row scale" aria-hidden="true">
        <span />
        <span class="iv-track">
          <span class="iv-tick" style={{ left: '0%' }}>{format(begin)}</span>
          <span class="iv-tick middle" style={{ left: `${zeroAt}%` }}>
            {zeroAt > 15 && zeroAt < 85 ? format(zero) : ''}
          </span>
          <span class="iv-tick end" style={{ left: '100%' }}>
            {format(begin + width)}
          </span>
        </span>
        <span />
      </li>
    </ul>
  );
}

function Whisker({ kind, from, to }:
  { kind: string; from: number; to: number }) {
  return <span class={`iv-whisker ${kind}`}
    style={{ left: `${from}%`, width: `${to - from}%` }} />;
}

/** All there is to draw, and a little room beyond it; nothing is beyond zero
 *  where all is on one side of it. */
function extent(rows: Interval[], zero: number):
  { begin: number; width: number } {
  const all = rows.flatMap((row) => [row.low, row.point, row.high,
    row.outer?.low, row.outer?.high, zero])
    .filter((value): value is number => typeof value === 'number');
  const low = Math.min(...all, zero);
  const high = Math.max(...all, zero);
  const room = (high - low) * 0.06 || 1;
  const begin = low < zero ? low - room : zero;
  const end = high > zero ? high + room : zero;
  return { begin, width: end - begin || 1 };
}
