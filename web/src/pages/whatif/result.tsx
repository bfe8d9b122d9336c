// What it would have cost, where the difference comes from, how sure that is,
// and how it was reckoned.

import { Link } from '../../frame/here';
import { formatChange, formatRatio } from '../../lib/format';
import { formatUsd, formatUsdChange, parseUsd, toFloat } from '../../lib/money';
import { pathOf } from '../../lib/route';
import { formatPeriod } from '../../lib/time';
import { capital } from '../../lib/words';
import { Callout, type Tone } from '../../ui/callout';
import { Intervals } from '../../ui/intervals';
import { Notes } from '../../ui/notes';
import { Count, Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Said } from '../../ui/said';
import { Table } from '../../ui/table';
import { Tile, Tiles } from '../../ui/tiles';
import { Waterfall } from '../../ui/waterfall';
import type { Compared, Verdict } from './report';

export function Result({ report }: { report: Compared }) {
  return (
    <div class="stack wide">
      <VerdictBox report={report} />
      <Figures report={report} />
      <div class="pair joined">
        <Classes report={report} />
        <Estimates report={report} />
      </div>
      <Arithmetic report={report} />
      <Notes notes={report.notes} />
    </div>
  );
}

function Figures({ report }: { report: Compared }) {
  const { difference_per_month, actual_per_month, cost_there_per_month,
    break_even_outcome_drop: drop } = report;
  const [here, difference] = [parseUsd(actual_per_month),
    parseUsd(difference_per_month)];
  const tone = difference < 0n ? 'good' : difference > 0n ? 'warn' : undefined;
  return (
    <Tiles label="A month">
      <Tile name="Now, a month" below={report.model}>
        <Money amount={actual_per_month} />
      </Tile>
      <Tile name="There, a month" below={target(report)}>
        <Money amount={cost_there_per_month} />
      </Tile>
      <Tile name="Difference, a month" tone={tone}
        below={here > 0n &&
          formatChange(toFloat(difference) / toFloat(here))}>
        <Money amount={difference} change />
      </Tile>
      <Tile name="Outcomes it may lose"
        hint="At the same cost per outcome, this share may be lost before the
          change no longer pays"
        below={drop === null ? 'it does not cost less'
          : 'before it no longer pays'}>
        {drop === null ? '–' : formatRatio(drop)}
      </Tile>
    </Tiles>
  );
}

function target({ to_model, to_tier, model }: Compared): string {
  const tier = to_tier === null ? '' : `${to_tier} tier`;
  return [to_model ?? (tier === '' ? model : ''), tier].filter(Boolean)
    .join(', ');
}

const VERDICTS: Record<Verdict, { tone: Tone; title: string; next: string }> = {
  costs_more: { tone: 'warn', title: 'It would cost more',
    next: 'There is nothing to gain in money; look at another model or tier.' },
  no_difference: { tone: 'info', title: 'It makes no difference',
    next: 'The calls cost the same there.' },
  same_model: { tone: 'good', title: 'A saving: the model stays the same',
    next: 'Check that the tier is soon enough for who waits for the answer.' },
  quality_held: { tone: 'good', title: 'A saving: quality held',
    next: 'Outcomes of an experiment that ran both models say so.' },
  quality_fell: { tone: 'bad', title: 'Cheaper, but quality fell',
    next: 'Outcomes of an experiment that ran both models got worse.' },
  quality_stated: { tone: 'good', title: 'A saving, if quality holds',
    next: 'You say that it does; an experiment would show it.' },
  quality_unknown: { tone: 'info',
    title: 'A price difference; quality is unknown',
    next: 'Run an experiment on a part of the calls before you switch.' },
};

function VerdictBox({ report: { verdict, experiment, sentence } }:
  { report: Compared }) {
  const { tone, title, next } = VERDICTS[verdict];
  return (
    <Callout tone={tone} title={title} actions={experiment !== null && (
      <Link class="button" to={pathOf('experiments', experiment)}>
        See the experiment
      </Link>
    )}>
      <p><Said text={sentence} /></p>
      <p>{next}</p>
    </Callout>
  );
}

