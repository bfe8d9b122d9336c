// The answer, model by model, with what it assumes.

import { useHere } from '../../frame/here';
import { formatCompact, formatRatio } from '../../lib/format';
import { formatUsd, parseUsd, placesFor, toFloat } from '../../lib/money';
import { capital, unturned } from '../../lib/words';
import { Badge } from '../../ui/callout';
import { Notes } from '../../ui/notes';
import { Compact, Count, Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { RangeBar } from '../../ui/rangebar';
import { Said } from '../../ui/said';
import { Table } from '../../ui/table';
import { Tile, Tiles } from '../../ui/tiles';
import { GuardrailPanel } from './guardrail';
import { PricePanel } from './price';
import type { Plan, PlannedModel } from './report';
import { modelParams, type Wish } from './wish';

export function Result({ plan, wish }: { plan: Plan; wish: Wish }) {
  return (
    <div class="stack wide">
      <p class="answer" role="status"><Said text={plan.sentence} /></p>
      <Figures plan={plan} wish={wish} />
      <ModelsPanel plan={plan} />
      <div class="pair joined">
        <AssumedPanel plan={plan} />
        <PricePanel plan={plan} />
      </div>
      <GuardrailPanel plan={plan} />
      <Notes notes={plan.notes} />
    </div>
  );
}

function Figures({ plan, wish }: { plan: Plan; wish: Wish }) {
  const [first] = plan.models;
  const expected = plan.cases.find((row) => row.case === 'expected');
  if (!first || !expected) {
    return null;
  }
  const finely = placesFor([parseUsd(first.cost_per_request)], 3);
  return (
    <Tiles label="A month, as expected">
      <Tile name="Expected a month" below={range(first)}>
        <Money amount={first.expected} />
      </Tile>
      <Tile name="A user and month" below="who uses it">
        <Money amount={first.cost_per_user_month} />
      </Tile>
      <Tile name="A call" below={first.model}>
        <Money amount={first.cost_per_request} places={finely} />
      </Tile>
      <Tile name="Users"
        below={`of ${Number(wish.users).toLocaleString('en-US')} who could`}>
        <Count n={expected.users} />
      </Tile>
      <Tile name="Calls a month"
        below={`${expected.requests_per_user_day} a user and day`}>
        <Compact n={expected.requests_per_month} />
      </Tile>
    </Tiles>
  );
}

export function range({ low, high }: PlannedModel): string {
  return low === high ? 'however many adopt it'
    : `${formatUsd(parseUsd(low), 0)} – ${formatUsd(parseUsd(high), 0)}`;
}

function ModelsPanel({ plan }: { plan: Plan }) {
  const { models } = plan;
  const amounts = models.map(({ expected }) => parseUsd(expected));
  const max = Math.max(...models.map(({ high }) => toFloat(parseUsd(high))));
  const least = amounts.reduce((a, b) => (b < a ? b : a), amounts[0] ?? 0n);
  return (
    <Panel title="By model" note="dollars a month: low, expected, high"
      table={() => <ModelTable plan={plan} />}>
      <ul class="list" aria-label="Cost a month by model">
        {models.map((row, i) => (
          <ModelLine key={`${i} ${row.model}`} row={row} max={max}
            planned={i === 0}
            cheapest={models.length > 1 && amounts[i] === least}
            all={models.map(({ model }) => model)} />
        ))}
      </ul>
    </Panel>
  );
}

interface LineProps {
  row: PlannedModel;
  max: number;
  planned: boolean;
  cheapest: boolean;
  all: string[];
}

function ModelLine({ row, max, planned, cheapest, all }: LineProps) {
  const { change } = useHere();
  return (
    <li class="planned">
      <div class="planned-name">
        <div class="saving-what">
          <span class="strong name">{row.model}</span>
          {planned && <Badge tone="info">planned</Badge>}
          {cheapest && <Badge tone="good">cheapest</Badge>}
        </div>
        <p class="note row">
          {row.provider}
          {!planned && (
            <button type="button" class="link-button" onClick={() =>
              change(modelParams(
                [row.model, ...all.filter((one) => one !== row.model)]))}>
              Plan on it<span class="visually-hidden">: {row.model}</span>
            </button>
          )}
        </p>
      </div>
      <RangeBar low={toFloat(parseUsd(row.low))} max={max}
        point={toFloat(parseUsd(row.expected))}
        high={toFloat(parseUsd(row.high))}
        tone={planned ? undefined : 'soft'} />
      <div class="saving-amount">
        <Money amount={row.expected} />
        <p class="note">{range(row)}</p>
      </div>
    </li>
  );
}

function ModelTable({ plan: { models } }: { plan: Plan }) {
  const places = placesFor(models.map((row) =>
    parseUsd(row.cost_per_request)), 3);
  return (
    <Table caption="Cost a month by model" rows={models} columns={[
      { head: 'Model', cell: ({ model }) => <span class="name">{model}</span> },
      { head: 'A call', cell: (row) =>
        <Money amount={row.cost_per_request} places={places} /> },
      { head: 'Low', cell: ({ low }) => <Money amount={low} /> },
      { head: 'Expected', cell: (row) => <Money amount={row.expected} /> },
      { head: 'High', cell: ({ high }) => <Money amount={high} /> },
      { head: 'A user', cell: (row) =>
        <Money amount={row.cost_per_user_month} /> },
    ]} />
  );
}

function AssumedPanel({ plan }: { plan: Plan }) {
  const { like, like_requests, like_users } = plan;
  return (
    <Panel title="What is assumed">
      <Table caption="What is assumed" rows={plan.cases} columns={[
        { head: 'Case', cell: (row) => capital(row.case) },
        { head: 'Users', cell: ({ users }) => <Count n={users} /> },
        { head: 'A day each', cell: (row) => row.requests_per_user_day },
        { head: 'Calls a month', cell: (row) =>
          <Count n={row.requests_per_month} /> },
      ]} />
      <p class="note assumed">
        A call has {formatCompact(plan.input_tokens_per_request)} tokens in
        {plan.cache_share !== null && plan.cache_share > 0 &&
          `, ${formatRatio(plan.cache_share)} of them from a cache,`}
        {' '}and {formatCompact(plan.output_tokens_per_request)} out
        {like !== null && `, as ${formatCompact(like_requests ?? 0)} calls ` +
          `of ${unturned(like)} by ${formatCompact(like_users ?? 0)} users`}.
      </p>
    </Panel>
  );
}
