// The causes of a change, in brief.

import type { Explain } from '../../api/report';
import { Link } from '../../frame/here';
import { parseUsd } from '../../lib/money';
import { formatPeriod } from '../../lib/time';
import type { Loading } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { Panel } from '../../ui/panel';
import { Empty } from '../../ui/states';
import { Waterfall } from '../../ui/waterfall';
import { causeName, CausesTable } from '../why/causes';

export function CausesBrief({ explain, where }:
  { explain: Loading<Explain>; where: string[] }) {
  const { data } = explain;
  return (
    <Panel title="Why it changed" note={data
      ? `against ${formatPeriod(data.before_from, data.before_to,
        data.timezone)}`
      : ''}
      actions={<Link to="/why" params={{ where }}>All causes</Link>}
      table={data && (() => <CausesTable data={data} />)}>
      <Loaded of={explain} height={396}>
        {(loaded) => <Causes data={loaded} />}
      </Loaded>
    </Panel>
  );
}

function Causes({ data }: { data: Explain }) {
  const { before, after, factors } = data;
  if (factors.length === 0) {
    return <Empty title="There is nothing to compare with" />;
  }
  return (
    <Waterfall label="From the amount before to the one now, cause by cause"
      before={{ name: 'Before', amount: parseUsd(before) }}
      after={{ name: 'Now', amount: parseUsd(after) }}
      steps={factors.filter(({ usd }) => parseUsd(usd) !== 0n)
        .map(({ name, usd }) => ({
          key: name, name: causeName(name), amount: parseUsd(usd),
        }))} />
  );
}
