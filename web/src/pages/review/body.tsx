// What the review says, from what it cost to what to do.

import type { ComponentChildren } from 'preact';

import type { Alert } from '../../api/alerts';
import { Link } from '../../frame/here';
import { formatRatio } from '../../lib/format';
import { parseUsd } from '../../lib/money';
import { formatInstant } from '../../lib/time';
import { capital, unturned, written } from '../../lib/words';
import { Badge, type Tone } from '../../ui/callout';
import { BarList } from '../../ui/barlist';
import { Notes } from '../../ui/notes';
import { Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Said } from '../../ui/said';
import { ScopeLink } from '../../ui/scope';
import { Empty } from '../../ui/states';
import { Table, type Column } from '../../ui/table';
import { Tile, Tiles } from '../../ui/tiles';
import { causes } from '../overview/movers';
import { SEVERITY } from '../parts/alert_line';
import type { Action, DearCustomer, Figure, Move, PastAction, Review, Share,
  Trial } from './answer';

export function Body({ review }: { review: Review }) {
  const { movers, actions, last_actions: past = [], experiments = [],
    features, models } = review;
  return (
    <div class="content">
      <p class="letter"><Said text={review.sentence} /></p>
      <Tiles label="The week against the week before">
        {review.totals.map((row) => <Total key={row.figure} row={row} />)}
      </Tiles>
      <div class="wide-narrow joined">
        <Panel title="What moved">
          {movers.length === 0
            ? <Empty title="Nothing moved" />
            : <ul class="list">{movers.map(MoveLine)}</ul>}
        </Panel>
        <Panel title="What to do next">
          {actions.length === 0
            ? (
              <Empty title="Nothing stands out">
                No change would save much of what the week cost.
              </Empty>
            )
            : <ol class="list">{actions.map(ActionLine)}</ol>}
        </Panel>
      </div>
      {past.length > 0 && (
        <Panel title="What became of last week’s"
          note="expected and seen, dollars a week">
          <Table fold caption="What became of last week’s" rows={past}
            columns={PAST_COLUMNS} />
        </Panel>
      )}
      <Alerts review={review} />
      <div class="pair joined">
        <Panel title="Features">
          <Table caption="Features" rows={features}
            columns={shareColumns('feature')} />
        </Panel>
        <Panel title="Models">
          <Table caption="Models" rows={models}
            columns={shareColumns('model')} />
        </Panel>
      </div>
      {experiments.length > 0 && (
        <Panel title="Experiments">
          <ul class="list">{experiments.map(TrialLine)}</ul>
        </Panel>
      )}
      <Customers review={review} />
      <QualityPanel review={review} />
      <Notes notes={review.notes} />
    </div>
  );
}

type Severity = Alert['severity'];

const NAMES: Record<string, string> = { cost: 'Spend' };

function Total({ row }: { row: Figure }) {
  const { figure, this_week: now, week_before: before, change } = row;
  return (
    <Tile name={NAMES[figure] ?? capital(figure)}
      below={written(change ? `${change} from ${before}` : `before ${before}`)}>
      {written(now)}
    </Tile>
  );
}

function MoveLine({ name, delta, why }: Move) {
  return (
    <li key={name} class="ledger-line">
      <div>
        <p class="strong"><ScopeLink dimension="feature" name={name} /></p>
        <p class="said">
          <Said text={causes(name || '(untagged)', why)} />
        </p>
      </div>
      <p class="strong"><Money amount={delta} change /></p>
    </li>
  );
}

function ActionLine({ owner, feature, action, saves_a_month: saves }: Action) {
  return (
    <li key={`${feature} ${action}`} class="ledger-line">
      <div>
        <p class="strong">{capital(unturned(action))}</p>
        <p class="said">
          <ScopeLink dimension="feature" name={feature} />{' '}
          <span class="note">{owner}</span>
        </p>
      </div>
      <p><Money amount={saves} /><br /><span class="note">a month</span></p>
    </li>
  );
}

const BECAME: Record<string, Tone> = {
  done: 'good', begun: 'info', worse: 'bad',
};