function Classes({ report }: { report: Compared }) {
  const { classes, actual_cost, cost_there, from, to, timezone } = report;
  return (
    <Panel title="Where the difference comes from"
      note={formatPeriod(from, to, timezone)}
      table={() => (
        <Table caption="Where the difference comes from" rows={classes}
          columns={[
            { head: 'Tokens', cell: (row) => capital(row.class) },
            { head: 'Now', cell: ({ actual }) => <Money amount={actual} /> },
            { head: 'There', cell: ({ there }) => <Money amount={there} /> },
            { head: 'Difference', cell: ({ difference }) =>
              <Money amount={difference} change /> },
          ]}
          foot={['Together', <Money amount={actual_cost} />,
            <Money amount={cost_there} />,
            <Money amount={report.difference} change />]} />
      )}>
      <Waterfall label="From the cost now to the cost there"
        before={{ name: 'Now', amount: parseUsd(actual_cost) }}
        after={{ name: 'There', amount: parseUsd(cost_there) }}
        steps={classes.filter(({ difference }) => parseUsd(difference) !== 0n)
          .map((row) => ({ key: row.class, name: capital(row.class),
            amount: parseUsd(row.difference) }))} />
    </Panel>
  );
}

function Estimates({ report: { estimates } }: { report: Compared }) {
  const of = (name: string) => parseUsd(estimates.find((row) =>
    row.case === name)?.difference_per_month ?? '0');
  const [low, point, high] = [of('low'), of('expected'), of('high')];
  return (
    <Panel title="How sure it is"
      note="with another tokenizer and another way to answer"
      table={() => (
        <Table caption="How sure it is" rows={estimates} columns={[
          { head: 'Case', cell: (row) => capital(row.case) },
          { head: 'Input for one', cell: (row) => row.input_tokens_for_one },
          { head: 'Output for one', cell: (row) => row.output_tokens_for_one },
          { head: 'There', cell: (row) => <Money amount={row.cost_there} /> },
          { head: 'A month', cell: (row) =>
            <Money amount={row.difference_per_month} change /> },
        ]} />
      )}>
      <Intervals label="Difference a month, with its range"
        format={(value) => `${value < 0 ? '−' : ''}$${
          Math.abs(value).toLocaleString('en-US',
            { maximumFractionDigits: 0 })}`}
        rows={[{
          key: 'month', name: 'Difference a month',
          low: toFloat(low), point: toFloat(point), high: toFloat(high),
          tone: high < 0n ? 'good' : low > 0n ? 'bad' : undefined,
          said: (
            <>
              <Money amount={point} change />
              <br />
              <span class="note">
                {formatUsdChange(low, 0)} to {formatUsdChange(high, 0)}
              </span>
            </>
          ),
        }]} />
    </Panel>
  );
}

function Arithmetic({ report }: { report: Compared }) {
  const { compared_requests, days, actual_cost, cost_there } = report;
  const month = `× 365.25 / 12 / ${Number(days.toFixed(3))} days`;
  return (
    <Panel title="Arithmetic">
      <dl class="sums">
        <dt>Calls compared</dt>
        <dd><Count n={compared_requests} /></dd>
        <dd class="note">each priced by itself, here and there</dd>
        <dt>Cost now</dt>
        <dd><Money amount={actual_cost} /></dd>
        <dd class="note">
          {month} = {formatUsd(parseUsd(report.actual_per_month))} a month
        </dd>
        <dt>Cost there</dt>
        <dd><Money amount={cost_there} /></dd>
        <dd class="note">
          {month} = {formatUsd(parseUsd(report.cost_there_per_month))} a month
        </dd>
        <dt class="strong">Difference</dt>
        <dd class="strong"><Money amount={report.difference} change /></dd>
        <dd class="note">
          {month} = {formatUsdChange(parseUsd(report.difference_per_month))} a
          month
        </dd>
      </dl>
    </Panel>
  );
}
