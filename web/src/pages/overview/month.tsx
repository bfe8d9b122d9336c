// Today, the month so far, and what it will come to.

import { useMemo } from 'preact/hooks';

import { monthBudget, type Budgets } from '../../api/budgets';
import { apiPath } from '../../api/fetch';
import type { Forecast, Movers, Quality, TooEarly } from '../../api/report';
import type { SpendData } from '../../api/spend';
import { LineChart } from '../../charts';
import type { Serie } from '../../charts/series';
import { useHere } from '../../frame/here';
import { formatCount, formatRatio } from '../../lib/format';
import { formatUsd, parseUsd, toFloat } from '../../lib/money';
import { environmentFilter } from '../../lib/shared';
import { longPeriod, shortPeriod } from '../../lib/time';
import { hasCome, useApi, type Loading } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { Money } from '../../ui/numbers';
import { Panel, Plot } from '../../ui/panel';
import { Said } from '../../ui/said';
import { Empty } from '../../ui/states';
import { Table } from '../../ui/table';
import { Delta, Tile, Tiles } from '../../ui/tiles';

/** Of the current month, whatever the range, against its budget if there is
 *  one. */
export function useForecast(budgets: Loading<Budgets>):
  Loading<Forecast | TooEarly> {
  const { environment } = useHere().shared;
  const budget = budgets.data && monthBudget(budgets.data, environment);
  return useApi<Forecast | TooEarly>(hasCome(budgets)
    ? apiPath('forecast', { where: environmentFilter(environment), budget })
    : null);
}

interface FiguresProps {
  forecast: Loading<Forecast | TooEarly>;
  spend: SpendData | null;
  movers: Movers | null;
  quality: Quality | null;
}

export function Figures({ forecast, spend, movers, quality }: FiguresProps) {
  const month = forecast.data;
  const named = quality?.coverage?.find(({ dimension }) =>
    dimension === 'feature')?.share_of_cost ?? null;
  return (
    <Tiles label="Key figures">
      {month && !month.days ? <Begun month={month} />
        : <Month month={month} />}
      <Tile name="In this range" below={movers && (
        <Delta now={parseUsd(movers.after)} before={parseUsd(movers.before)}
          of="vs before" />
      )}>
        {spend && <Money amount={spend.totals.cost} />}
      </Tile>
      <Tile name="Data quality" hint="Share of the spend that names its feature"
        below={quality && (quality.unpriced_requests > 0
          ? `${formatCount(quality.unpriced_requests)} calls unpriced`
          : 'names its feature')}>
        {quality && formatRatio(named)}
      </Tile>
    </Tiles>
  );
}

function Month({ month }: { month: Forecast | null }) {
  const today = month?.days.find(({ date }) => date === month.today);
  return (
    <>
      <Tile name="Today" below={today?.forecast &&
        `of about ${formatUsd(parseUsd(today.actual ?? '0') +
          parseUsd(today.forecast), 0)}`}>
        {today && <Money amount={today.actual ?? '0'} />}
      </Tile>
      <Tile name="Month to date"
        below={month && shortPeriod('month', `${month.month}-01`)}>
        {month && <Money amount={month.so_far} />}
      </Tile>
      <Tile name="Forecast for the month"
        hint={'Expected at the end of the month, and the interval that ' +
          'holds with the probability said'}
        tone={(month?.breach_probability ?? 0) >= 0.5 ? 'warn' : undefined}
        below={month && expectation(month)}>
        {month && <Money amount={month.expected} places={0} />}
      </Tile>
    </>
  );
}

/** Before there was a whole day of spending. */
function Begun({ month: { from, so_far: soFar } }: { month: TooEarly }) {
  const known = soFar === undefined ? <>–</> : <Money amount={soFar} />;
  return (
    <>
      <Tile name="Today">{known}</Tile>
      <Tile name="Month to date" below={shortPeriod('month', from)}>
        {known}
      </Tile>
      <Tile name="Forecast for the month" below="after a day of spending">
        –
      </Tile>
    </>
  );
}

