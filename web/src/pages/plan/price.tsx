// Cost against the price that each user pays.

import { formatRatio } from '../../lib/format';
import { formatUsd, parseUsd } from '../../lib/money';
import { Intervals } from '../../ui/intervals';
import { Panel } from '../../ui/panel';
import { Empty } from '../../ui/states';
import { Table } from '../../ui/table';
import type { BreakEven, Plan } from './report';

export function PricePanel({ plan }: { plan: Plan }) {
  const { break_even: rows, price_per_user_month: price } = plan;
  if (!rows || !price) {
    return (
      <Panel title="Against the price">
        <Empty title="No price is stated">
          State what a user pays a month to see what is left of it, and how much
          use it bears.
        </Empty>
      </Panel>
    );
  }
  return (
    <Panel title="Against the price"
      note={`what is left of ${formatUsd(parseUsd(price))} a user`}
      table={() => <PriceTable rows={rows} />}>
      <Intervals label="What is left of the price" format={percent}
        rows={rows.map((row, i) => ({
          key: `${i}`,
          name: (
            <>
              <span class="name">{row.model}</span>
              <br />
              <span class="note">pays up to {rate(row)} calls a day</span>
            </>
          ),
          low: row.margin_low,
          point: row.margin_expected,
          high: row.margin_high,
          tone: (row.margin_expected ?? 0) >= 0 ? 'good' : 'bad',
          said: (
            <>
              {formatRatio(row.margin_expected)} left
              <br />
              <span class="note">
                {row.users_above_the_price === null ? 'a user'
                  : `${formatRatio(row.users_above_the_price)} of users ` +
                    'cost more'}
              </span>
            </>
          ),
        }))} />
    </Panel>
  );
}

function PriceTable({ rows }: { rows: BreakEven[] }) {
  return (
    <Table caption="Against the price" rows={rows} columns={[
      { head: 'Model', cell: ({ model }) => <span class="name">{model}</span> },
      { head: 'Left, low', cell: (row) => formatRatio(row.margin_low) },
      { head: 'Expected', cell: (row) => formatRatio(row.margin_expected) },
      { head: 'High', cell: (row) => formatRatio(row.margin_high) },
      { head: 'Pays up to, a day', cell: rate },
      { head: 'Users beyond', cell: (row) =>
        formatRatio(row.users_above_the_price) },
    ]} />
  );
}

function rate({ break_even_requests_per_user_day: n }: BreakEven): string {
  return n === null ? '–' : n.toLocaleString('en-US',
    { maximumSignificantDigits: 3 });
}

/** Nobody keeps more than the whole price. */
function percent(share: number): string {
  return share > 1 ? '' : `${share < 0 ? '−' : ''}${Math.abs(Math.round(share * 100))}%`;
}
