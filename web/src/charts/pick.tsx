// What can be done with periods that were selected in a chart.

import { useCallback, useEffect, useState } from 'preact/hooks';

import { Link, useHere } from '../frame/here';
import { sharedParams } from '../lib/shared';
import { addDays, formatDays, nextPeriod, type Interval }
  from '../lib/time';
import { Button } from '../ui/controls';
import { Cross } from '../ui/icons';

/** Days that were selected; `to` is the first that is not in. */
export interface Picked {
  from: string;
  to: string;
  /** The first and the last of the periods, both in. */
  shade: [first: number, last: number];
}

/** The selection in a chart over `periods`, to be forgotten when those
 *  change. */
export function usePick(interval: Interval, periods: string[]) {
  const [picked, setPicked] = useState<Picked | null>(null);
  useEffect(() => setPicked(null), [interval, periods]);
  const onPick = useCallback((first: number, last: number) => {
    const [a, b] = [periods[first], periods[last]];
    if (a !== undefined && b !== undefined) {
      setPicked({
        shade: [first, last],
        ...(interval === 'hour'
          ? { from: a.slice(0, 10), to: addDays(b.slice(0, 10), 1) }
          : { from: a, to: nextPeriod(interval, b) }),
      });
    }
  }, [interval, periods]);
  return { picked, onPick, clear: () => setPicked(null) };
}

interface Props {
  picked: Picked | null;
  clear: () => void;
  /** Filters of the chart, for the question why. */
  where?: string[];
}

export function PickBar({ picked, clear, where = [] }: Props) {
  const { change, shared } = useHere();
  if (!picked) {
    return null;
  }
  const { from, to } = picked;
  return (
    <div class="pick-bar" role="status">
      <strong>{formatDays(from, addDays(to, -1))}</strong>
      <Link class="button quiet primary" to="/why"
        params={{ range: null, from, to, where }}>
        Why?
      </Link>
      <Button kind="quiet" onClick={() =>
        change(sharedParams({ ...shared, range: { from, to } }))}>
        Zoom in
      </Button>
      <Button kind="quiet" label="Forget the selection" onClick={clear}>
        <Cross />
      </Button>
    </div>
  );
}