/** Against the budget where there is one, else how sure it is. */
function expectation({ budget, low, high, level }: Forecast): string {
  return budget === undefined
    ? `${formatUsd(parseUsd(low), 0)} – ${formatUsd(parseUsd(high), 0)} ` +
      `(${Math.round(level * 100)}%)`
    : `budget ${formatUsd(parseUsd(budget), 0)}`;
}

const HEIGHT = 300;

export function MonthPanel({ forecast }:
  { forecast: Loading<Forecast | TooEarly> }) {
  const { data } = forecast;
  const title = data
    ? `Forecast for ${shortPeriod('month', data.from)}`
    : 'Forecast';
  const table = data?.days
    ? () => <MonthTable data={data} title={title} />
    : data && undefined;
  return (
    <Panel title={title} note="cumulative" table={table}>
      <Loaded of={forecast} height={HEIGHT}>
        {(month) => (!month.days ? (
          <Empty title="It is too early to tell">{month.sentence}</Empty>
        ) : (
          <Plot height={HEIGHT} bare>
            <MonthChart month={month} />
            {month.budget_said && (
              <p class="note">
                <Said text={month.budget_said} /> The budget counts the
                environments that it names, the forecast the one chosen above.
              </p>
            )}
          </Plot>
        ))}
      </Loaded>
    </Panel>
  );
}

function MonthChart({ month }: { month: Forecast }) {
  const drawn = useMemo(() => drawMonth(month), [month]);
  return <LineChart height={HEIGHT} interval="day" unit="$" {...drawn}
    label={`${month.sentence} Lines: the month so far and what is to come.`}
  />;
}

/** What is to come begins at the last day that is known, with an interval that
 *  widens towards the end. */
function drawMonth({ days, today, expected, low, high, budget }: Forecast) {
  const at = days.findIndex(({ date }) => date === today);
  const last = days.length - 1;
  const sums = days.map((day) => parseUsd(day.month_so_far));
  const known = (i: number) => at < 0 || i < at;
  const said = (show: (i: number) => boolean) => (i: number) =>
    (show(i) ? formatUsd(sums[i] ?? 0n) : '–');
  const toCome = (i: number) => at >= 0 && i >= at - 1;
  const series: Serie[] = [
    { name: 'So far', tone: 0, said: said(known),
      values: sums.map((sum, i) => (known(i) ? toFloat(sum) : null)) },
    { name: 'Expected', tone: 'before', said: said(toCome),
      values: sums.map((sum, i) => (toCome(i) ? toFloat(sum) : null)) },
  ];
  const widen = (bound: string) => sums.map((sum, i) => {
    if (!toCome(i) || last < at) {
      return null;
    }
    const share = (i - at + 1) / (last - at + 1);
    return toFloat(sum) +
      toFloat(parseUsd(bound) - parseUsd(expected)) * share;
  });
  return {
    periods: days.map(({ date }) => date),
    series,
    band: { low: widen(low), high: widen(high) },
    level: budget === undefined ? undefined : {
      value: toFloat(parseUsd(budget)),
      said: `Budget ${formatUsd(parseUsd(budget), 0)}`,
    },
  };
}

function MonthTable({ data, title }: { data: Forecast; title: string }) {
  return (
    <Table tall caption={title} rows={data.days} columns={[
      { head: 'Day', cell: ({ date }) => longPeriod('day', date) },
      { head: 'Spent', cell: ({ actual }) =>
        (actual === null ? '–' : <Money amount={actual} />) },
      { head: 'Still expected', cell: ({ forecast }) =>
        (forecast === null ? '–' : <Money amount={forecast} />) },
      { head: 'Month so far', cell: (day) =>
        <Money amount={day.month_so_far} /> },
    ]} />
  );
}
