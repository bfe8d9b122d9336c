// The table of the group: what each costs, and for what.

import type { GroupLine, SpendData } from '../api/spend';
import { formatRatio } from '../lib/format';
import { placesFor, shareOf, toFloat, type Pico } from '../lib/money';
import { GROUP_NAMES } from '../lib/words';
import { GroupName } from '../ui/name';
import { Compact, Count, Money } from '../ui/numbers';
import { Table, type Column } from '../ui/table';

export function GroupTable({ data, title }:
  { data: SpendData; title: string }) {
  const { totals, groups } = data;
  const places = placesFor(groups.map((line) => line.costPerRequest ?? 0n));
  const columns: Column<GroupLine>[] = [
    { head: GROUP_NAMES[data.view.by], text: true,
      key: (line) => line.name, cell: (line) => <Name line={line} /> },
    { head: 'Spend', key: listed((line) => line.cost),
      cell: (line) => <Money amount={line.cost} /> },
    { head: 'Share', cell: (line) => (
      <Share part={line.cost} whole={totals.cost ?? 0n} />
    ) },
    { head: 'Requests', key: listed((line) => line.requests),
      cell: (line) => <Count n={line.requests} /> },
    { head: 'Cost / request', key: listed((line) => line.costPerRequest),
      cell: (line) => (line.name === null ? '–'
        : <Money amount={line.costPerRequest} places={places} />) },
    { head: 'Tokens in', key: listed((line) => line.input),
      cell: (line) => <Compact n={line.input} /> },
    { head: 'Tokens out', key: listed((line) => line.output),
      cell: (line) => <Compact n={line.output} /> },
    { head: 'Cache hits', key: listed((line) => line.cacheHits),
      cell: (line) => formatRatio(line.cacheHits) },
  ];
  return (
    <Table caption={title} columns={columns} rows={groups} foot={[
      'Total', <Money amount={totals.cost} />, '',
      <Count n={totals.requests} />,
      <Money amount={totals.costPerRequest} places={places} />,
      <Compact n={totals.input} />, <Compact n={totals.output} />,
      formatRatio(totals.cacheHits)]} />
  );
}

/** The line of all others keeps its place at the end. */
function listed<K>(key: (line: GroupLine) => K) {
  return (line: GroupLine) => (line.name === null ? null : key(line));
}

function Name({ line }: { line: GroupLine }) {
  return (
    <>
      <GroupName name={line.name} />
      {line.unpriced > 0 && (
        <span class="tag"><Count n={line.unpriced} /> without price</span>
      )}
    </>
  );
}

function Share({ part, whole }: { part: Pico | null; whole: Pico }) {
  const width = part !== null && whole > 0n
    ? (toFloat(part) / toFloat(whole)) * 100
    : 0;
  return (
    <span class="share">
      <span class="share-track" aria-hidden="true">
        <span class="share-bar" style={{ width: `${width}%` }} />
      </span>
      <span class="share-text">{shareOf(part, whole)}</span>
    </span>
  );
}
