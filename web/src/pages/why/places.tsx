// The same change by place: what of it falls to each feature, customer, ...

import { anyOf } from '../../api/query';
import type { Mover, Movers } from '../../api/report';
import { useHere } from '../../frame/here';
import { withFilter } from '../../lib/filter';
import { parseUsd } from '../../lib/money';
import { useApi } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { GroupName } from '../../ui/name';
import { Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Said } from '../../ui/said';
import { Empty } from '../../ui/states';
import { Table, type Column } from '../../ui/table';
import { Delta } from '../../ui/tiles';
import { causes } from '../overview/movers';
import { causeName } from './causes';
import { explainPath, placesBy } from './question';

const SHOWN = 10;

export function PlacesPanel({ where, ready }:
  { where: string[]; ready: boolean }) {
  const here = useHere();
  const by = placesBy(here.params, where);
  const movers = useApi<Movers>(
    ready ? explainPath('movers', here, where, by) : null);
  const narrow = (name: string) => here.href('/why', {
    at: here.params.get('at'),
    vs: here.params.get('vs'),
    where: withFilter(where, anyOf(by, [name])),
  });
  return (
    <Panel title={`The change by ${by}`} note={movers.data &&
      movers.data.n_rows > SHOWN ? `the first ${SHOWN}` : ''}>
      <Loaded of={movers} height={330}>
        {({ rows }) => (rows.length === 0
          ? <Empty title="Nothing changed" />
          : <Table fold caption={`The change by ${by}`}
            rows={rows.slice(0, SHOWN)} columns={columnsOf(by, narrow)} />)}
      </Loaded>
    </Panel>
  );
}

function columnsOf(by: string, narrow: (name: string) => string):
  Column<Mover>[] {
  return [
    { head: causeName(by), text: true, key: ({ name }) => name,
      cell: ({ name }) => (
        <a class="scope-link" href={narrow(name)}><GroupName name={name} /></a>
      ) },
    { head: 'After', key: ({ after }) => parseUsd(after),
      cell: ({ after }) => <Money amount={after} /> },
    { head: 'Change', key: ({ delta }) => parseUsd(delta),
      cell: ({ delta, before, after }) => (
        <>
          <Money amount={delta} change />
          <br />
          <Delta now={parseUsd(after)} before={parseUsd(before)} />
        </>
      ) },
    { head: 'Cause', text: true, cell: ({ name, sentence }) =>
      <span class="wrap"><Said text={causes(name, sentence)} /></span> },
  ];
}
