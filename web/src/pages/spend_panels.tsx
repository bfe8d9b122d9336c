// The drawings and tables of the spend page.

import { useContext } from 'preact/hooks';

import type { ModelBar, SpendData, Tokens } from '../api/spend';
import { ModelChart } from '../charts/models';
import { layerColor, tokenColor } from '../charts/palette';
import { SpendChart } from '../charts/spend';
import { TokenChart, TOKEN_CLASSES, TOKEN_NAMES } from '../charts/tokens';
import { formatCompact } from '../lib/format';
import { formatUsd, shareOf, type Pico } from '../lib/money';
import { longPeriod } from '../lib/time';
import type { View } from '../lib/url';
import { groupLabel, GROUP_NAMES, INTERVAL_NAMES } from '../lib/words';
import { GroupName } from '../ui/name';
import { Count, Money } from '../ui/numbers';
import { Legend, Panel, Skeleton } from '../ui/panel';
import { Table } from '../ui/table';
import { ThemeContext } from '../ui/theme';
import { GroupTable } from './spend_table';

const SPEND_HEIGHT = 320;
const SIDE_HEIGHT = 396;

export function SpendPanel({ view, data }:
  { view: View; data: SpendData | null }) {
  const { dark } = useContext(ThemeContext);
  const by = GROUP_NAMES[(data?.view ?? view).by].toLowerCase();
  const title = `Spend over time by ${by}`;
  if (!data) {
    return (
      <Panel title={title} table={null}>
        <Skeleton height={SPEND_HEIGHT} />
        <div class="legend-room" />
      </Panel>
    );
  }
  const { interval, periods, spend, layers, places } = data;
  return (
    <Panel title={title} note={perInterval(data)}
      table={() => <SpendTable data={data} title={title} />}>
      <SpendChart height={SPEND_HEIGHT} interval={interval} periods={periods}
        spend={spend} places={places} layers={layers} nameOf={groupLabel}
        label={`${title}: stacked bars, one ${interval} each. ` +
          `In all ${formatUsd(data.totals.cost ?? 0n, places)}.`} />
      <div class="legend-room">
        <Legend items={layers.map((layer, i) => ({
          color: layerColor(i, layer.name, dark),
          name: <GroupName name={layer.name} />,
          value: formatUsd(layer.total, places),
        }))} />
      </div>
    </Panel>
  );
}

export function ModelPanel({ data }: { data: SpendData | null }) {
  const title = 'Spend by model';
  if (!data) {
    return (
      <Panel title={title} table={null}>
        <Skeleton height={SIDE_HEIGHT} />
      </Panel>
    );
  }
  const dearest = data.models[0];
  return (
    <Panel title={title}
      table={() => <ModelTable data={data} title={title} />}>
      <ModelChart height={SIDE_HEIGHT} bars={data.models}
        places={data.places} nameOf={groupLabel}
        label={`${title}: one bar each` + (dearest
          ? `, the longest is ${groupLabel(dearest.name)} with ` +
            `${formatUsd(dearest.cost ?? 0n, data.places)}.`
          : '.')} />
    </Panel>
  );
}

export function TokenPanel({ data }: { data: SpendData | null }) {
  const { dark } = useContext(ThemeContext);
  const title = 'Tokens in and out';
  if (!data) {
    return (
      <Panel title={title} table={null}>
        <Skeleton height={SIDE_HEIGHT} />
      </Panel>
    );
  }
  const { interval, periods, tokens, totals } = data;
  return (
    <Panel title={title} note={perInterval(data)}
      table={() => <TokenTable data={data} title={title} />}>
      <div class="token-legend">
        <Legend items={TOKEN_CLASSES.map((kind) => ({
          color: tokenColor(kind, dark),
          name: TOKEN_NAMES[kind],
          value: formatCompact(tokens.reduce((n, t) => n + t[kind], 0)),
        }))} />
      </div>
      <TokenChart height={SIDE_HEIGHT - 60} interval={interval}
        periods={periods} tokens={tokens}
        label={`${title}: stacked bars, tokens in above, tokens out below. ` +
          `In all ${formatCompact(totals.input)} in and ` +
          `${formatCompact(totals.output)} out.`} />
    </Panel>
  );
}

export function TablePanel({ view, data }:
  { view: View; data: SpendData | null }) {
  const title = `By ${GROUP_NAMES[(data?.view ?? view).by].toLowerCase()}`;
  return (
    <Panel title={title}>
      {data ? <GroupTable data={data} title={title} />
        : <Skeleton height={320} />}
    </Panel>
  );
}

function SpendTable({ data, title }: { data: SpendData; title: string }) {
  const { periods, spend, layers, interval } = data;
  return (
    <Table tall caption={title} rows={periods.map((_, i) => i)}
      columns={[
        { head: INTERVAL_NAMES[interval],
          cell: (i) => longPeriod(interval, periods[i] ?? '') },
        ...layers.map((layer) => ({
          head: groupLabel(layer.name),
          cell: (i: number) => (
            <Amount amount={layer.values[i] ?? null} />
          ),
        })),
        { head: 'Total', cell: (i) => (
          <Amount amount={spend[i] ?? null} />
        ) },
      ]}
      foot={['Total',
        ...layers.map((layer) => <Money amount={layer.total} />),
        <Money amount={data.totals.cost} />]} />
  );
}

function ModelTable({ data, title }: { data: SpendData; title: string }) {
  const { totals } = data;
  return (
    <Table<ModelBar> caption={title} rows={data.models} columns={[
      { head: 'Model', cell: (bar) => <GroupName name={bar.name} /> },
      { head: 'Spend', cell: (bar) => <Money amount={bar.cost} /> },
      { head: 'Share', cell: (bar) => shareOf(bar.cost, totals.cost ?? 0n) },
      { head: 'Requests', cell: (bar) => <Count n={bar.requests} /> },
    ]}
    foot={['Total', <Money amount={totals.cost} />, '',
      <Count n={totals.requests} />]} />
  );
}

function TokenTable({ data, title }: { data: SpendData; title: string }) {
  const { periods, tokens, interval } = data;
  const count = (i: number, kind: keyof Tokens) => tokens[i]?.[kind] ?? 0;
  return (
    <Table tall caption={title} rows={periods.map((_, i) => i)}
      columns={[
        { head: INTERVAL_NAMES[interval],
          cell: (i) => longPeriod(interval, periods[i] ?? '') },
        ...TOKEN_CLASSES.map((kind) => ({
          head: TOKEN_NAMES[kind],
          cell: (i: number) => <Count n={count(i, kind)} />,
        })),
      ]}
      foot={['Total', ...TOKEN_CLASSES.map((kind) => (
        <Count n={tokens.reduce((n, counts) => n + counts[kind], 0)} />
      ))]} />
  );
}

/** A period without calls has no amount, which is not the same as $0.00. */
function Amount({ amount }: { amount: Pico | null }) {
  return amount === null ? <>–</> : <Money amount={amount} />;
}

function perInterval({ interval }: SpendData): string {
  return `per ${INTERVAL_NAMES[interval].toLowerCase()}`;
}
