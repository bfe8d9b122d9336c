// The drawings and tables of the spend page.

import { useContext, useMemo } from 'preact/hooks';

import type { ModelBar, SpendData, Tokens } from '../../api/spend';
import { BarChart, TokenChart } from '../../charts';
import { colorOf, layerTone } from '../../charts/palette';
import { PickBar, usePick } from '../../charts/pick';
import { lengths, type Mark } from '../../charts/series';
import { TOKEN_CLASSES, TOKEN_NAMES, TOKEN_TONES }
  from '../../charts/token_class';
import { formatCompact } from '../../lib/format';
import { formatUsd, shareOf, toFloat, type Pico } from '../../lib/money';
import { longPeriod } from '../../lib/time';
import type { View } from '../../lib/view';
import { groupLabel, groupSaid, INTERVAL_NAMES } from '../../lib/words';
import { GroupName } from '../../ui/name';
import { Count, Money } from '../../ui/numbers';
import { BarList } from '../../ui/barlist';
import { Legend, Panel, Plot, Skeleton } from '../../ui/panel';
import { Empty } from '../../ui/states';
import { Table } from '../../ui/table';
import { ThemeContext } from '../../ui/theme';

const SPEND_HEIGHT = 320;
const SIDE_HEIGHT = 396;

interface SpendProps {
  view: View;
  data: SpendData | null;
  marks?: Mark[];
  height?: number;
}

export function SpendPanel({ view, data, marks, height = SPEND_HEIGHT }:
  SpendProps) {
  const by = groupSaid((data?.view ?? view).by);
  const title = `Spend over time by ${by}`;
  if (!data) {
    return (
      <Panel title={title} table={null}>
        <Plot height={height}><Skeleton height={height} /></Plot>
      </Panel>
    );
  }
  return <SpendLoaded data={data} title={title} marks={marks}
    height={height} />;
}

interface LoadedProps {
  data: SpendData;
  title: string;
  marks: Mark[] | undefined;
  height: number;
}

function SpendLoaded({ data, title, marks, height }: LoadedProps) {
  const { dark } = useContext(ThemeContext);
  const { interval, periods, layers, places, zone } = data;
  const { picked, onPick, clear } = usePick(interval, periods);
  const { series, total } = useMemo(() => seriesOf(data), [data]);
  if (!data.totals.cost) {
    return (
      <Panel title={title}>
        <Empty title={data.totals.cost === null ? 'No price is known'
          : 'Nothing was spent'}>
          {data.totals.cost === null
            ? 'Once these calls have a price, what they cost is drawn here.'
            : 'These calls cost nothing.'}
        </Empty>
      </Panel>
    );
  }
  return (
    <Panel title={title} note={perInterval(data)}
      table={() => <SpendTable data={data} title={title} />}>
      <Plot height={height}>
        <BarChart height={height} interval={interval} periods={periods}
          unit="$" total={total} series={series} marks={marks} zone={zone}
          onPick={onPick} shade={picked?.shade}
          label={`${title}: stacked bars, one ${interval} each. ` +
            `In all ${formatUsd(data.totals.cost ?? 0n, places)}.`} />
        <Legend items={layers.map((layer, i) => ({
          color: colorOf(layerTone(i, layer.name), dark),
          name: <GroupName name={layer.name} />,
          value: formatUsd(layer.total, places),
        }))} />
      </Plot>
      <PickBar picked={picked} clear={clear} />
    </Panel>
  );
}

interface SideProps {
  data: SpendData | null;
  /** What drew from the same question has told that it failed. */
  failed: boolean;
}

function Waiting({ title, failed }: { title: string; failed: boolean }) {
  return failed
    ? (
      <Panel title={title}>
        <Empty title="Not loaded">Try again above.</Empty>
      </Panel>
    )
    : (
      <Panel title={title} table={null}>
        <Skeleton height={SIDE_HEIGHT} />
      </Panel>
    );
}

export function ModelPanel({ data, failed }: SideProps) {
  const title = 'Spend by model';
  if (!data) {
    return <Waiting title={title} failed={failed} />;
  }
  return (
    <Panel title={title}
      table={() => <ModelTable data={data} title={title} />}>
      <BarList label={title} lines={data.models.map((bar) => ({
        key: bar.name ?? '',
        name: <GroupName name={bar.name} />,
        length: toFloat(bar.cost ?? 0n),
        value: <Money amount={bar.cost} />,
        tone: bar.name === null ? 'rest' : 0,
      }))} />
    </Panel>
  );
}

export function TokenPanel({ data, failed }: SideProps) {
  const { dark } = useContext(ThemeContext);
  const title = 'Tokens in and out';
  if (!data) {
    return <Waiting title={title} failed={failed} />;
  }
  const { interval, periods, tokens, totals } = data;
  return (
    <Panel title={title} note={perInterval(data)}
      table={() => <TokenTable data={data} title={title} />}>
      <Plot height={SIDE_HEIGHT} bare>
        <Legend items={TOKEN_CLASSES.map((kind) => ({
          color: colorOf(TOKEN_TONES[kind], dark),
          name: TOKEN_NAMES[kind],
          value: formatCompact(tokens.reduce((n, t) => n + t[kind], 0)),
        }))} />
        <TokenChart height={SIDE_HEIGHT} interval={interval}
          periods={periods} tokens={tokens}
          label={`${title}: stacked bars, tokens in above, tokens out below. ` +
            `In all ${formatCompact(totals.input)} in and ` +
            `${formatCompact(totals.output)} out.`} />
      </Plot>
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

function seriesOf({ layers, spend, places }: SpendData) {
  const said = (amount: Pico | null | undefined) =>
    (amount === null || amount === undefined ? '–'
      : formatUsd(amount, places));
  return {
    series: layers.map((layer, i) => ({
      name: groupLabel(layer.name),
      tone: layerTone(i, layer.name),
      values: lengths(layer.values),
      said: (index: number) => said(layer.values[index]),
    })),
    total: (index: number) => said(spend[index]),
  };
}

/** A period without calls has no amount, which is not the same as $0.00. */
function Amount({ amount }: { amount: Pico | null }) {
  return amount === null ? <>–</> : <Money amount={amount} />;
}

function perInterval({ interval }: SpendData): string {
  return `per ${INTERVAL_NAMES[interval].toLowerCase()}`;
}
