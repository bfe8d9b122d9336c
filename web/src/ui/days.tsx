// Questions that have days of their own, such as an experiment's or the last
// 28 complete ones, look at those unless the reader wants the range of the bar.

import { rangeQuery } from '../api/query';
import type { Query } from '../api/fetch';
import { useHere } from '../frame/here';
import { environmentFilter } from '../lib/shared';
import { Segments } from './controls';

/** What a route is asked with: the range, if it is to be kept to, and the
 *  environment. */
export function useDays(): Query & { where: readonly string[] } {
  const { params, shared } = useHere();
  return {
    ...(params.get('days') === 'range' ? rangeQuery(shared.range) : {}),
    where: environmentFilter(shared.environment),
  };
}

/** `own` says what is looked at unless the range is. */
export function DaysChoice({ own }: { own: string }) {
  const { params, change } = useHere();
  return (
    <Segments label="Days" value={params.get('days') === 'range' ? 'range' : ''}
      options={[{ value: '', label: own },
        { value: 'range', label: 'Range above' }]}
      onChange={(days) => change({ days })} />
  );
}
