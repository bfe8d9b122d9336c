// What a customer brings, beside what it costs.

import { anyOf } from '../../api/query';
import { reportPath, type Report, type Usd } from '../../api/report';
import { useHere } from '../../frame/here';
import { formatRatio } from '../../lib/format';
import { parseUsd } from '../../lib/money';
import { useApi } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { Money } from '../../ui/numbers';
import { Tile, Tiles } from '../../ui/tiles';

/** Of a customer without calls and revenue there is the sentence alone. */
interface Margin extends Report {
  customers?: CustomerRow[];
}

interface CustomerRow {
  customer: string;
  segment: string;
  tier: string;
  revenue: Usd | null;
  margin: Usd | null;
  cost_of_revenue: number | null;
}

export function MarginTiles({ name }: { name: string }) {
  const { shared } = useHere();
  const margin = useApi<Margin>(reportPath('customers', shared,
    { where: [anyOf('customer', [name])] }));
  return (
    <Loaded of={margin} height={84}>
      {({ customers = [] }) => <MarginOf row={customers.find((row) =>
        row.customer === name)} />}
    </Loaded>
  );
}

function MarginOf({ row }: { row: CustomerRow | undefined }) {
  const revenue = row?.revenue ?? null;
  const left = row?.margin ?? null;
  return (
    <Tiles label="Cost against revenue">
      <Tile name="Revenue in this range">
        {revenue === null ? 'not stated' : <Money amount={revenue} />}
      </Tile>
      <Tile name="Margin" tone={left !== null && parseUsd(left) < 0n
        ? 'bad' : undefined}>
        {left === null ? '–' : <Money amount={left} />}
      </Tile>
      <Tile name="Cost of revenue">
        {formatRatio(row?.cost_of_revenue ?? null)}
      </Tile>
      <Tile name="Tier">{row?.tier || '–'}</Tile>
      <Tile name="Segment">{row?.segment || '–'}</Tile>
    </Tiles>
  );
}
