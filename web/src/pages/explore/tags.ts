// Tags to group by: those that calls bear.

import { apiPath } from '../../api/fetch';
import { rangeQuery } from '../../api/query';
import { useHere } from '../../frame/here';
import { environmentFilter } from '../../lib/shared';
import { isTag, type Group } from '../../lib/view';
import { useApi } from '../../ui/load';
import { useWhere } from '../parts/filters';

/** Enough calls to meet the tags that are in use; another one can still stand
 *  in the address. */
const LOOKED_AT = 100;

interface Tagged {
  events: { tags?: Record<string, string> }[];
}

/** As dimensions.  They wait until the page is `ready`: few look for them. */
export function useTags(ready: boolean): Group[] {
  const { range, environment } = useHere().shared;
  const where = useWhere();
  const { data } = useApi<Tagged>(ready ? apiPath('events', {
    ...rangeQuery(range),
    where: [...environmentFilter(environment), ...where],
    limit: LOOKED_AT,
  }) : null);
  const names = (data?.events ?? []).flatMap(({ tags = {} }) =>
    Object.keys(tags));
  return [...new Set(names)].sort().map((name) => `tag.${name}`).filter(isTag);
}
