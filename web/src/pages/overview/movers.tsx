// What changed most against the period before, each with its cause.

import type { Mover, Movers } from '../../api/report';
import { anyOf } from '../../api/query';
import { Link } from '../../frame/here';
import { parseUsd } from '../../lib/money';
import { formatPeriod } from '../../lib/time';
import { capital } from '../../lib/words';
import type { Loading } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Said } from '../../ui/said';
import { ScopeLink } from '../../ui/scope';
import { Empty } from '../../ui/states';
import { Table, type Column } from '../../ui/table';
import { Delta } from '../../ui/tiles';

const SHOWN = 6;

export function MoversPanel({ movers }: { movers: Loading<Movers> }) {
  const { data } = movers;
  return (
    <Panel title="What changed most"
      note={data
        ? `against ${formatPeriod(data.before_from, data.before_to,
          data.timezone)}`
        : ''}
      actions={<Link to="/why">Why, in all</Link>}>
      <Loaded of={movers} height={330}>
        {({ rows }) => (rows.length === 0
          ? <Empty title="There is nothing to compare with yet" />
          : <Table fold caption="What changed most" columns={COLUMNS}
            rows={rows.slice(0, SHOWN)} />)}
      </Loaded>
    </Panel>
  );
}

const COLUMNS: Column<Mover>[] = [
  { head: 'Feature', text: true,
    cell: ({ name }) => <ScopeLink dimension="feature" name={name} /> },
  { head: 'Now', key: ({ after }) => parseUsd(after),
    cell: ({ after }) => <Money amount={after} /> },
  { head: 'Change', key: ({ delta }) => parseUsd(delta),
    cell: ({ delta, before, after }) => (
      <>
        <Money amount={delta} change />
        <br />
        <Delta now={parseUsd(after)} before={parseUsd(before)} />
      </>
    ) },
  { head: 'Cause', text: true,
    cell: ({ name, sentence }) => (
      <span class="wrap">
        <Said text={causes(name, sentence)} />{' '}
        <Link to="/why" params={{ where: [anyOf('feature', [name])] }}>
          Why?
        </Link>
      </span>
    ) },
];

/** The causes alone of "search rose $3.20 (+5 %): traffic +5 % (+$3.20)." */
export function causes(name: string, sentence: string): string {
  const from = sentence.startsWith(name) ? name.length : 0;
  const cut = sentence.indexOf(': ', from);
  const said = cut < 0 ? sentence : sentence.slice(cut + 2);
  return name && said.startsWith(name) ? said : capital(said);
}
