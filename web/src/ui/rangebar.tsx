// An amount that is not sure, on a scale that its neighbours share: from the
// low case to the high one, with the expected one marked.  The numbers stand
// beside it.

interface Props {
  low: number;
  point: number;
  high: number;
  /** The end of the scale, which begins at zero. */
  max: number;
  tone?: 'good' | 'soft' | undefined;
}

export function RangeBar({ low, point, high, max, tone }: Props) {
  const place = (value: number) =>
    `${max > 0 ? Math.max(0, Math.min(1, value / max)) * 100 : 0}%`;
  return (
    <span class={tone ? `rangebar ${tone}` : 'rangebar'} aria-hidden="true">
      <span class="rangebar-span" style={{
        left: place(low),
        width: `max(3px, calc(${place(high)} - ${place(low)}))`,
      }} />
      <span class="rangebar-point" style={{ left: place(point) }} />
    </span>
  );
}
