// From one amount to the other, cause by cause.

import type { Explain } from '../../api/report';
import { useHere } from '../../frame/here';
import { formatRatio } from '../../lib/format';
import { parseUsd } from '../../lib/money';
import { formatPeriod } from '../../lib/time';
import { capital, CAUSE_NAMES } from '../../lib/words';
import { Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Table } from '../../ui/table';
import { Waterfall } from '../../ui/waterfall';

export function CausesPanel({ data }: { data: Explain }) {
  const { params, change } = useHere();
  const chosen = params.get('factor');
  const zone = data.timezone;
  return (
    <Panel title="Causes" note="they add up to the change, to the last digit"
      table={() => <CausesTable data={data} />}>
      <Waterfall label="From the amount before to the one after, cause by cause"
        before={{
          name: formatPeriod(data.before_from, data.before_to, zone),
          amount: parseUsd(data.before),
        }}
        after={{
          name: formatPeriod(data.from, data.to, zone),
          amount: parseUsd(data.after),
        }}
        steps={data.factors.filter(({ usd }) => parseUsd(usd) !== 0n)
          .map(({ name, usd }) => ({
            key: name,
            name: causeName(name),
            amount: parseUsd(usd),
            open: chosen === name,
            onOpen: () => change(
              { factor: chosen === name ? null : name }, true),
          }))} />
    </Panel>
  );
}

export function causeName(name: string): string {
  return capital(CAUSE_NAMES[name] ?? name);
}

export function CausesTable({ data }: { data: Explain }) {
  return (
    <Table caption="Causes" rows={data.factors} columns={[
      { head: 'Cause', cell: ({ name }) => causeName(name) },
      { head: 'Effect', key: ({ usd }) => parseUsd(usd),
        cell: ({ usd }) => <Money amount={usd} change /> },
      { head: 'Share of the change',
        cell: (row) => formatRatio(row.share_of_change) },
    ]}
    foot={['Change', <Money amount={data.delta} change />, '']} />
  );
}
