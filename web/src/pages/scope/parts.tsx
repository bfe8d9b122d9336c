// What a thing is made of, by another dimension.

import { apiPath } from '../../api/fetch';
import { rangeQuery } from '../../api/query';
import { loadParts, type Parts } from '../../api/scope';
import { Link, useHere } from '../../frame/here';
import { plural } from '../../lib/format';
import { shareOf, sum, toFloat } from '../../lib/money';
import type { Group } from '../../lib/view';
import { groupSaid } from '../../lib/words';
import { BarList, type BarLine } from '../../ui/barlist';
import { useLoad } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { GroupName } from '../../ui/name';
import { Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { ScopeLink } from '../../ui/scope';

const SHOWN = 5;

export function PartsPanel({ by, where, ready }:
  { by: Group; where: string[]; ready: boolean }) {
  const { shared } = useHere();
  const parts = useLoad(ready ? apiPath('parts', { by, where,
    ...rangeQuery(shared.range), environment: shared.environment }) : null,
  (signal) => loadParts(by, where, shared, SHOWN, signal));
  return (
    <Panel title={`By ${groupSaid(by)}`} actions={
      <Link to="/explore" params={{ by, where }}>
        All<span class="visually-hidden">
          {' '}by {groupSaid(by)}
        </span>
      </Link>
    }>
      <Loaded of={parts} height={300}>
        {(data) => <BarList label={`By ${groupSaid(by)}`}
          lines={linesOf(data, by)} />}
      </Loaded>
    </Panel>
  );
}

function linesOf({ parts, whole, truncated }: Parts, by: Group): BarLine[] {
  const lines: BarLine[] = parts.map(({ name, cost, requests }) => ({
    key: name,
    name: <ScopeLink dimension={by} name={name} />,
    length: toFloat(cost ?? 0n),
    value: <Money amount={cost} />,
    note: `${shareOf(cost, whole ?? 0n)}, ${plural(requests, 'request')}`,
  }));
  if (truncated) {
    const rest = (whole ?? 0n) - sum(parts.map(({ cost }) => cost ?? 0n));
    lines.push({
      key: 'all other',
      name: <GroupName name={null} />,
      length: toFloat(rest),
      value: <Money amount={rest} />,
      note: shareOf(rest, whole ?? 0n),
      tone: 'rest',
    });
  }
  return lines;
}
