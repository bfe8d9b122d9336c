// The cost of a request day by day, each variant a line.

import { useContext, useMemo } from 'preact/hooks';

import { anyOf, ask, queryPath, rowsOf, type Question } from '../../api/query';
import { LineChart } from '../../charts';
import { colorOf, layerTone } from '../../charts/palette';
import { lengths, type Serie } from '../../charts/series';
import { useHere } from '../../frame/here';
import { formatUsd, placesFor, type Pico } from '../../lib/money';
import { environmentFilter } from '../../lib/shared';
import { autoInterval, addDays, daysBetween, daysOf, longPeriod, periods,
  type Interval } from '../../lib/time';
import { useLoad } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { Legend, Panel } from '../../ui/panel';
import { Money } from '../../ui/numbers';
import { Table } from '../../ui/table';
import { ThemeContext } from '../../ui/theme';
import { controlFirst, type Experiment } from './report';

const HEIGHT = 240;
const LINES = 4;

interface Props {
  experiment: Experiment;
  name: string;
}

interface Drawn {
  interval: Interval;
  periods: string[];
  names: string[];
  /** A row a variant, a value a period. */
  values: (Pico | null)[][];
}

export function OverTimePanel({ experiment, name }: Props) {
  const drawn = useDrawn(experiment, name);
  const title = drawn.data?.interval === 'day' || !drawn.data
    ? 'Cost per request, day by day' : 'Cost per request over time';
  return (
    <Panel title={title}
      table={drawn.data && (() => <OverTimeTable data={drawn.data!}
        title={title} />)}>
      <Loaded of={drawn} height={HEIGHT + 30}>
        {(data) => <Chart data={data} title={title} />}
      </Loaded>
    </Panel>
  );
}

function useDrawn(experiment: Experiment, name: string) {
  const { environment } = useHere().shared;
  const { from, to, timezone } = experiment;
  const variants = controlFirst(experiment.variants ?? [], experiment);
  const names = variants.slice(0, LINES).map(({ variant }) => variant);
  const { first, last } = daysOf(from, to, timezone);
  const range = { from: first, to: addDays(last, 1) };
  const interval = autoInterval(daysBetween(range.from, range.to));
  const question: Question = {
    metrics: ['cost_per_request'],
    by: ['variant'],
    interval,
    range,
    where: [...environmentFilter(environment), anyOf('experiment', [name]),
      anyOf('variant', names)],
  };
  return useLoad(queryPath(question), async (signal): Promise<Drawn> => {
    const answer = await ask(question, signal);
    const rows = rowsOf(answer);
    const all = periods(interval, answer.from, answer.to, answer.timezone,
      rows.map((row) => row.text('time')));
    const known = new Map(rows.map((row) =>
      [`${row.text('time')} ${row.text('variant')}`,
        row.usd('cost_per_request')]));
    return {
      interval,
      periods: all,
      names,
      values: names.map((variant) => all.map((period) =>
        known.get(`${period} ${variant}`) ?? null)),
    };
  });
}

function Chart({ data, title }: { data: Drawn; title: string }) {
  const { dark } = useContext(ThemeContext);
  const series = useMemo((): Serie[] => {
    const places = placesOf(data);
    return data.names.map((name, i) => ({
      name,
      tone: layerTone(i, name),
      values: lengths(data.values[i] ?? []),
      said: (at) => {
        const amount = data.values[i]?.[at] ?? null;
        return amount === null ? '–' : formatUsd(amount, places);
      },
    }));
  }, [data]);
  return (
    <>
      <Legend items={data.names.map((name, i) => ({
        color: colorOf(layerTone(i, name), dark),
        name: <span class="name">{name}</span>,
        value: '',
      }))} />
      <LineChart label={`${title}, a line a variant`} height={HEIGHT}
        interval={data.interval} periods={data.periods} series={series}
        unit="$" />
    </>
  );
}

function placesOf({ values }: Drawn): number {
  return placesFor(values.flat().filter((amount) => amount !== null), 3);
}

function OverTimeTable({ data, title }: { data: Drawn; title: string }) {
  const places = placesOf(data);
  return (
    <Table tall caption={title} rows={data.periods.map((_, i) => i)} columns={[
      { head: 'Time', cell: (i: number) =>
        longPeriod(data.interval, data.periods[i] ?? '') },
      ...data.names.map((name, variant) => ({
        head: name,
        cell: (i: number) => {
          const amount = data.values[variant]?.[i] ?? null;
          return amount === null ? '–'
            : <Money amount={amount} places={places} />;
        },
      })),
    ]} />
  );
}
