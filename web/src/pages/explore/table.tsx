// The table of the groups: what each has, and how it was before.

import { useContext } from 'preact/hooks';

import { lengthOf, minus, shareIn, type ExploreData, type GroupRow, type Value }
  from '../../api/explore';
import { anyOf } from '../../api/query';
import { useHere } from '../../frame/here';
import { formatRatio } from '../../lib/format';
import { withFilter } from '../../lib/filter';
import { placesFor } from '../../lib/money';
import type { ExploreView, Group } from '../../lib/view';
import { groupName, groupSaid } from '../../lib/words';
import { CsvButton } from '../../ui/csv';
import { Arrow } from '../../ui/icons';
import { GroupName } from '../../ui/name';
import { Compact, Count, Money, PlacesContext } from '../../ui/numbers';
import { Panel, Skeleton } from '../../ui/panel';
import { scopePath } from '../../ui/scope';
import { Table, type Column } from '../../ui/table';
import { Delta } from '../../ui/tiles';
import { csvOf } from './csv';
import { MetricValue } from './value';

export function GroupPanel({ view, data }:
  { view: ExploreView; data: ExploreData | null }) {
  const { by, then } = data?.view ?? view;
  const title = `By ${groupSaid(by)}` +
    (then ? ` and ${groupSaid(then)}` : '');
  return (
    <Panel title={title} note={data?.truncated
      ? `the first ${data.rows.length}` : ''}
      actions={data && (
        <CsvButton name={`toll-by-${by}`} make={() => csvOf(data)} />
      )}>
      {data ? <GroupTable data={data} title={title} />
        : <Skeleton height={440} />}
    </Panel>
  );
}

/** A line of the table; `name` is null for all others together. */
type Line = Omit<GroupRow, 'name'> & { name: string | null };

function GroupTable({ data, title }: { data: ExploreData; title: string }) {
  const { totals, view, value } = data;
  const { metric } = view;
  const usual = useContext(PlacesContext);
  const fine = placesFor(data.rows.map((row) => row.costPerRequest ?? 0n));
  const places = metric.name === 'cost' ? usual
    : placesFor(data.rows.map((row) =>
      (typeof row.value === 'bigint' ? row.value : 0n)));
  const own = metric.name !== 'cost';
  const columns: Column<Line>[] = [
    { head: groupName(view.by), text: true,
      key: (line) => line.name, cell: (line) => <Name line={line}
        view={view} /> },
    ...(view.then ? [thenColumn(view.then)] : []),
    ...(own && !STANDING.has(metric.name) ? [{
      head: metric.label,
      key: listed((line) => line.value),
      cell: (line: Line) =>
        <MetricValue value={line.value} metric={metric} places={places} />,
    }] : []),
    ...(data.before ? beforeColumns(data, places) : []),
    { head: 'Spend', key: listed((line) => line.cost),
      cell: (line) => <Money amount={line.cost} /> },
    ...(metric.adds ? [{ head: 'Share', cell: (line: Line) => (
      <Share {...shareIn(line.value, value)} />
    ) }] : []),
    { head: 'Requests', key: listed((line) => line.requests),
      cell: (line) => <Count n={line.requests} /> },
    { head: 'Cost / request', key: listed((line) => line.costPerRequest),
      cell: (line) => (line.name === null ? '–'
        : <Money amount={line.costPerRequest} places={fine} />) },
    { head: 'Tokens in', key: listed((line) => line.input),
      cell: (line) => <Compact n={line.input} /> },
    { head: 'Tokens out', key: listed((line) => line.output),
      cell: (line) => <Compact n={line.output} /> },
    { head: 'Cache hits', key: listed((line) => line.cacheHits),
      cell: (line) => formatRatio(line.cacheHits) },
  ];
  const foot: Record<string, preact.ComponentChildren> = {
    [groupName(view.by)]: 'Total',
    [metric.label]:
      <MetricValue value={value} metric={metric} places={places} />,
    'Before': data.before &&
      <MetricValue value={data.before.value} metric={metric}
        places={places} />,
    'Change': data.before &&
      <Delta now={lengthOf(value)} before={lengthOf(data.before.value)} />,
    'Spend': <Money amount={totals.cost} />,
    'Requests': <Count n={totals.requests} />,
    'Cost / request': <Money amount={totals.costPerRequest} places={fine} />,
    'Tokens in': <Compact n={totals.input} />,
    'Tokens out': <Compact n={totals.output} />,
    'Cache hits': formatRatio(totals.cacheHits),
  };
  return <Table caption={title} columns={columns} rows={linesOf(data)}
    foot={columns.map(({ head }) => foot[head] ?? '')} />;
}

/** Metrics that every table shows. */
const STANDING = new Set(['cost', 'requests', 'cost_per_request',
  'input_tokens', 'output_tokens', 'cache_hit_share']);

function thenColumn(then: Group): Column<Line> {
  return {
    head: groupName(then),
    text: true,
    key: (line) => line.then,
    cell: (line) => (line.name === null ? '' : <GroupName name={line.then} />),
  };
}

function beforeColumns({ view }: ExploreData, places: number): Column<Line>[] {
  return [
    { head: 'Before', key: listed((line) => line.before ?? null),
      cell: (line) => (line.before === null || line.before === undefined ? '–'
        : <MetricValue value={line.before} metric={view.metric}
          places={places} />) },
    { head: 'Change', cell: (line) => <Delta now={lengthOf(line.value)}
      before={lengthOf(line.before ?? (view.metric.adds ? 0 : null))}
      neutral={view.metric.kind !== 'usd'} /> },
  ];
}

/** The rows, and one for what a long list leaves out. */
function linesOf({ rows, totals, truncated, value, view }: ExploreData):
  Line[] {
  if (!truncated) {
    return rows;
  }
  const rest = (pick: (row: Line | typeof totals) => number) =>
    rows.reduce((left, row) => left - pick(row), pick(totals));
  return [...rows, {
    name: null,
    then: null,
    cost: minus(totals.cost, rows.map((row) => row.cost)) as bigint | null,
    requests: rest((row) => row.requests),
    input: rest((row) => row.input),
    output: rest((row) => row.output),
    unpriced: rest((row) => row.unpriced),
    cacheHits: null,
    errors: null,
    costPerRequest: null,
    value: view.metric.adds
      ? minus(value, rows.map((row) => row.value))
      : null,
    before: undefined,
  }];
}

/** The line of all others keeps its place at the end. */
function listed(key: (line: Line) => Value) {
  return (line: Line) => (line.name === null ? null : key(line));
}

function Name({ line, view }: { line: Line; view: ExploreView }) {
  const { change, href } = useHere();
  const { name } = line;
  if (name === null) {
    return <GroupName name={null} />;
  }
  const path = scopePath(view.by, name);
  return (
    <>
      <button type="button" class="name-button" title="Look only at this"
        onClick={() => change({
          where: withFilter(view.where, anyOf(view.by, [name])),
        })}>
        <GroupName name={name} />
      </button>
      {path && (
        <a class="open-scope" href={href(path)} title="Open its page">
          <Arrow />
          <span class="visually-hidden">Open the page of {name}</span>
        </a>
      )}
      {line.unpriced > 0 && (
        <span class="tag"><Count n={line.unpriced} /> without price</span>
      )}
    </>
  );
}

function Share({ said, share }: { said: string; share: number }) {
  return (
    <span class="share">
      <span class="share-track" aria-hidden="true">
        <span class="share-bar" style={{ width: `${share * 100}%` }} />
      </span>
      <span class="share-text">{said}</span>
    </span>
  );
}
