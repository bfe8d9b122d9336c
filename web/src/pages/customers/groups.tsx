// Tiers or segments: their share of the cost beside that of the revenue.

import { useHere } from '../../frame/here';
import { formatRatio, plural } from '../../lib/format';
import { Segments } from '../../ui/controls';
import { Count, Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Table } from '../../ui/table';
import type { Customers, Group } from './report';

export function GroupsPanel({ report }: { report: Customers }) {
  const { params, change } = useHere();
  const by = params.get('group') === 'segment' ? 'segment' : 'tier';
  const rows = (by === 'tier' ? report.tiers : report.segments) ?? [];
  const has = report.revenue !== null;
  return (
    <Panel title={has ? 'Shares of both' : 'Shares of the cost'}
      actions={(
        <Segments label="Group" value={by}
          options={[{ value: 'tier', label: 'Tiers' },
            { value: 'segment', label: 'Segments' }]}
          onChange={(group) =>
            change({ group: group === 'tier' ? null : group })} />
      )}
      table={() => <GroupTable by={by} rows={rows} />}>
      <ul class="shares" aria-label={`Shares by ${by}`}>
        {rows.map((row) => <Share key={row.name} row={row} has={has} />)}
      </ul>
    </Panel>
  );
}

function Share({ row, has }: { row: Group; has: boolean }) {
  const { name, customers, share_of_cost: cost, share_of_revenue: revenue } =
    row;
  const dear = has && (cost ?? 0) > (revenue ?? 0) + 0.1;
  return (
    <li>
      <p class="shares-name">
        <span class="name">{name}</span>
        <span class="note">{plural(customers, 'customer')}</span>
      </p>
      <Bar kind={dear ? 'cost dear' : 'cost'} said="cost" share={cost} />
      {has && <Bar kind="revenue" said="revenue" share={revenue} />}
    </li>
  );
}

function Bar({ kind, said, share }:
  { kind: string; said: string; share: number | null }) {
  return (
    <p class={`shares-line ${kind}`}>
      <span class="shares-track" aria-hidden="true">
        <span class="shares-bar" style={{ width: `${(share ?? 0) * 100}%` }} />
      </span>
      <span class="shares-said">
        {formatRatio(share)} <span class="note">{said}</span>
      </span>
    </p>
  );
}

function GroupTable({ by, rows }: { by: string; rows: Group[] }) {
  return (
    <Table caption={`Shares by ${by}`} rows={rows} columns={[
      { head: by === 'tier' ? 'Tier' : 'Segment', cell: ({ name }) =>
        <span class="name">{name}</span> },
      { head: 'Customers', cell: ({ customers }) => <Count n={customers} /> },
      { head: 'Cost', cell: ({ cost }) => <Money amount={cost} /> },
      { head: 'Revenue', cell: ({ revenue }) => (revenue === null ? '–'
        : <Money amount={revenue} />) },
      { head: 'Margin', cell: ({ margin }) => (margin === null ? '–'
        : <Money amount={margin} />) },
      { head: 'A customer', cell: (row) =>
        <Money amount={row.cost_per_customer} /> },
    ]} />
  );
}
