// What the reader can choose: range, grouping, interval, environment.

import type { SpendData } from '../api/spend';
import { useMedia } from '../lib/theme';
import { addDays } from '../lib/time';
import { GROUPS, RANGES, type Group, type Range, type View } from '../lib/url';
import { GROUP_NAMES, INTERVAL_NAMES, RANGE_NAMES } from '../lib/words';
import { Button, Segments, Select, type Option } from '../ui/controls';
import { DateRange } from '../ui/dates';
import { Reload } from '../ui/icons';
import type { Change } from './view';

type RangeChoice = Range | 'custom';

const RANGE_OPTIONS: Option<RangeChoice>[] = [
  ...RANGES.map((value) => ({ value, label: RANGE_NAMES[value] })),
  { value: 'custom', label: 'Custom' },
];
const GROUP_OPTIONS: Option<Group>[] =
  GROUPS.map((value) => ({ value, label: GROUP_NAMES[value] }));
const ENVIRONMENTS: Option<'production' | 'all'>[] = [
  { value: 'production', label: 'Production' },
  { value: 'all', label: 'All' },
];

/** Where the ranges fit in one line. */
const wide = matchMedia('(min-width: 64rem)');

interface Props {
  view: View;
  data: SpendData | null;
  change: Change;
  reload: () => void;
}

export function Controls({ view, data, change, reload }: Props) {
  const RangeControl = useMedia(wide) ? Segments : Select;
  const range = typeof view.range === 'string' ? view.range : 'custom';
  const onRange = (choice: RangeChoice) => {
    change({ range: choice === 'custom' ? shownDays(data) : choice });
  };
  return (
    <form class="controls" aria-label="What to show"
      onSubmit={(event) => event.preventDefault()}>
      <RangeControl label="Range" options={RANGE_OPTIONS} value={range}
        onChange={onRange} />
      {typeof view.range !== 'string' && (
        <DateRange first={view.range.from} last={addDays(view.range.to, -1)}
          onChange={(first, last) => change(
            { range: { from: first, to: addDays(last, 1) } }, true)} />
      )}
      <Select label="Group by" options={GROUP_OPTIONS} value={view.by}
        onChange={(by) => change({ by })} />
      <Select label="Interval" options={intervalOptions(data)}
        value={data && view.interval !== 'auto' &&
          !data.intervals.includes(view.interval) ? 'auto' : view.interval}
        onChange={(interval) => change({ interval })} />
      <Segments label="Environment" options={ENVIRONMENTS}
        value={view.all ? 'all' : 'production'}
        onChange={(choice) => change({ all: choice === 'all' })} />
      <Button kind="icon" onClick={reload} label="Load again">
        <Reload />
      </Button>
    </form>
  );
}

function intervalOptions(data: SpendData | null):
  Option<View['interval']>[] {
  return [
    { value: 'auto', label: 'Automatic' },
    ...(data?.intervals ?? []).map((value) => ({
      value, label: INTERVAL_NAMES[value],
    })),
  ];
}

/** A range of one's own begins as the one on the page. */
function shownDays(data: SpendData | null): { from: string; to: string } {
  if (data) {
    return { from: data.first, to: addDays(data.last, 1) };
  }
  const today = new Date().toISOString().slice(0, 10);
  return { from: addDays(today, -6), to: addDays(today, 1) };
}
