// What a month would cost if all had one of the variants.

import { parseUsd, toFloat, formatUsdChange } from '../../lib/money';
import { BarList } from '../../ui/barlist';
import { Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Table } from '../../ui/table';
import { controlFirst, primaryOf, unitOf, type Experiment, type Month } from './report';

export function MonthPanel({ experiment }: { experiment: Experiment }) {
  const { control } = experiment;
  const rows = controlFirst(experiment.per_month ?? [], experiment);
  if (rows.length === 0) {
    return null;
  }
  return (
    <Panel title="A month, if all had it" note="at the pace of those days"
      table={() => <MonthTable rows={rows} />}>
      <BarList label="Cost a month by variant" lines={rows.map((row, i) => ({
        key: row.variant,
        name: <span class="name">{row.variant}</span>,
        length: row.cost_per_month === null ? 0
          : toFloat(parseUsd(row.cost_per_month)),
        value: <Money amount={row.cost_per_month} />,
        tone: row.variant === control ? 'before' as const : i,
        note: noteOf(row, control === row.variant),
      }))} />
      {primaryOf(experiment).endsWith('_adjusted') && (
        <p class="note split-note">
          The difference allows for what each {unitOf(experiment).word} cost
          before, so it is not that of the bars.
        </p>
      )}
    </Panel>
  );
}

function noteOf({ difference, low, high }: Month, isControl: boolean): string {
  if (isControl) {
    return 'the control';
  }
  if (difference === null || low === null || high === null) {
    return 'the difference is not known';
  }
  return `${formatUsdChange(parseUsd(difference))} a month, ` +
    `${formatUsdChange(parseUsd(low), 0)} to ` +
    formatUsdChange(parseUsd(high), 0);
}

function MonthTable({ rows }: { rows: Month[] }) {
  const money = (usd: string | null, change = true) =>
    (usd === null ? '–' : <Money amount={usd} change={change} />);
  return (
    <Table caption="A month, if all had it" rows={rows} columns={[
      { head: 'Variant', cell: ({ variant }) =>
        <span class="name">{variant}</span> },
      { head: 'A month', cell: (row) => money(row.cost_per_month, false) },
      { head: 'Difference', cell: ({ difference }) => money(difference) },
      { head: 'Low', cell: ({ low }) => money(low) },
      { head: 'High', cell: ({ high }) => money(high) },
    ]} />
  );
}
