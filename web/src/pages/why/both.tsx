// Spend in both periods, day by day.

import { useEffect, useMemo } from 'preact/hooks';

import { apiPath } from '../../api/fetch';
import type { Explain } from '../../api/report';
import { loadSpend } from '../../api/spend';
import { useHere } from '../../frame/here';
import { addDays, daysOf } from '../../lib/time';
import { hasCome, useLoad } from '../../ui/load';
import { Failure } from '../../ui/states';
import { useMarks } from '../parts/marks';
import { SpendPanel } from '../parts/spend_panels';
import { GROUPS, type Group } from '../../lib/view';
import { oneOf } from '../../lib/shared';
import { oneName } from '../../lib/filter';

interface Props {
  data: Explain;
  where: string[];
  onCome: () => void;
}

export function BothPanel({ data, where, onCome }: Props) {
  const { environment } = useHere().shared;
  // Of one feature, it is its models that differ.
  const by: Group = data.by === 'feature' && oneName(where, 'feature') !== null
    ? 'model'
    : oneOf(GROUPS, data.by) ?? 'feature';
  const view = useMemo(() => {
    const before = daysOf(data.before_from, data.before_to, data.timezone);
    const after = daysOf(data.from, data.to, data.timezone);
    const range = {
      from: before.first < after.first ? before.first : after.first,
      to: addDays(before.last > after.last ? before.last : after.last, 1),
    };
    return { range, environment, by, interval: 'auto' as const, where };
  }, [data, environment, by, where.join('\n')]);
  const spend = useLoad(apiPath('both', { ...view.range, environment, by,
    where }), (signal) => loadSpend(view, signal));
  const { marks } = useMarks(oneName(where, 'feature') ?? undefined,
    view.range);
  const come = hasCome(spend);
  useEffect(() => {
    if (come) {
      onCome();
    }
  }, [come]);
  return spend.error
    ? <Failure error={spend.error} retry={spend.reload} />
    : <SpendPanel view={view} data={spend.data} marks={marks} />;
}