const PAST_COLUMNS: Column<PastAction>[] = [
  { head: 'Feature', text: true,
    cell: ({ feature }) => <ScopeLink dimension="feature" name={feature} /> },
  { head: 'Expected', cell: (row) =>
    <Money amount={row.expected_a_week} change /> },
  { head: 'Seen', cell: (row) => <Money amount={row.this_week} change /> },
  { head: 'What was said to do', text: true, cell: ({ action, became }) => (
    <span class="row">
      {capital(unturned(action))}
      <Badge tone={BECAME[became]}>{became}</Badge>
    </span>
  ) },
];

function shareColumns(dimension: 'feature' | 'model'): Column<Share>[] {
  return [
    { head: capital(dimension), text: true, key: ({ name }) => name,
      cell: ({ name }) => (
        <ScopeLink dimension={dimension} name={untagged(name)} />
      ) },
    { head: 'Spend', key: ({ cost }) => cost && parseUsd(cost),
      cell: ({ cost }) => <Money amount={cost} /> },
    { head: 'Change', key: ({ change }) => change && parseUsd(change),
      cell: ({ change }) => known(change, true) },
    { head: 'Share', cell: ({ share }) => formatRatio(share) },
    { head: 'Before', cell: (row) => formatRatio(row.share_before) },
  ];
}

/** The review spells out what has no name. */
function untagged(name: string): string {
  return name === '(untagged)' ? '' : name;
}

function Alerts({ review: { alerts = [], timezone } }: { review: Review }) {
  return alerts.length === 0 ? null : (
    <Panel title="Alerts" actions={<Link to="/alerts">All alerts</Link>}>
      <ul class="list">
        {alerts.map((row) => (
          <li key={row.alert} class="ledger-line">
            <div>
              <p><Said text={row.alert} /></p>
              <p class="row note">
                <Badge tone={SEVERITY[row.severity as Severity]?.tone}>
                  {row.state}
                </Badge>
                {formatInstant(row.since, timezone)}
                {row.owner && `, ${row.owner}`}
              </p>
            </div>
            <p class="strong"><Money amount={row.cost_so_far} /></p>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function TrialLine({ experiment, status, cost, verdict }: Trial) {
  return (
    <li key={experiment} class="ledger-line">
      <div>
        <p class="row strong">
          <ScopeLink dimension="experiment" name={experiment} />
          <Badge tone={status === 'running' ? 'info' : undefined}>
            {status}
          </Badge>
        </p>
        <p class="said"><Said text={verdict} /></p>
      </div>
      <p class="strong"><Money amount={cost} /></p>
    </li>
  );
}

const CUSTOMER_COLUMNS: Column<DearCustomer>[] = [
  { head: 'Customer', text: true, cell: ({ customer }) =>
    <ScopeLink dimension="customer" name={customer} /> },
  { head: 'Tier', text: true, cell: ({ tier }) => tier || '–' },
  { head: 'Cost', cell: ({ cost }) => <Money amount={cost} /> },
  { head: 'Brings', cell: ({ revenue }) => known(revenue) },
  { head: 'Margin', cell: ({ margin }) => known(margin) },
];

function known(amount: string | null, change = false): ComponentChildren {
  return amount === null ? '–' : <Money amount={amount} change={change} />;
}

function Customers({ review }: { review: Review }) {
  const { dear_customers: rows = [], customers_sentence: sentence } = review;
  if (!sentence) {
    return null;
  }
  return (
    <Panel title="Customers that are dear for what they bring">
      <p class="said panel-lead"><Said text={sentence} /></p>
      {rows.length > 0 && <Table caption="Dear customers" rows={rows}
        columns={CUSTOMER_COLUMNS} />}
    </Panel>
  );
}

function QualityPanel({ review }: { review: Review }) {
  const { quality_sentence: sentence, coverage = [] } = review;
  if (!sentence) {
    return null;
  }
  return (
    <Panel title="How far to trust it">
      <p class="said panel-lead"><Said text={sentence} /></p>
      <div class="coverage">
        <BarList label="Share of the spend that names it" whole={1}
          lines={coverage.map((row) => ({
            key: row.dimension,
            name: capital(row.dimension),
            length: row.share_of_cost ?? 0,
            value: formatRatio(row.share_of_cost),
            tone: 2,
          }))} />
      </div>
    </Panel>
  );
}
