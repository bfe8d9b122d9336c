// Customers in tables: those that are dear, and all of them.

import { formatCount, formatRatio } from '../../lib/format';
import { parseUsd } from '../../lib/money';
import { Count, Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { ScopeLink } from '../../ui/scope';
import { Empty } from '../../ui/states';
import { Table, type Column } from '../../ui/table';
import type { Customer } from './report';

export function DearPanel({ rows }: { rows: Customer[] }) {
  return (
    <Panel title="Dear for what they bring"
      note="their calls cost over half of it; worst first">
      {rows.length === 0
        ? (
          <Empty title="None of them">
            No customer costs more than half of what it brings.
          </Empty>
        )
        : <CustomerTable caption="Dear for what they bring" rows={rows} />}
    </Panel>
  );
}

export function AllPanel({ rows, total }:
  { rows: Customer[]; total: number }) {
  const named = rows.filter(({ customer }) => customer !== '').length;
  return (
    <Panel title="All customers" note={named < total
      ? `the ${formatCount(named)} dearest of ${formatCount(total)}`
      : `${formatCount(total)}, dearest first`}>
      <CustomerTable caption="All customers" rows={rows} tall />
    </Panel>
  );
}

interface Props {
  caption: string;
  rows: Customer[];
  tall?: boolean;
}

export function CustomerTable({ caption, rows, tall = false }: Props) {
  return <Table caption={caption} rows={rows} columns={COLUMNS} tall={tall} />;
}

const money = (usd: string | null) =>
  (usd === null ? '–' : <Money amount={usd} />);
const pico = (usd: string | null) => (usd === null ? null : parseUsd(usd));

const COLUMNS: Column<Customer>[] = [
  { head: 'Customer', key: ({ customer }) => customer,
    cell: ({ customer }) =>
      <ScopeLink dimension="customer" name={customer} /> },
  { head: 'Tier', text: true, key: ({ tier }) => tier,
    cell: ({ tier }) => <span class="name">{tier || '–'}</span> },
  { head: 'Segment', text: true, key: ({ segment }) => segment,
    cell: ({ segment }) => <span class="name">{segment || '–'}</span> },
  { head: 'Users', key: ({ users }) => users,
    cell: ({ users }) => <Count n={users} /> },
  { head: 'Requests', key: ({ requests }) => requests,
    cell: ({ requests }) => <Count n={requests} /> },
  { head: 'Cost', key: ({ cost }) => pico(cost),
    cell: ({ cost }) => <Money amount={cost} /> },
  { head: 'Revenue', key: ({ revenue }) => pico(revenue),
    cell: ({ revenue }) => money(revenue) },
  { head: 'Margin', key: ({ margin }) => pico(margin),
    cell: ({ margin }) => (
      <span class={margin !== null && parseUsd(margin) < 0n ? 'loss' : ''}>
        {money(margin)}
      </span>
    ) },
  { head: 'Cost of revenue', key: (row) => row.cost_of_revenue,
    cell: (row) => formatRatio(row.cost_of_revenue) },
];
