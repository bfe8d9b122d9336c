// All features, all models, all owners: what each costs, and how it moved.

import { useMemo } from 'preact/hooks';

import { apiPath } from '../../api/fetch';
import { rangeQuery } from '../../api/query';
import { reportPath, type Mover, type Movers } from '../../api/report';
import { loadScopes, type ScopeList, type ScopeRow } from '../../api/scope';
import { Link, useHere } from '../../frame/here';
import { formatRatio } from '../../lib/format';
import { exactUsd, placesFor, shareOf } from '../../lib/money';
import { CsvButton } from '../../ui/csv';
import { PageHead } from '../../ui/head';
import { hasCome, useApi, useLoad } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { Count, Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { ScopeLink } from '../../ui/scope';
import { Spark } from '../../ui/spark';
import { Table, type Column } from '../../ui/table';
import { Delta } from '../../ui/tiles';
import { capital, CAUSE_NAMES } from '../../lib/words';
import type { ScopeKind } from './kinds';

/** As many as the table has. */
const MOVERS = 200;

/** The page of a kind. */
export function listOf(kind: ScopeKind) {
  return () => <ListPage kind={kind} />;
}

function ListPage({ kind }: { kind: ScopeKind }) {
  const { shared } = useHere();
  const { dimension, many } = kind;
  const list = useLoad(apiPath('scopes', { ...rangeQuery(shared.range),
    environment: shared.environment, dimension }),
  (signal) => loadScopes(dimension, shared, signal));
  const movers = useApi<Movers>(hasCome(list)
    ? reportPath('movers', shared, { by: dimension, limit: MOVERS })
    : null);
  return (
    <>
      <PageHead title={many} sentence={movers.error ? undefined
        : movers.data?.sentence ?? ''} actions={
        <Link class="button" to="/explore" params={{
          by: dimension === 'feature' ? null : dimension,
        }}>
          Explore
        </Link>
      } />
      <Panel title={`${many} by spend`} note={list.data?.truncated
        ? `the first ${list.data.rows.length}` : ''}
        actions={list.data && (
          <CsvButton name={`toll-${kind.place}`}
            make={() => csvOf(list.data, kind)} />
        )}>
        <Loaded of={list} height={560}>
          {(data) => <List data={data} kind={kind} movers={movers.data} />}
        </Loaded>
      </Panel>
    </>
  );
}

interface ListProps {
  data: ScopeList;
  kind: ScopeKind;
  movers: Movers | null;
}

function List({ data, kind, movers }: ListProps) {
  const { rows, totals } = data;
  const fine = placesFor(rows.map((row) => row.costPerRequest ?? 0n));
  const causes = useMemo(() => new Map((movers?.rows ?? []).map((mover) =>
    [mover.name, mover])), [movers]);
  const columns: Column<ScopeRow>[] = [
    { head: kind.one, text: true, key: ({ name }) => name,
      cell: ({ name, unpriced }) => (
        <>
          <ScopeLink dimension={kind.dimension} name={name} />
          {unpriced > 0 && (
            <span class="tag"><Count n={unpriced} /> without price</span>
          )}
        </>
      ) },
    { head: 'Over time', text: true,
      cell: ({ series }) => <Spark values={series} /> },
    { head: 'Spend', key: ({ cost }) => cost,
      cell: ({ cost }) => <Money amount={cost} /> },
    { head: 'Share', cell: ({ cost }) => shareOf(cost, totals.cost ?? 0n) },
    { head: 'Change', key: ({ cost, before }) => (cost ?? 0n) - (before ?? 0n),
      cell: ({ cost, before }) =>
        <Delta now={cost} before={before ?? 0n} /> },
    { head: 'Main cause', text: true,
      cell: ({ name }) => causeOf(causes.get(name)) },
    { head: 'Requests', key: ({ requests }) => requests,
      cell: ({ requests }) => <Count n={requests} /> },
    { head: 'Cost / request', key: (row) => row.costPerRequest,
      cell: (row) => <Money amount={row.costPerRequest} places={fine} /> },
    { head: 'Cache hits', key: ({ cacheHits }) => cacheHits,
      cell: ({ cacheHits }) => formatRatio(cacheHits) },
  ];
  return (
    <Table caption={`${kind.many} by spend`} columns={columns} rows={rows}
      foot={['Total', '', <Money amount={totals.cost} />, '',
        <Delta now={totals.cost} before={data.before} />, '',
        <Count n={totals.requests} />,
        <Money amount={totals.costPerRequest} places={fine} />,
        formatRatio(totals.cacheHits)]} />
  );
}

function causeOf(mover: Mover | undefined): string {
  return mover?.cause ? capital(CAUSE_NAMES[mover.cause] ?? mover.cause) : '–';
}

function csvOf(data: ScopeList | null, { dimension }: ScopeKind):
  (string | number)[][] {
  return [[dimension, 'cost', 'before', 'requests', 'cost_per_request'],
    ...(data?.rows ?? []).map((row) => [
      row.name,
      ...[row.cost, row.before].map((amount) =>
        (amount === null ? '' : exactUsd(amount))),
      row.requests,
      row.costPerRequest === null ? '' : exactUsd(row.costPerRequest),
    ])];
}
