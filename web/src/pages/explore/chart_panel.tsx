// The metric over time: stacked where parts add up, lines where they do not,
// and two lines beside the period before.

import { useContext, useMemo } from 'preact/hooks';

import { lengthOf, minus, type ExploreData, type Value }
  from '../../api/explore';
import { BarChart, LineChart } from '../../charts';
import { colorOf, layerTone, type Tone } from '../../charts/palette';
import { PickBar, usePick } from '../../charts/pick';
import type { Mark, Serie } from '../../charts/series';
import { formatDays, formatPeriod, longPeriod } from '../../lib/time';
import type { ExploreView } from '../../lib/view';
import { groupLabel, groupSaid, INTERVAL_NAMES } from '../../lib/words';
import { PlacesContext } from '../../ui/numbers';
import { Legend, Panel, Plot, Skeleton } from '../../ui/panel';
import { Table } from '../../ui/table';
import { ThemeContext } from '../../ui/theme';
import { MetricValue, saidOf, ticksOf, unitOf } from './value';

const HEIGHT = 340;

interface Props {
  view: ExploreView;
  data: ExploreData | null;
  marks: Mark[];
}

export function ChartPanel({ view, data, marks }: Props) {
  const { metric, by, compare } = data?.view ?? view;
  const title = compare
    ? `${metric.label} over time and before`
    : `${metric.label} over time by ${groupSaid(by)}`;
  return data
    ? <Loaded data={data} title={title} marks={marks} />
    : (
      <Panel title={title} table={null}>
        <Plot height={HEIGHT}><Skeleton height={HEIGHT} /></Plot>
      </Panel>
    );
}

function Loaded({ data, title, marks }:
  { data: ExploreData; title: string; marks: Mark[] }) {
  const { dark } = useContext(ThemeContext);
  const places = useContext(PlacesContext);
  const { interval, periods, zone, value, view } = data;
  const { metric, compare, where } = view;
  const { picked, onPick, clear } = usePick(interval, periods);
  const layers = useMemo(() => (compare ? besides(data) : layersOf(data)),
    [data, compare]);
  const series = useMemo(() => layers.map(({ name, tone, values }): Serie => ({
    name,
    tone,
    values: values.map(lengthOf),
    said: (index) => saidOf(values[index] ?? null, metric, places),
  })), [layers, metric, places]);
  const total = useMemo(() => (metric.adds && !compare
    ? (i: number) => saidOf(data.overTime[i] ?? null, metric, places)
    : undefined), [data, places, metric, compare]);
  const tick = useMemo(() => (max: number) => ticksOf(metric, max), [metric]);
  const Chart = metric.adds && !compare ? BarChart : LineChart;
  return (
    <Panel title={title} note={`per ${INTERVAL_NAMES[interval].toLowerCase()}`}
      table={() => <TimeTable data={data} title={title} layers={layers} />}>
      <Plot height={HEIGHT}>
        <Chart height={HEIGHT} interval={interval} periods={periods}
          series={series} unit={unitOf(metric)} tick={tick} total={total}
          marks={marks} zone={zone} onPick={onPick} shade={picked?.shade}
          label={`${title}, one point each ${interval}. In all ` +
            `${saidOf(value, metric, places)}.`} />
        <Legend items={series.map((serie) => ({
          color: colorOf(serie.tone, dark),
          name: <span class="name">{serie.name}</span>,
          value: '',
        }))} />
      </Plot>
      <PickBar picked={picked} clear={clear} where={where} />
    </Panel>
  );
}

interface Layer {
  name: string;
  tone: Tone;
  values: Value[];
}

/** The largest, and all others where they add up. */
function layersOf({ view, series, overTime }: ExploreData): Layer[] {
  const layers: { name: string | null; values: Value[] }[] = [...series];
  if (view.metric.adds) {
    const rest = overTime.map((whole, i) =>
      minus(whole, series.map(({ values }) => values[i] ?? null)));
    if (rest.some((value) => value !== null && value > 0)) {
      layers.push({ name: null, values: rest });
    }
  }
  return layers.map(({ name, values }, i) =>
    ({ name: groupLabel(name), tone: layerTone(i, name), values }));
}

/** All together, now and before. */
function besides({ overTime, before, first, last }: ExploreData): Layer[] {
  const now: Layer =
    { name: formatDays(first, last), tone: 0, values: overTime };
  return before
    ? [now, {
      name: formatPeriod(before.from, before.to, before.zone),
      tone: 'before',
      values: before.overTime.slice(0, overTime.length),
    }]
    : [now];
}

function TimeTable({ data, title, layers }:
  { data: ExploreData; title: string; layers: Layer[] }) {
  const places = useContext(PlacesContext);
  const { interval, periods, overTime, value, view } = data;
  const { metric, compare } = view;
  const whole = metric.adds ? 'Total' : 'All';
  const parts = compare ? layers.slice(1) : layers;
  const cell = (amount: Value | undefined) =>
    (amount === null || amount === undefined ? '–'
      : <MetricValue value={amount} metric={metric} places={places} />);
  return (
    <Table tall caption={title} rows={periods.map((_, i) => i)}
      columns={[
        { head: INTERVAL_NAMES[interval],
          cell: (i) => longPeriod(interval, periods[i] ?? '') },
        ...parts.map(({ name, values }) =>
          ({ head: name, cell: (i: number) => cell(values[i]) })),
        { head: whole, cell: (i) => cell(overTime[i]) },
      ]}
      foot={[whole, ...parts.map(() => ''), cell(value)]} />
  );
}
