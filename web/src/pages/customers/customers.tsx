// What customers cost against what they bring, and what would change it.

import { reportPath } from '../../api/report';
import { useHere } from '../../frame/here';
import { formatRatio } from '../../lib/format';
import { parseUsd } from '../../lib/money';
import { written } from '../../lib/words';
import { Callout } from '../../ui/callout';
import { Command } from '../../ui/copy';
import { PageHead } from '../../ui/head';
import { Answered } from '../../ui/answered';
import { useApi } from '../../ui/load';
import { Notes } from '../../ui/notes';
import { Count, Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Empty } from '../../ui/states';
import { Tile, Tiles } from '../../ui/tiles';
import { Filters, useWhere } from '../parts/filters';
import { GroupsPanel } from './groups';
import type { Customers } from './report';
import { ScatterPanel } from './scatter';
import { AllPanel, DearPanel } from './tables';
import { ChangePanel } from './change';

/** As many as can be drawn and scrolled through. */
const LISTED = 1000;

export function CustomersPage() {
  const { params, shared } = useHere();
  const where = useWhere();
  const customers = useApi<Customers>(reportPath('customers', shared, {
    where,
    limit: LISTED,
    cap: params.get('cap'),
    price: params.get('price'),
    tier: params.get('tier'),
  }));
  return (
    <>
      <PageHead short title="Customers" sentence={customers.error ? undefined
        : customers.data?.sentence ?? ''} />
      <Filters />
      <Answered of={customers} height={1100}>
        {(report) => <Body report={report} />}
      </Answered>
    </>
  );
}

function Body({ report }: { report: Customers }) {
  const { customers, revenue } = report;
  if (!customers) {
    return (
      <Panel title="Customers">
        <Empty title="Nothing to hold against each other">
          Choose another range, or name the customer of each call: the field{' '}
          <code>customer</code>, or the header <code>X-Toll-Customer</code>.
        </Empty>
      </Panel>
    );
  }
  return (
    <div class="content">
      <Figures report={report} />
      {report.disproportionate !== undefined && (
        <Callout tone="warn" title={written(report.disproportionate)} />
      )}
      {revenue === null && <HowToState />}
      <div class="wide-narrow joined">
        <ScatterPanel report={report} />
        <GroupsPanel report={report} />
      </div>
      {revenue !== null && <DearPanel rows={report.dear ?? []} />}
      <ChangePanel report={report} />
      <AllPanel rows={customers} total={report.n_customers ?? 0} />
      <Notes notes={report.notes} />
    </div>
  );
}

function Figures({ report }: { report: Customers }) {
  const { cost, revenue, margin, cost_of_revenue: share, n_customers,
    n_losing } = report;
  const losing = margin !== null && margin !== undefined &&
    parseUsd(margin) < 0n;
  return (
    <Tiles label="All customers">
      <Tile name="They cost" below="in this range">
        <Money amount={cost ?? null} />
      </Tile>
      <Tile name="They bring" below="for the same days">
        {revenue === null || revenue === undefined ? 'not stated'
          : <Money amount={revenue} />}
      </Tile>
      <Tile name="Margin" tone={losing ? 'bad' : undefined}
        below="what is left">
        {margin === null || margin === undefined ? '–'
          : <Money amount={margin} />}
      </Tile>
      <Tile name="Cost of the revenue" below="of each dollar">
        {formatRatio(share ?? null)}
      </Tile>
      <Tile name="Cost more than they bring"
        tone={n_losing ? 'warn' : undefined}
        below={`of ${(n_customers ?? 0).toLocaleString('en-US')} customers`}>
        {n_losing === null || n_losing === undefined ? '–'
          : <Count n={n_losing} />}
      </Tile>
    </Tiles>
  );
}

function HowToState() {
  const address = new URL('v1/customers', document.baseURI).href;
  return (
    <Panel title="State what they bring">
      <p class="lead">
        toll knows what customers cost. Send what they pay a month, and their
        margin is told:
      </p>
      <Command text={`curl -X PUT ${address} \\\n` +
        "  -H 'content-type: text/csv' --data-binary \\\n" +
        "  $'customer,segment,tier,revenue,from\\nacme,enterprise,gold,100," +
        "2026-10\\n'"} />
    </Panel>
  );
}
