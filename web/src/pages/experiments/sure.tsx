// How much variants differ from the control, and how sure that is.

import { formatChange } from '../../lib/format';
import { parseUsd, placesFor } from '../../lib/money';
import { Intervals, type Interval } from '../../ui/intervals';
import { Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Table } from '../../ui/table';
import { measureName, primaryOf, unitOf, type Comparison, type Difference,
  type Experiment } from './report';

/** Nothing costs less than nothing, but more than this is off the scale. */
const FAR = 3;

interface Props {
  experiment: Experiment;
  /** Only what the verdict is on, and the cost per request. */
  brief?: boolean;
}

export function ChangeIntervals({ experiment, brief }: Props) {
  const primary = primaryOf(experiment);
  const rows = (experiment.comparisons ?? []).filter(({ measure }) =>
    !brief || measure === primary || measure === 'cost_per_request');
  if (rows.length === 0) {
    return null;
  }
  const several = new Set(rows.map(({ variant }) => variant)).size > 1;
  return (
    <Intervals label={`Change against ${experiment.control}`}
      format={(change) => (change < -1 ? '' : formatChange(change))}
      rows={rows.map((row) => intervalOf(row, several,
        row.measure === primary && !brief))} />
  );
}

function intervalOf(row: Comparison, several: boolean, decisive: boolean):
  Interval {
  const { variant, measure, change, low, high, verdict } = row;
  const near = (value: number | null) =>
    (value === null ? null : Math.min(value, FAR));
  return {
    key: `${variant} ${measure}`,
    name: (
      <>
        <span class={decisive ? 'strong' : ''}>{measureName(measure)}</span>
        {several && <><br /><span class="name note">{variant}</span></>}
      </>
    ),
    low: near(low),
    point: near(change),
    high: near(high),
    outer: row.anytime_low === null ? undefined : {
      low: row.anytime_low,
      high: Math.min(row.anytime_high ?? FAR, FAR),
    },
    tone: verdict === 'less' ? 'good' : verdict === 'more' ? 'bad' : undefined,
    said: (
      <>
        {change === null ? '–' : formatChange(change)}
        <br />
        <span class="note">
          {verdict === 'less' || verdict === 'more'
            ? `${verdict}, 95% sure` : verdict}
        </span>
      </>
    ),
  };
}

export function SurePanel({ experiment }: { experiment: Experiment }) {
  const { comparisons, differences, control } = experiment;
  if (!comparisons || comparisons.length === 0) {
    return null;
  }
  return (
    <Panel title="What differs, and how sure" note={`against ${control}`}
      table={() => (
        <div class="stack">
          <Comparisons rows={comparisons} />
          {differences && differences.length > 0 &&
            <Differences rows={differences} />}
        </div>
      )}>
      <ChangeIntervals experiment={experiment} />
      <ul class="note legend-lines">
        <li>
          <span class="key inner" aria-hidden="true" />
          95% for one look, at the end
        </li>
        <li>
          <span class="key outer" aria-hidden="true" />
          95% however often one looks: the verdict rests on it until the
          planned end
        </li>
        {comparisons.some(({ measure }) => measure.endsWith('_adjusted')) && (
          <li>Adjusted: allowing for what each {unitOf(experiment).word} cost
            before the experiment</li>
        )}
      </ul>
    </Panel>
  );
}

function Comparisons({ rows }: { rows: Comparison[] }) {
  const share = (value: number | null) =>
    (value === null ? '–' : formatChange(value));
  return (
    <Table caption="Changes with their intervals" rows={rows} columns={[
      { head: 'Measure', cell: ({ measure }) => measureName(measure) },
      { head: 'Variant', text: true,
        cell: ({ variant }) => <span class="name">{variant}</span> },
      { head: 'Change', cell: ({ change }) => share(change) },
      { head: 'Low', cell: ({ low }) => share(low) },
      { head: 'High', cell: ({ high }) => share(high) },
      { head: 'Low, any look', cell: (row) => share(row.anytime_low) },
      { head: 'High, any look', cell: (row) => share(row.anytime_high) },
      { head: 'p', cell: ({ p_value: p }) =>
        (p === null ? '–' : p < 0.0001 ? '<0.0001' : p.toFixed(4)) },
      { head: 'Verdict', text: true, cell: ({ verdict }) => verdict },
    ]} />
  );
}

function Differences({ rows }: { rows: Difference[] }) {
  const places = placesFor(rows.flatMap(({ control, value }) =>
    [control, value].filter((usd) => usd !== null).map(parseUsd)), 3);
  const money = (amount: string | null, change = false) =>
    (amount === null ? '–'
      : <Money amount={amount} places={places} change={change} />);
  return (
    <Table caption="The same in dollars" rows={rows} columns={[
      { head: 'In dollars', cell: ({ measure }) => measureName(measure) },
      { head: 'Variant', text: true,
        cell: ({ variant }) => <span class="name">{variant}</span> },
      { head: 'Control', cell: ({ control }) => money(control) },
      { head: 'Value', cell: ({ value }) => money(value) },
      { head: 'Difference', cell: (row) => money(row.difference, true) },
      { head: 'Low', cell: ({ low }) => money(low, true) },
      { head: 'High', cell: ({ high }) => money(high, true) },
    ]} />
  );
}
