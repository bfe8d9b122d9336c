// Every customer as a dot: what it costs against what it brings.

import { useCallback, useContext, useMemo } from 'preact/hooks';

import { ScatterChart } from '../../charts';
import { colorOf, type Tone } from '../../charts/palette';
import type { Dot } from '../../charts/scatter';
import { useHere } from '../../frame/here';
import { formatCount, formatRatio } from '../../lib/format';
import { formatUsd, parseUsd, toFloat } from '../../lib/money';
import { BarList } from '../../ui/barlist';
import { GroupName } from '../../ui/name';
import { Money } from '../../ui/numbers';
import { Legend, Panel } from '../../ui/panel';
import { scopePath } from '../../ui/scope';
import { ThemeContext } from '../../ui/theme';
import { CustomerTable } from './tables';
import type { Customer, Customers } from './report';

const HEIGHT = 400;
const BARS = 10;

export function ScatterPanel({ report }: { report: Customers }) {
  const rows = (report.customers ?? []).filter(({ customer, cost }) =>
    customer !== '' && cost !== null);
  if (report.revenue === null) {
    return <CostPanel rows={rows} />;
  }
  const stated = rows.filter(({ revenue }) => revenue !== null);
  const silent = rows.length - stated.length;
  return (
    <Panel title="Cost against revenue"
      note={silent > 0 ? `${formatCount(silent)} of whom no revenue is ` +
        'stated are not drawn' : 'a dot a customer; the shade is where they ' +
        'cost more than they bring'}
      table={() => <CustomerTable caption="Cost against revenue"
        rows={stated} />}>
      <Drawing rows={stated} tiers={(report.tiers ?? [])
        .map(({ name }) => name)} />
    </Panel>
  );
}

function Drawing({ rows, tiers }: { rows: Customer[]; tiers: string[] }) {
  const { href } = useHere();
  const { dark } = useContext(ThemeContext);
  const seen = tiers.filter((tier) => rows.some((row) => tierOf(row) === tier));
  const key = seen.join('\n');
  const toneOf = useCallback((tier: string): Tone => {
    const at = key.split('\n').indexOf(tier);
    return at < 0 ? 'rest' : at;
  }, [key]);
  const dots = useMemo(() => rows.map((row): Dot => ({
    name: row.customer,
    x: toFloat(parseUsd(row.revenue ?? '0')),
    y: toFloat(parseUsd(row.cost ?? '0')),
    tone: toneOf(tierOf(row)),
    said: [
      { name: 'Brings', value: formatUsd(parseUsd(row.revenue ?? '0')) },
      { name: 'Costs', value: formatUsd(parseUsd(row.cost ?? '0')) },
      { name: 'Of its revenue', value: formatRatio(row.cost_of_revenue) },
      { name: 'Tier', value: tierOf(row) },
    ],
  })), [rows, toneOf]);
  const onOpen = useCallback((index: number) => {
    const path = scopePath('customer', rows[index]?.customer ?? '');
    if (path !== null) {
      location.hash = href(path);
    }
  }, [rows, href]);
  return (
    <>
      <ScatterChart label={'Cost against revenue, a dot a customer, by tier. ' +
        'The table below has the same.'} height={HEIGHT} dots={dots}
      xName="Brings, in the range" yName="Costs" onOpen={onOpen}
      aboveName="Cost more than they bring" />
      <Legend items={seen.map((tier) => ({
        color: colorOf(toneOf(tier), dark),
        name: <span class="name">{tier}</span>,
        value: '',
      }))} />
    </>
  );
}

/** As the report names those without. */
function tierOf({ tier }: Customer): string {
  return tier === '' ? '(unknown)' : tier;
}

/** Without revenue: who costs most. */
function CostPanel({ rows }: { rows: Customer[] }) {
  return (
    <Panel title="What they cost" note="the dearest of them">
      <BarList label="Customers by cost" lines={rows.slice(0, BARS).map((row) =>
        ({
          key: row.customer,
          name: <GroupName name={row.customer} />,
          length: toFloat(parseUsd(row.cost ?? '0')),
          value: <Money amount={row.cost} />,
        }))} />
    </Panel>
  );
}
