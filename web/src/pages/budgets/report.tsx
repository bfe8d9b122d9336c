// What budgets did in the range: by budget, and whom it touched.

import { useState } from 'preact/hooks';

import { useLedger } from '../../frame/ledger';
import { formatInstant } from '../../lib/time';
import { Badge, type Tone } from '../../ui/callout';
import { Segments } from '../../ui/controls';
import type { Loading } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { GroupName } from '../../ui/name';
import { Notes } from '../../ui/notes';
import { Count, Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Said } from '../../ui/said';
import { ScopeLink } from '../../ui/scope';
import { Empty } from '../../ui/states';
import { Table, type Column } from '../../ui/table';
import type { Act, Guardrails, Touched } from './answer';

const ACTIONS: Record<string, { tone: Tone; name: string }> = {
  block: { tone: 'bad', name: 'refused' },
  fallback: { tone: 'info', name: 'other model' },
  slow: { tone: 'warn', name: 'slowed down' },
};

export function ReportPanel({ report }: { report: Loading<Guardrails> }) {
  return (
    <Panel title="What budgets did" note="in the range above">
      <Loaded of={report} height={220}>
        {(data) => (data.budgets.length === 0
          ? (
            <Empty title="No budget had to act">
              Calls that a budget refuses, slows down or sends to another model
              are listed here, with what that saved and whom it touched.
            </Empty>
          )
          : <Did report={data} />)}
      </Loaded>
    </Panel>
  );
}

function Did({ report }: { report: Guardrails }) {
  const zone = useLedger().data?.zone ?? 'UTC';
  const columns: Column<Act>[] = [
    { head: 'Budget', text: true, key: ({ budget }) => budget,
      cell: ({ budget }) => <GroupName name={budget} /> },
    { head: 'Calls were', text: true, cell: ({ action }) =>
      <Action action={action} /> },
    { head: 'Calls', key: ({ calls }) => calls,
      cell: ({ calls }) => <Count n={calls} /> },
    { head: 'Saved, about', cell: ({ saved }) => <Money amount={saved} /> },
    { head: 'First', text: true,
      cell: ({ first }) => formatInstant(first, zone) },
    { head: 'Last', text: true,
      cell: ({ last }) => formatInstant(last, zone) },
  ];
  return (
    <div class="stack">
      <p class="said"><Said text={report.sentence} /></p>
      <Table caption="What budgets did" rows={report.budgets}
        columns={columns} />
      <Whom report={report} />
      <Notes notes={report.notes} />
    </div>
  );
}

function Action({ action }: { action: string }) {
  const known = ACTIONS[action];
  return <Badge tone={known?.tone}>{known?.name ?? action}</Badge>;
}

const BY = [
  { value: 'features', label: 'Features' },
  { value: 'customers', label: 'Customers' },
  { value: 'users', label: 'Users' },
  { value: 'runs', label: 'Runs' },
  { value: 'models', label: 'Models' },
] as const;
type By = (typeof BY)[number]['value'];

function Whom({ report }: { report: Guardrails }) {
  const known = BY.filter(({ value }) => (report[value] ?? []).length > 0);
  const [by, setBy] = useState<By>(known[0]?.value ?? 'features');
  const rows = report[by] ?? [];
  if (known.length === 0) {
    return null;
  }
  return (
    <>
      <div class="controls">
        <Segments label="Whom it touched" options={known} value={by}
          onChange={setBy} />
      </div>
      <Table<Touched> tall caption="Whom it touched" rows={rows} columns={[
        { head: 'Who', text: true, cell: ({ value }) =>
          <ScopeLink dimension={by.slice(0, -1)} name={value} /> },
        { head: 'Budget', text: true,
          cell: ({ budget }) => <GroupName name={budget} /> },
        { head: 'Calls were', text: true,
          cell: ({ action }) => <Action action={action} /> },
        { head: 'Calls', key: ({ calls }) => calls,
          cell: ({ calls }) => <Count n={calls} /> },
        { head: 'Saved, about',
          cell: ({ saved }) => <Money amount={saved} /> },
      ]} />
    </>
  );
}
