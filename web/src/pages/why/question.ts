// The question that the address of the page puts.

import { apiPath } from '../../api/fetch';
import { rangeQuery } from '../../api/query';
import type { Here } from '../../frame/here';
import { oneName } from '../../lib/filter';
import { environmentFilter } from '../../lib/shared';

/** By what places are told: features, and within one feature its customers,
 *  unless the address says. */
export function placesBy(params: URLSearchParams, where: readonly string[]):
  string {
  return params.get('by') ??
    (oneName(where, 'feature') === null ? 'feature' : 'customer');
}

/** The question as the address puts it: around a moment, or of a period. */
export function explainPath(route: string, { shared, params }: Here,
  where: readonly string[], by = params.get('by')): string {
  const at = params.get('at');
  return apiPath(route, {
    ...(at ? { at } : rangeQuery(shared.range)),
    vs: at ? null : params.get('vs'),
    by,
    where: [...environmentFilter(shared.environment), ...where],
  });
}
