// What Explore shows, and by what.

import type { ExploreData } from '../../api/explore';
import { useHere } from '../../frame/here';
import { METRICS } from '../../lib/metrics';
import { GROUPS, type ExploreView, type Group } from '../../lib/view';
import { groupName, INTERVAL_NAMES } from '../../lib/words';
import { Select, Toggle, type Option } from '../../ui/controls';
import { useTags } from './tags';

const METRIC_OPTIONS: Option<string>[] = METRICS.map(({ name, label }) =>
  ({ value: name, label }));
export function Controls({ view, data }:
  { view: ExploreView; data: ExploreData | null }) {
  const groups = useGroups(view, data !== null);
  const { change } = useHere();
  const { metric, by, then, interval, compare } = view;
  return (
    <div class="controls">
      <Select label="Show" options={METRIC_OPTIONS} value={metric.name}
        onChange={(wanted) =>
          change({ metric: wanted === 'cost' ? null : wanted })} />
      <Select label="Group by" options={groups} value={by}
        onChange={(wanted) =>
          change({ by: wanted === 'feature' ? null : wanted })} />
      <Select<Group | ''> label="Then by" value={then ?? ''}
        options={[{ value: '', label: 'Nothing more' },
          ...groups.filter(({ value }) => value !== by)]}
        onChange={(wanted) => change({ then: wanted })} />
      <Select label="Interval" options={intervalOptions(data)}
        value={data && interval !== 'auto' &&
          !data.intervals.includes(interval) ? 'auto' : interval}
        onChange={(wanted) =>
          change({ interval: wanted === 'auto' ? null : wanted })} />
      <Toggle label="Compare with the period before" on={compare}
        onChange={(on) => change({ compare: on ? 'previous' : null })} />
    </div>
  );
}

/** All dimensions: those of every ledger, and the tags there are. */
function useGroups({ by, then }: ExploreView, ready: boolean):
  Option<Group>[] {
  const tags = useTags(ready);
  const chosen = [by, then].filter((one) => one !== null);
  return [...new Set<Group>([...GROUPS, ...tags, ...chosen])]
    .map((value) => ({ value, label: groupName(value) }));
}

function intervalOptions(data: ExploreData | null):
  Option<ExploreView['interval']>[] {
  return [
    { value: 'auto', label: 'Automatic' },
    ...(data?.intervals ?? []).map((value) => ({
      value, label: INTERVAL_NAMES[value],
    })),
  ];
}
