// The two sums, what lies between them, and where.

import { useHere } from '../../frame/here';
import { formatRatio, plural } from '../../lib/format';
import { parseUsd, shareOf, type Pico } from '../../lib/money';
import { formatDay } from '../../lib/time';
import { capital } from '../../lib/words';
import { Badge } from '../../ui/callout';
import { Chips } from '../../ui/chips';
import { Button } from '../../ui/controls';
import { GroupName } from '../../ui/name';
import { Notes } from '../../ui/notes';
import { Count, Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { ScopeLink } from '../../ui/scope';
import { Empty } from '../../ui/states';
import { Table, type Column } from '../../ui/table';
import { Tile, Tiles } from '../../ui/tiles';
import { Waterfall } from '../../ui/waterfall';
import type { Billed, Cause, DayBill, ModelBill, Reconcile } from './answer';

interface Props {
  answer: Reconcile;
  provider: string | null;
  onAdd: () => void;
}

export function Body({ answer, provider, onAdd }: Props) {
  const { change } = useHere();
  const { causes = [], providers = [], models = [], days = [] } = answer;
  const agrees = causes.length === 0;
  return (
    <div class="content">
      {provider && (
        <Chips label="Filters" chips={[{ said: `Provider: ${provider}`,
          children: `Provider: ${provider}`,
          remove: () => change({ provider: null }) }]} />
      )}
      {answer.invoice === undefined
        ? (
          <Panel title="No bill for this month">
            <Empty title="Nothing to hold the sums against yet">
              <p>
                Add OpenAI’s costs or Anthropic’s cost report as their
                interface answered, or a table of what was billed.
              </p>
              <p class="row center">
                <Button kind="primary" onClick={onAdd}>Add a bill</Button>
              </p>
            </Empty>
          </Panel>
        )
        : (
          <>
            <Figures answer={answer} />
            <Panel title="From what toll counted to what was billed"
              note="the causes add up, to the last digit"
              table={agrees ? undefined : () =>
                <CauseTable causes={causes} />}>
              {agrees
                ? <Empty title="They agree" />
                : <Bridge answer={answer} causes={causes} />}
            </Panel>
          </>
        )}
      {providers.length > 0 && (
        <Panel title="By provider">
          <Table caption="By provider" rows={providers}
            columns={providerColumns((name) => change({ provider: name }))} />
        </Panel>
      )}
      {models.length > 0 && (
        <Panel title="By model" note="fees a call left out">
          <Table caption="By model" rows={models} columns={MODELS} />
        </Panel>
      )}
      {days.length > 0 && (
        <Panel title="By day" note="of UTC, as providers bill">
          <Table tall caption="By day" rows={days} columns={DAYS} />
        </Panel>
      )}
      <Notes notes={answer.notes} />
    </div>
  );
}

function Figures({ answer }: { answer: Reconcile }) {
  const [invoice, toll, difference, unexplained] = [answer.invoice, answer.toll,
    answer.difference, answer.unexplained].map((usd) => parseUsd(usd ?? '0'));
  const of = (part: Pico | undefined) =>
    `${shareOf(size(part ?? 0n), invoice ?? 0n)} of the bill`;
  return (
    <Tiles label="The bill and the ledger">
      <Tile name="Billed" below={lines(answer)}>
        <Money amount={invoice ?? 0n} />
      </Tile>
      <Tile name="toll counted" below="on the days that were billed">
        <Money amount={toll ?? 0n} />
      </Tile>
      <Tile name="Difference" below={of(difference)}>
        <Money amount={difference ?? 0n} change />
      </Tile>
      <Tile name="Unexplained" below={of(unexplained)}
        tone={isLittle(unexplained ?? 0n, invoice ?? 0n) ? 'good' : 'warn'}>
        <Money amount={unexplained ?? 0n} change />
      </Tile>
    </Tiles>
  );
}

/** Less than a thousandth is no matter. */
function isLittle(part: Pico, whole: Pico): boolean {
  return size(part) * 1000n <= size(whole);
}

function size(amount: Pico): Pico {
  return amount < 0n ? -amount : amount;
}

function lines({ providers = [] }: Reconcile): string {
  return `by ${plural(providers.reduce((n, row) => n + row.lines, 0), 'line')}`;
}

const NAMES: Record<string, string> = {
  time_zone: 'Days of another time zone',
  credits: 'Credits',
  fees: 'Fees that toll does not price',
  searches: 'Searches',
  unseen_usage: 'Models that toll has not seen',
  not_on_invoice: 'Calls that are not on the bill',
  unpriced_calls: 'Calls without a price',
  discounts: 'Discounts of yours',
  estimated_calls: 'Estimated calls',
  unexplained: 'Unexplained',
};

/** In the order in which they are told; what nothing explains is the rest. */
function rank(cause: string): number {
  return Object.keys(NAMES).indexOf(cause);
}

function causeName(cause: string): string {
  return NAMES[cause] ?? capital(cause.replace(/_/g, ' '));
}

/** The causes of all providers together; those of each are in the table. */
function Bridge({ answer, causes }: { answer: Reconcile; causes: Cause[] }) {
  const sums = new Map<string, { amount: Pico; cause: Cause }>();
  for (const cause of causes) {
    const before = sums.get(cause.cause)?.amount ?? 0n;
    sums.set(cause.cause, { amount: before + parseUsd(cause.usd), cause });
  }
  return (
    <Waterfall label="From what toll counted to what was billed"
      before={{ name: 'toll counted', amount: parseUsd(answer.toll ?? '0') }}
      after={{ name: 'Billed', amount: parseUsd(answer.invoice ?? '0') }}
      steps={[...sums].sort(([a], [b]) => rank(a) - rank(b))
        .map(([key, { amount, cause }]) => ({
          key,
          name: (
            <span title={cause.what}>
              {causeName(key)}
              {cause.certainty !== 'exact' && (
                <span class="note"> {cause.certainty}</span>
              )}
            </span>
          ),
          amount,
        }))} />
  );
}

function CauseTable({ causes }: { causes: Cause[] }) {
  return (
    <Table<Cause> caption="Causes" rows={causes} columns={[
      { head: 'Cause', text: true, cell: ({ cause }) => causeName(cause) },
      { head: 'Provider', text: true, key: ({ provider }) => provider,
        cell: ({ provider }) => <GroupName name={provider} /> },
      { head: 'Amount', key: ({ usd }) => parseUsd(usd),
        cell: ({ usd }) => <Money amount={usd} change /> },
      { head: 'Certainty', text: true,
        cell: ({ certainty }) => certainty },
      { head: 'What it is', text: true,
        cell: ({ what }) => <span class="wrap">{what}</span> },
    ]} />
  );
}

function providerColumns(choose: (name: string) => void): Column<Billed>[] {
  return [
    { head: 'Provider', text: true, key: ({ provider }) => provider,
      cell: ({ provider }) => (
        <button type="button" class="link-button"
          onClick={() => choose(provider)}>
          <GroupName name={provider} />
        </button>
      ) },
    { head: 'Billed', key: ({ invoice }) => invoice && parseUsd(invoice),
      cell: ({ invoice }) => (invoice === null
        ? <Badge>no bill</Badge> : <Money amount={invoice} />) },
    { head: 'toll counted', key: ({ toll }) => parseUsd(toll),
      cell: ({ toll }) => <Money amount={toll} /> },
    { head: 'Difference', cell: ({ difference }) =>
      (difference === null ? '–' : <Money amount={difference} change />) },
    { head: 'Unexplained', cell: ({ unexplained }) =>
      (unexplained === null ? '–' : <Money amount={unexplained} change />) },
    { head: 'Share', cell: (row) => formatRatio(row.share_unexplained) },
    { head: 'Days', cell: (row) => (row.invoice === null
      ? '–' : <Count n={row.days_covered} />) },
  ];
}

const MODELS: Column<ModelBill>[] = [
  { head: 'Model', text: true, key: ({ model }) => model,
    cell: ({ model }) => <ScopeLink dimension="model" name={model} /> },
  { head: 'Provider', text: true, key: ({ provider }) => provider,
    cell: ({ provider }) => <GroupName name={provider} /> },
  { head: 'Billed', key: ({ invoice }) => invoice && parseUsd(invoice),
    cell: ({ invoice }) =>
      (invoice === null ? '–' : <Money amount={invoice} />) },
  { head: 'toll counted', key: ({ toll }) => parseUsd(toll),
    cell: ({ toll }) => <Money amount={toll} /> },
  { head: 'Difference', key: (row) => row.difference &&
    parseUsd(row.difference), cell: ({ difference }) =>
    (difference === null ? '–' : <Money amount={difference} change />) },
  { head: 'Calls', key: ({ requests }) => requests,
    cell: ({ requests }) => <Count n={requests} /> },
  { head: 'Without price', cell: (row) => <Count n={row.unpriced_requests} /> },
];

const DAYS: Column<DayBill>[] = [
  { head: 'Day', text: true, key: ({ day }) => day,
    cell: ({ day }) => formatDay(day.slice(0, 10)) },
  { head: 'Provider', text: true, key: ({ provider }) => provider,
    cell: ({ provider }) => <GroupName name={provider} /> },
  { head: 'Billed', cell: ({ invoice }) => <Money amount={invoice} /> },
  { head: 'toll counted', cell: ({ toll }) => <Money amount={toll} /> },
  { head: 'Difference', key: (row) => parseUsd(row.difference),
    cell: ({ difference }) => <Money amount={difference} change /> },
];
