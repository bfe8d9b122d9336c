// Where less could be spent: ranked, each with its arithmetic and with what to
// check before acting.

import { apiPath } from '../../api/fetch';
import type { Savings } from '../../api/report';
import { Link, useHere } from '../../frame/here';
import { oneOf, environmentFilter } from '../../lib/shared';
import { formatUsd, parseUsd, shareOf } from '../../lib/money';
import { formatPeriod } from '../../lib/time';
import { Segments } from '../../ui/controls';
import { PageHead } from '../../ui/head';
import { Loaded } from '../../ui/loaded';
import { useApi } from '../../ui/load';
import { Notes } from '../../ui/notes';
import { Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Empty } from '../../ui/states';
import { Tile, Tiles } from '../../ui/tiles';
import { SavingLine } from './line';
import { GROUPS, linesOf, type Group, type Line } from './lines';

export function SavingsPage() {
  const { params, shared, change } = useHere();
  const group = oneOf(GROUPS, params.get('show')) ?? 'all';
  const savings = useApi<Savings>(apiPath('savings', {
    where: environmentFilter(shared.environment),
    batch: params.getAll('batch'),
  }));
  const { data } = savings;
  return (
    <>
      <PageHead title="Savings" sentence={data?.sentence ?? ''}
        actions={<Link class="button" to="/whatif">Try another model</Link>} />
      <Loaded of={savings} height={900}>
        {(report) => (
          <div class="content">
            <Figures data={report} />
            <Panel title="What could be done"
              note="Dollars a month; they overlap, so they are never summed"
              actions={<Segments label="Show" options={GROUP_OPTIONS}
                value={group} onChange={(show) =>
                  change({ show: show === 'all' ? null : show })} />}>
              <List report={report} group={group} />
            </Panel>
            <Notes notes={report.notes} />
          </div>
        )}
      </Loaded>
    </>
  );
}

const GROUP_OPTIONS: { value: Group; label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'sure', label: 'Savings' },
  { value: 'check', label: 'Growth' },
  { value: 'model', label: 'Other models' },
];

function Figures({ data }: { data: Savings }) {
  // Without calls, or without prices, there are no amounts at all.
  if (data.cost_per_month === undefined) {
    return null;
  }
  const spent = parseUsd(data.cost_per_month);
  const share = (part: string) => `${shareOf(parseUsd(part), spent)} of the spend`;
  const other = data.combined_if_quality_holds ?? '0';
  return (
    <Tiles label="Savings a month">
      <Tile name="Could be saved a month" tone="good"
        hint="Together: each takes its share of what the former leave"
        below={share(data.combined)}>
        <Money amount={data.combined} />
      </Tile>
      <Tile name="Low to high" hint="The combined figure, at least and at most"
        below="of the same">
        {formatUsd(parseUsd(data.combined_low), 0)}
        {' – '}
        {formatUsd(parseUsd(data.combined_high), 0)}
      </Tile>
      <Tile name="If quality holds elsewhere"
        hint="The same with the cheaper models that run here already"
        below={share(other)}>
        <Money amount={other} />
      </Tile>
      <Tile name="Spent a month" hint={'At the pace of these days'} below={
        formatPeriod(data.from, data.to, data.timezone)}>
        <Money amount={data.cost_per_month} />
      </Tile>
    </Tiles>
  );
}

function List({ report, group }: { report: Savings; group: Group }) {
  const all = linesOf(report);
  const shown = all.filter((line) => group === 'all' || line.group === group);
  if (shown.length === 0) {
    return (
      <Empty title={all.length === 0 ? 'Nothing to save was found'
        : 'None of this kind'}>
        {all.length === 0
          ? 'toll looks at the last 28 complete days: failed calls, runaway ' +
            'runs, caches, batch work, models and growth.'
          : 'Show all of them to see what else there is.'}
      </Empty>
    );
  }
  const max = Math.max(...shown.map((line) => line.high));
  const other = shown.filter((line) => line.group === 'model');
  const own = shown.filter((line) => line.group !== 'model');
  return (
    <>
      {own.length > 0 && (
        <Lines label="What could be done, most first" lines={own} max={max} />
      )}
      {other.length > 0 && (
        <section class="saving-others">
          <h3>Price differences</h3>
          <p class="note">
            Another model that runs here already, at the same tokens. Nobody
            knows yet whether it answers as well.
          </p>
          <Lines label="Other models, most first" lines={other} max={max} />
        </section>
      )}
    </>
  );
}

/** The first of them with its reasons open. */
function Lines({ label, lines, max }:
  { label: string; lines: Line[]; max: number }) {
  return (
    <ol class="list" aria-label={label}>
      {lines.map((line, i) => <SavingLine key={line.rank} line={line} max={max}
        first={i === 0 && line.rank === 1} />)}
    </ol>
  );
}
