// What came of it: cost for each outcome, and whether there are more of them.

import { formatChange } from '../../lib/format';
import { parseUsd, placesFor } from '../../lib/money';
import { Badge, type Tone } from '../../ui/callout';
import { Intervals } from '../../ui/intervals';
import { Count, Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Table } from '../../ui/table';
import { unitOf, type Experiment, type Outcome, type OutcomeComparison }
  from './report';

export function OutcomesPanel({ experiment }: { experiment: Experiment }) {
  const { outcomes = [], outcome_comparisons: against = [], control } =
    experiment;
  const { word } = unitOf(experiment);
  if (outcomes.length === 0) {
    return (
      <Panel title="What came of it">
        <p class="lead">
          No outcomes are recorded, so nobody can say what the money bought.
          Send them with <code>POST /v1/outcomes</code>: a resolved ticket, a
          thumbs-up, a score.
        </p>
      </Panel>
    );
  }
  return (
    <Panel title="What came of it" note={`against ${control}`}
      table={() => <Against rows={against} />}>
      <div class="pair">
        <Intervals label="Cost for each outcome against the control"
          format={formatChange} rows={against.filter(({ cost_per_outcome }) =>
            cost_per_outcome !== null).map((row) => intervalOf(row, against))} />
        <OutcomeTable rows={outcomes} word={word} />
      </div>
    </Panel>
  );
}

function intervalOf(row: OutcomeComparison, all: OutcomeComparison[]) {
  const { cost_per_outcome: change, low, high, verdict } = row;
  const several = new Set(all.map(({ variant }) => variant)).size > 1;
  return {
    key: `${row.outcome} ${row.variant}`,
    name: (
      <>
        Cost per <span class="name">{row.outcome}</span>
        {several && <><br /><span class="name note">{row.variant}</span></>}
      </>
    ),
    low,
    point: change,
    high,
    tone: high !== null && high < 0 ? 'good' as const
      : low !== null && low > 0 ? 'bad' as const : undefined,
    said: (
      <>
        {change === null ? '–' : formatChange(change)}
        <br />
        <VerdictBadge verdict={verdict} />
      </>
    ),
  };
}

const PLANE: Record<string, { tone: Tone; said: string }> = {
  'dominates': { tone: 'good', said: 'cheaper and better' },
  'dominated': { tone: 'bad', said: 'dearer and worse' },
  'trade-off': { tone: 'warn', said: 'a trade-off' },
  'cannot tell': { tone: 'info', said: 'cannot tell' },
};

function VerdictBadge({ verdict }: { verdict: string }) {
  const known = PLANE[verdict];
  return <Badge tone={known?.tone}>{known?.said ?? verdict}</Badge>;
}

function OutcomeTable({ rows, word }: { rows: Outcome[]; word: string }) {
  const places = placesFor(rows.flatMap(({ cost_per_outcome: usd }) =>
    (usd === null ? [] : [parseUsd(usd)])), 3);
  return (
    <Table caption="Outcomes" rows={rows} columns={[
      { head: 'Variant', cell: (row) =>
        <span class="name">{row.variant}</span> },
      { head: 'Outcome', text: true, cell: ({ outcome }) =>
        <span class="name">{outcome}</span> },
      { head: `Each ${word}`, cell: ({ value_each: each }) =>
        valueOf(each) },
      { head: 'In all', cell: ({ value }) => <Count n={value} /> },
      { head: 'Cost for each', cell: ({ cost_per_outcome: usd }) =>
        (usd === null ? '–' : <Money amount={usd} places={places} />) },
    ]} />
  );
}

function Against({ rows }: { rows: OutcomeComparison[] }) {
  const money = (usd: string | null) =>
    (usd === null ? '–' : <Money amount={usd} places={4} />);
  const share = (value: number | null) =>
    (value === null ? '–' : formatChange(value));
  return (
    <Table caption="Outcomes against the control" rows={rows} columns={[
      { head: 'Variant', cell: (row) =>
        <span class="name">{row.variant}</span> },
      { head: 'Outcome', text: true, cell: ({ outcome }) =>
        <span class="name">{outcome}</span> },
      { head: 'Cost for each', cell: (row) => share(row.cost_per_outcome) },
      { head: 'Low', cell: ({ low }) => share(low) },
      { head: 'High', cell: ({ high }) => share(high) },
      { head: 'Value more', cell: (row) => valueOf(row.value_each) },
      { head: 'Value, low', cell: (row) => valueOf(row.value_low) },
      { head: 'Value, high', cell: (row) => valueOf(row.value_high) },
      { head: 'Cost of one more', cell: (row) => money(row.cost_of_one_more) },
      { head: 'Verdict', text: true, cell: ({ verdict }) => verdict },
    ]} />
  );
}

function valueOf(value: number | null): string {
  return value === null ? '–'
    : value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
}

