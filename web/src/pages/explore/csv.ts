// The table as a file.

import type { ExploreData, Value } from '../../api/explore';
import { exactUsd } from '../../lib/money';

/** In the words and the exactness of the API. */
export function csvOf({ view, rows }: ExploreData): (string | number)[][] {
  const { by, then, metric, compare } = view;
  const own = metric.name === 'cost' || metric.name === 'requests'
    ? []
    : [metric.name];
  const head = [by, ...(then ? [then] : []), 'cost', 'requests', ...own,
    'input_tokens', 'output_tokens', ...(compare ? ['before'] : [])];
  return [head, ...rows.map((row) => [
    row.name,
    ...(then ? [row.then ?? ''] : []),
    plain(row.cost),
    row.requests,
    ...own.map(() => plain(row.value)),
    row.input,
    row.output,
    ...(compare ? [plain(row.before ?? null)] : []),
  ])];
}

function plain(value: Value): string | number {
  return typeof value === 'bigint' ? exactUsd(value) : value ?? '';
}
