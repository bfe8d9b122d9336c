// What is wrong with the data: how much of it, the newest calls, and the lines
// that mend it.

import type { ComponentChildren } from 'preact';

import { useLedger } from '../../frame/ledger';
import { formatCount, plural } from '../../lib/format';
import { formatInstant } from '../../lib/time';
import { overrideLines, yamlText } from '../../lib/yaml';
import { Badge } from '../../ui/callout';
import { Command } from '../../ui/copy';
import { GroupName } from '../../ui/name';
import { Compact, Count } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Empty } from '../../ui/states';
import { Table, type Column } from '../../ui/table';
import type { Call, Quality, Unpriced } from './answer';

interface Fault {
  /** What the calls of it are called in the answer. */
  what: string;
  title: string;
  n: number;
  /** It makes numbers wrong, rather than harder to read. */
  grave: boolean;
  body: ComponentChildren;
}

export function Faults({ quality }: { quality: Quality }) {
  const faults = faultsOf(quality).filter(({ n }) => n > 0);
  return (
    <Panel title="What is wrong, and how to mend it">
      {faults.length === 0
        ? (
          <Empty title="Nothing is wrong">
            Every call has its feature, its price and the provider’s own counts.
          </Empty>
        )
        : (
          <ul class="list">
            {faults.map((fault) => (
              <FaultLine key={fault.title} fault={fault}
                calls={(quality.calls ?? []).filter(({ what }) =>
                  what === fault.what)} />
            ))}
          </ul>
        )}
    </Panel>
  );
}

function FaultLine({ fault, calls }: { fault: Fault; calls: Call[] }) {
  const { title, n, grave, body } = fault;
  return (
    <li>
      <details class="fault" open={grave}>
        <summary>
          <span class="strong">{title}</span>
          <Badge tone={grave ? 'warn' : undefined}>{formatCount(n)}</Badge>
        </summary>
        <div class="fault-body">
          {body}
          {calls.length > 0 && (
            <>
              <h3>The newest of them</h3>
              <Calls caption={title} calls={calls} />
            </>
          )}
        </div>
      </details>
    </li>
  );
}

function faultsOf(quality: Quality): Fault[] {
  const { calls = [], unpriced = [] } = quality;
  const untagged = quality.coverage?.find((row) => row.dimension === 'feature')
    ?.untagged_requests ?? 0;
  return [
    { what: 'unpriced', title: 'Calls without a price', grave: true,
      n: quality.unpriced_requests, body: <NoPrice unpriced={unpriced} /> },
    { what: 'feature', title: 'Calls without a feature', grave: true,
      n: untagged, body: <NoFeature calls={calls} /> },
    { what: 'refused', title: 'Events that were refused', grave: true,
      n: quality.refused_events ?? 0, body: <Refused /> },
    { what: 'estimated', title: 'Calls with estimated tokens', grave: false,
      n: quality.estimated_requests, body: (
        <p class="said">
          The client left before the provider told the usage. Raise the
          gateway’s drain limit, or let the call end.
        </p>
      ) },
    { what: 'late', title: 'Calls that came late', grave: false,
      n: quality.late_requests, body: (
        <p class="said">
          They came over a day after they were made, as those of imported files
          do. They are in every sum, but alerts and budgets did not see them in
          time. Send them as they happen, by the gateway or the event API.
        </p>
      ) },
    { what: 'duplicate', title: 'Events that came twice', grave: false,
      n: quality.duplicate_events ?? 0, body: (
        <p class="said">
          They had an id that was there already and count once, which is what
          resending is for. Many of them point to a sender that repeats itself
          without need.
        </p>
      ) },
  ];
}

function NoPrice({ unpriced }: { unpriced: Unpriced[] }) {
  return (
    <>
      <p class="said">
        What they cost is in no sum. State the price in <code>toll.yaml</code>,
        in dollars for a million tokens: calls from then on have it.
      </p>
      <Table caption="Models without a price" rows={unpriced}
        columns={UNPRICED} />
      <Command text={overrideLines(unpriced)} />
    </>
  );
}

const UNPRICED: Column<Unpriced>[] = [
  { head: 'Model', text: true,
    cell: ({ model }) => <GroupName name={model} /> },
  { head: 'Provider', text: true, cell: ({ provider }) => provider },
  { head: 'Calls', cell: (row) => <Count n={row.unpriced_requests} /> },
  { head: 'Tokens in', cell: (row) => <Compact n={row.input_tokens} /> },
  { head: 'Tokens out', cell: (row) => <Compact n={row.output_tokens} /> },
];

function NoFeature({ calls }: { calls: Call[] }) {
  const keys = new Set(calls.filter(({ what, key }) =>
    what === 'feature' && key !== '').map(({ key }) => key));
  const rules = [...keys].map((key) =>
    `    - when: {key: ${yamlText(key)}, feature: ""}\n` +
    '      set: {feature: NAME}');
  return (
    <>
      <p class="said">
        Send the header <code>X-Toll-Feature</code> with each call, or{' '}
        <code>feature</code> in the event.
        {rules.length > 0 && (
          <> Where the sender cannot be changed, its key tells what it is:</>
        )}
      </p>
      {rules.length > 0 && (
        <Command text={`attribution:\n  rules:\n${rules.join('\n')}`} />
      )}
    </>
  );
}

function Refused() {
  return (
    <>
      <p class="said">
        Each is kept with its place and the reason in the data directory’s{' '}
        <code>rejects</code>. Mend it there and bring it back:
      </p>
      <Command text="toll import rejects/DATE.ndjson" />
    </>
  );
}

function Calls({ caption, calls }: { caption: string; calls: Call[] }) {
  const zone = useLedger().data?.zone ?? 'UTC';
  const columns: Column<Call>[] = [
    { head: 'Call', text: true,
      cell: ({ id }) => <code class="name">{id}</code> },
    { head: `Time, ${zone}`, text: true,
      cell: ({ time }) => formatInstant(time, zone) },
    { head: 'Model', text: true,
      cell: ({ model }) => <GroupName name={model} /> },
    { head: 'Feature', text: true,
      cell: ({ feature }) => <GroupName name={feature} /> },
    { head: 'Key', text: true,
      cell: ({ key }) => (key === '' ? '–' : <GroupName name={key} />) },
    { head: 'Way in', text: true, cell: ({ source }) => source },
  ];
  return <Table caption={`${caption}, ${plural(calls.length, 'call')}`}
    rows={calls} columns={columns} />;
}
