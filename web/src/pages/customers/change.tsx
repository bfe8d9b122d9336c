// What a cap, another price or another model would change.

import { apiPath } from '../../api/fetch';
import { anyOf, rangeQuery } from '../../api/query';
import { Link, useHere } from '../../frame/here';
import { environmentFilter } from '../../lib/shared';
import { formatRatio } from '../../lib/format';
import { exactUsd, parseUsd } from '../../lib/money';
import { capital } from '../../lib/words';
import { Select } from '../../ui/controls';
import { NumberField } from '../../ui/fields';
import { Answered } from '../../ui/answered';
import { useApi } from '../../ui/load';
import { Count, Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Said } from '../../ui/said';
import { Empty } from '../../ui/states';
import { Table } from '../../ui/table';
import { ModelField } from '../parts/models';
import { useFeatures } from '../parts/features';
import { useWhere } from '../parts/filters';
import { isCompared, type WhatIf } from '../whatif/report';
import type { Customers } from './report';

export function ChangePanel({ report }: { report: Customers }) {
  return (
    <Panel title="What would change it">
      <div class="wide-narrow">
        <div class="stack">
          <h3>A cap, or another price</h3>
          <Fields report={report} />
          <Changes report={report} />
        </div>
        <div class="stack">
          <h3>Another model</h3>
          <OtherModel report={report} />
        </div>
      </div>
    </Panel>
  );
}

function Fields({ report }: { report: Customers }) {
  const { params, change } = useHere();
  const tier = params.get('tier') ?? '';
  const names = (report.tiers ?? []).map(({ name }) => name)
    .filter((name) => name !== '(unknown)');
  const all = tier === '' || names.includes(tier) ? names : [tier, ...names];
  return (
    <div class="thirds-fields">
      <Select label="For" value={tier}
        options={[{ value: '', label: 'Everybody' },
          ...all.map((value) => ({ value, label: value }))]}
        onChange={(wanted) => change({ tier: wanted })} />
      <NumberField label="Calls end at" before="$" min={0}
        value={params.get('cap') ?? ''} placeholder="no cap"
        onChange={(cap) => change({ cap }, true)} />
      <NumberField label="Each pays" before="$" min={0}
        value={params.get('price') ?? ''} placeholder="as now"
        onChange={(price) => change({ price }, true)} />
    </div>
  );
}

function Changes({ report: { what_if: rows } }: { report: Customers }) {
  if (!rows) {
    return (
      <p class="note">
        State a cap on what a customer may cost a month, or what each pays a
        month instead, and see what is left.
      </p>
    );
  }
  return (
    <Table caption="What would change" rows={rows} columns={[
      { head: 'If', cell: ({ change }) =>
        <span class="what-if">{capital(change)}</span> },
      { head: 'Customers', cell: ({ customers }) => <Count n={customers} /> },
      { head: 'Cost', cell: ({ cost }) => <Money amount={cost} /> },
      { head: 'Revenue', cell: ({ revenue }) => (revenue === null ? '–'
        : <Money amount={revenue} />) },
      { head: 'Margin', cell: ({ margin, margin_change }) => (
        <>
          {margin === null ? '–' : <Money amount={margin} />}
          <br />
          <span class="note"><Money amount={margin_change} change /></span>
        </>
      ) },
    ]} />
  );
}

function OtherModel({ report }: { report: Customers }) {
  const { params, shared, change } = useHere();
  const where = useWhere();
  const features = useFeatures();
  const customer = params.get('customer') ?? '';
  const model = params.get('to_model') ?? '';
  const feature = params.get('feature') ?? features.data?.[0] ?? '';
  const filters = [...where,
    ...(customer === '' ? [] : [anyOf('customer', [customer])])];
  const query = { feature, to_model: model || null, where: filters };
  const answer = useApi<WhatIf>(model === '' || feature === '' ? null
    : apiPath('whatif', { ...rangeQuery(shared.range), ...query,
      where: [...environmentFilter(shared.environment), ...filters] }));
  const names = (report.customers ?? []).map((row) => row.customer)
    .filter(Boolean);
  return (
    <>
      <div class="pair-fields">
        <Select label="Calls of" value={customer}
          options={[{ value: '', label: 'Everybody' },
            ...[...new Set([...names, customer])].filter(Boolean)
              .map((value) => ({ value, label: value }))]}
          onChange={(wanted) => change({ customer: wanted })} />
        <Select label="In the feature" value={feature}
          options={[...new Set([feature, ...features.data ?? []])]
            .filter(Boolean).map((value) => ({ value, label: value }))}
          onChange={(wanted) => change({ feature: wanted })} />
      </div>
      <ModelField label="On the model" value={model}
        onChange={(to_model) => change({ to_model })} />
      {model === ''
        ? (
          <p class="note">
            Choose a model to see what those calls would have cost on it.
          </p>
        )
        : (
          <Answered of={answer} height={150}>
            {(whatIf) => <Priced whatIf={whatIf} report={report}
              customer={customer} query={query} />}
          </Answered>
        )}
    </>
  );
}

interface PricedProps {
  whatIf: WhatIf;
  report: Customers;
  customer: string;
  query: { feature: string; to_model: string | null; where: string[] };
}

function Priced({ whatIf, report, customer, query }: PricedProps) {
  if (!isCompared(whatIf)) {
    return <Empty title="No such calls">
      <Said text={whatIf.sentence} />
    </Empty>;
  }
  const row = customer === '' ? report
    : report.customers?.find((one) => one.customer === customer);
  const margin = row?.margin ?? null;
  const difference = parseUsd(whatIf.difference);
  return (
    <>
      <dl class="sums">
        <dt>Those calls now</dt>
        <dd><Money amount={whatIf.actual_cost} /></dd>
        <dd class="note"><Count n={whatIf.compared_requests} /> of them</dd>
        <dt>There</dt>
        <dd><Money amount={whatIf.cost_there} /></dd>
        <dd class="note">
          {whatIf.break_even_outcome_drop === null ? 'not less'
            : `${formatRatio(whatIf.break_even_outcome_drop)} less`}
        </dd>
        <dt class="strong">Margin then</dt>
        <dd class="strong">
          {margin === null ? '–'
            : <Money amount={exactUsd(parseUsd(margin) - difference)} />}
        </dd>
        <dd class="note">
          {margin === null ? 'no revenue is stated'
            : <><Money amount={-difference} change /> in this range</>}
        </dd>
      </dl>
      <p class="links">
        <Link to="/whatif" params={{ ...query, days: 'range' }}>
          How sure that is, and the arithmetic
        </Link>
      </p>
    </>
  );
}
