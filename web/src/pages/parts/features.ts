// The features there are to choose from.

import { ask, queryPath, rowsOf } from '../../api/query';
import { useHere } from '../../frame/here';
import { environmentFilter } from '../../lib/shared';
import { useLoad, type Loading } from '../../ui/load';

const OFFERED = 200;

/** Those with calls in the last 90 days, dearest first; the untagged are
 *  none. */
export function useFeatures(): Loading<string[]> {
  const { environment } = useHere().shared;
  const question = {
    metrics: ['cost'], by: ['feature'], range: '90d', order: '-cost',
    limit: OFFERED,
    where: [...environmentFilter(environment), 'feature:!'],
  };
  return useLoad(queryPath(question), async (signal) =>
    rowsOf(await ask(question, signal)).map((row) => row.text('feature')));
}
