// Where each cause comes from.

import { anyOf } from '../../api/query';
import type { Cell, Explain } from '../../api/report';
import { Link, useHere } from '../../frame/here';
import { withFilter } from '../../lib/filter';
import { parseUsd } from '../../lib/money';
import { GroupName } from '../../ui/name';
import { Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Empty } from '../../ui/states';
import { Table, type Column } from '../../ui/table';
import { useWhere } from '../parts/filters';
import { causeName } from './causes';
import { Callout } from '../../ui/callout';
import { formatCount } from '../../lib/format';

export function CellsPanel({ data }: { data: Explain }) {
  const { params, href } = useHere();
  const where = useWhere();
  const chosen = params.get('factor');
  const cells = data.cells.filter(({ factor }) =>
    chosen === null || factor === chosen);
  return (
    <Panel title="Where it comes from" note={chosen
      ? `${causeName(chosen).toLowerCase()} alone`
      : 'the places that make most of each cause'}>
      <div class="stack">
        {data.runaway_run && <Runaway data={data} />}
        {cells.length === 0
          ? <Empty title="No single place stands out" />
          : <Table caption="Where it comes from" rows={cells}
            columns={columnsOf(data, (scope) => href('/why', {
              ...keep(params), where: withFilter(where,
                anyOf(data.by, [scope])),
            }))} />}
      </div>
    </Panel>
  );
}

function columnsOf(data: Explain, narrow: (scope: string) => string):
  Column<Cell>[] {
  return [
    { head: 'Cause', text: true, key: ({ factor }) => factor,
      cell: ({ factor }) => causeName(factor) },
    { head: causeName(data.by), text: true, key: ({ scope }) => scope,
      cell: ({ scope }) => (
        <a class="scope-link" href={narrow(scope)}>
          <GroupName name={scope} />
        </a>
      ) },
    { head: 'Effect', key: ({ usd }) => parseUsd(usd),
      cell: ({ usd }) => <Money amount={usd} change /> },
    { head: 'What moved', text: true, cell: ({ moved, model }) => (
      <>
        {moved?.replace('->', '→') ?? '–'}
        {model !== null && <span class="note"> {model}</span>}
      </>
    ) },
    { head: 'Since', text: true, cell: ({ since }) => since ?? '–' },
    { head: 'At the time of', text: true,
      cell: (cell) => cell.coincides_with ?? '–' },
  ];
}

/** What of the address goes along to a narrower question. */
function keep(params: URLSearchParams) {
  return {
    at: params.get('at'),
    vs: params.get('vs'),
    by: params.get('by'),
  };
}

function Runaway({ data }: { data: Explain }) {
  const { runaway_run: run = '', runaway_customer: customer = '' } = data;
  return (
    <Callout tone="bad" title="One run went in circles" actions={
      <Link class="button" to="/explore" params={{
        where: anyOf('run', [run]), by: 'step', view: 'events',
      }}>
        See its calls
      </Link>
    }>
      <p>
        {run}{customer && ` of ${customer}`} alone made{' '}
        {formatCount(data.runaway_requests ?? 0)} calls for{' '}
        <Money amount={data.runaway_usd ?? null} />.
      </p>
    </Callout>
  );
}
