// The bar that is always there: range, environment and time zone of all that
// is below it.

import { useMedia } from '../lib/theme';
import { RANGES, sharedParams, type NamedRange, type Range }
  from '../lib/shared';
import { addDays, formatDays } from '../lib/time';
import { RANGE_NAMES } from '../lib/words';
import { Button, Segments, Select, type Option } from '../ui/controls';
import { DateRange } from '../ui/dates';
import { Bookmark } from '../ui/icons';
import type { ThemeState } from '../lib/theme';
import { EndButtons } from './end_buttons';
import { useHere } from './here';
import { Jump } from './jump';
import { useLedger, type Ledger } from './ledger';
import { Brand, Drawer } from './rail';

type RangeChoice = NamedRange | 'custom';

const RANGE_OPTIONS: Option<RangeChoice>[] = [
  ...RANGES.map((value) => ({ value, label: RANGE_NAMES[value] })),
  { value: 'custom', label: 'Custom' },
];

/** Where the ranges fit in one line. */
const wide = matchMedia('(min-width: 76rem)');

interface Props {
  theme: ThemeState;
  reload: () => void;
  /** Saves or shares what is on the page. */
  keep: () => void;
}

export function Bar({ theme, reload, keep }: Props) {
  return (
    <header class="bar">
      <div class="bar-brand">
        <Drawer />
        <Brand />
      </div>
      <Choices />
      <div class="bar-end">
        <div class="bar-jump"><Jump /></div>
        <Button kind="icon" onClick={keep} label="Save or share this view">
          <Bookmark />
        </Button>
        <EndButtons reload={reload} theme={theme} />
      </div>
    </header>
  );
}

function Choices() {
  const { shared, change } = useHere();
  const { data } = useLedger();
  const RangeControl = useMedia(wide) ? Segments : Select;
  const { range, environment } = shared;
  const onRange = (wanted: Range, refine = false) =>
    change(sharedParams({ ...shared, range: wanted }), refine);
  return (
    <form class="choices" aria-label="Range and environment"
      onSubmit={(event) => event.preventDefault()}>
      <RangeControl label="Range" options={RANGE_OPTIONS}
        value={typeof range === 'string' ? range : 'custom'}
        onChange={(choice) =>
          onRange(choice === 'custom' ? shownDays(data) : choice)} />
      {typeof range !== 'string' && (
        <DateRange first={range.from} last={addDays(range.to, -1)}
          onChange={(first, last) =>
            onRange({ from: first, to: addDays(last, 1) }, true)} />
      )}
      <Select label="Environment" value={environment}
        options={environmentOptions(environment, data)}
        onChange={(wanted) =>
          change(sharedParams({ ...shared, environment: wanted }))} />
      <p class="bar-note">
        {typeof range === 'string' && (
          <span class="bar-days">
            {data ? formatDays(data.first, data.last)
              : <span class="pending" aria-hidden="true" />}
          </span>
        )}
        <span class="zone" title={'Days and hours are those of the reporting ' +
          'time zone (timezone in toll.yaml)'}>
          {data ? data.zone : <span class="pending" aria-hidden="true" />}
        </span>
      </p>
    </form>
  );
}

function environmentOptions(chosen: string, data: Ledger | null):
  Option<string>[] {
  const names = new Set(data?.environments ?? ['production']);
  if (chosen !== '*') {
    names.add(chosen);
  }
  return [
    ...[...names].map((value) => ({
      value,
      label: value.charAt(0).toUpperCase() + value.slice(1),
    })),
    { value: '*', label: 'All environments' },
  ];
}

/** A range of one's own begins as the one on the page. */
function shownDays(data: Ledger | null): { from: string; to: string } {
  if (data) {
    return { from: data.first, to: addDays(data.last, 1) };
  }
  const today = new Date().toISOString().slice(0, 10);
  return { from: addDays(today, -6), to: addDays(today, 1) };
}
