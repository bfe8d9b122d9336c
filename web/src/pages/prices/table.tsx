// The price list: a row a price, with what was paid by it.

import { formatCompact } from '../../lib/format';
import { formatDay } from '../../lib/time';
import { unturned } from '../../lib/words';
import { Badge } from '../../ui/callout';
import { GroupName } from '../../ui/name';
import { Compact, Money } from '../../ui/numbers';
import { Table, type Column } from '../../ui/table';
import type { PriceList, PriceRow } from './answer';

export function PriceTable({ rows }: { rows: PriceRow[] }) {
  return <Table caption="Price list" rows={rows} columns={COLUMNS} />;
}

const COLUMNS: Column<PriceRow>[] = [
  { head: 'Model', text: true, cell: (row) => <Model row={row} /> },
  { head: 'Provider', text: true, cell: ({ provider }) =>
    <GroupName name={provider} /> },
  { head: 'Input', cell: (row) => priceOf(row, 'input') },
  { head: 'Cache read', cell: (row) => priceOf(row, 'cache_read') },
  { head: 'Output', cell: (row) => priceOf(row, 'output') },
  { head: 'Calls, 30 days', cell: ({ used }) =>
    (used ? <Compact n={used['30d'].requests} /> : '–') },
  { head: 'Spend, 30 days', cell: (row) => <Spend row={row} /> },
  { head: 'Besides', text: true, cell: (row) =>
    <span class="besides">{unturned(besides(row))}</span> },
];

function Model({ row }: { row: PriceRow }) {
  return (
    <span class="price-model" title={row.model}>
      <GroupName name={row.model} />
      {row.service_tier !== 'standard' && <Badge>{row.service_tier}</Badge>}
      <State row={row} />
    </span>
  );
}

function State({ row }: { row: PriceRow }) {
  if (!row.priced) {
    return <Badge tone="warn">no price</Badge>;
  }
  if (row.source === 'override') {
    return <Badge tone="info">your price</Badge>;
  }
  if (row.overridden_by !== null) {
    return <Badge>yours goes before</Badge>;
  }
  return row.in_force ? null : <Badge>not in force</Badge>;
}

/** As it is listed, to the last digit; a price of nothing is told as one. */
function priceOf(row: PriceRow, kind: string) {
  const price = row.priced ? row.prices[kind] : undefined;
  return price === undefined ? '–' : `$${cents(price)}`;
}

/** "3" as "3.00", "0.075" as it is. */
function cents(price: string): string {
  const [whole = '', rest = ''] = price.split('.');
  return `${whole}.${rest.padEnd(2, '0')}`;
}

function Spend({ row: { used, priced } }: { row: PriceRow }) {
  if (!used) {
    return <>–</>;
  }
  return <Money amount={priced ? used['30d'].cost : null} />;
}

const SHOWN = new Set(['input', 'cache_read', 'output']);
const NAMES: Record<string, string> = {
  cache_write: 'cache write',
  cache_write_1h: 'cache write, 1 h',
  reasoning: 'reasoning',
  input_audio: 'audio in',
  input_image: 'images in',
  output_audio: 'audio out',
  output_image: 'images out',
  web_search: '1,000 searches',
  request: '1,000 requests',
};

/** Why there is no price, or what else it has. */
function besides(row: PriceRow): string {
  if (!row.priced) {
    return row.unpriced;
  }
  const parts = Object.entries(row.prices)
    .filter(([kind]) => !SHOWN.has(kind))
    .map(([kind, price]) => `${NAMES[kind] ?? kind} $${cents(price)}`);
  if (row.prices_above && row.above_input_tokens !== undefined) {
    parts.push(`above ${formatCompact(row.above_input_tokens)} tokens ` +
      longer(row.prices_above));
  }
  if (row.daily_utc) {
    parts.push(`${row.daily_utc} UTC`);
  }
  if (row.from) {
    parts.push(`from ${formatDay(row.from.slice(0, 10))}`);
  }
  return parts.join(', ');
}

function longer(prices: PriceList): string {
  return ['input', 'output'].flatMap((kind) => {
    const price = prices[kind];
    return price === undefined ? [] : [`${kind} $${cents(price)}`];
  }).join(', ');
}
