// How far the numbers can be trusted, what is wrong, and how it is mended.

import { reportPath, type Coverage } from '../../api/report';
import { Link, useHere } from '../../frame/here';
import { formatRatio, plural } from '../../lib/format';
import { parseUsd } from '../../lib/money';
import { capital } from '../../lib/words';
import { PageHead } from '../../ui/head';
import { useApi } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { Count, Money } from '../../ui/numbers';
import { Panel } from '../../ui/panel';
import { Said } from '../../ui/said';
import { Empty } from '../../ui/states';
import { Table, type Column } from '../../ui/table';
import { Tile, Tiles } from '../../ui/tiles';
import type { Origin, Quality } from './answer';
import { Faults } from './faults';

export function QualityPage() {
  const { shared } = useHere();
  const quality = useApi<Quality>(reportPath('quality', shared));
  return (
    <>
      <PageHead short title="Data quality" sentence={quality.error
        ? 'It is not known how good the data is.'
        : quality.data?.sentence ?? ''} />
      <Loaded of={quality} height={1200}>
        {(data) => (data.coverage ? <Body quality={data} /> : (
          <Empty title="No calls to judge"><Said text={data.sentence} /></Empty>
        ))}
      </Loaded>
    </>
  );
}

function Body({ quality }: { quality: Quality }) {
  const { coverage = [], environments = [], sources = [] } = quality;
  return (
    <div class="content">
      <Figures quality={quality} />
      <Panel title="Spend that names its cause"
        note="what has no name cannot be told apart in any report">
        <ul class="list">{coverage.map(CoverageLine)}</ul>
      </Panel>
      <Faults quality={quality} />
      <Panel title="By environment"
        note="only production counts unless you choose another">
        <Table caption="By environment" rows={environments}
          columns={ORIGINS} />
      </Panel>
      <Panel title="By the way in">
        <Table caption="By the way in" rows={sources} columns={ORIGINS} />
      </Panel>
    </div>
  );
}

/** The one honest number first. */
function Figures({ quality }: { quality: Quality }) {
  const { coverage = [], requests } = quality;
  const feature = coverage.find((row) => row.dimension === 'feature');
  const share = feature?.share_of_cost ?? null;
  return (
    <Tiles label="How far the numbers can be trusted">
      <Tile name="Spend with a feature"
        hint="The share of the spend whose calls name their feature"
        tone={share !== null && share < 0.9 ? 'warn' : undefined}
        below={feature && (
          <><Money amount={feature.untagged_cost} /> without</>
        )}>
        {formatRatio(share)}
      </Tile>
      <Tile name="Calls without a price"
        tone={quality.unpriced_requests > 0 ? 'warn' : undefined}
        below={part(quality.unpriced_requests, requests)}>
        <Count n={quality.unpriced_requests} />
      </Tile>
      <Tile name="Estimated calls"
        hint="Recorded without the provider’s own counts"
        below={part(quality.estimated_requests, requests)}>
        <Count n={quality.estimated_requests} />
      </Tile>
      <Tile name="Late calls" hint="Arrived over a day after they were made"
        below={part(quality.late_requests, requests)}>
        <Count n={quality.late_requests} />
      </Tile>
      <Tile name="Sent twice" hint="Counted once each"
        below="since the server started">
        <Known n={quality.duplicate_events} />
      </Tile>
      <Tile name="Refused" below="since the server started"
        tone={quality.refused_events ? 'warn' : undefined}>
        <Known n={quality.refused_events} />
      </Tile>
    </Tiles>
  );
}

function part(n: number, of: number): string {
  return n === 0 ? 'none' : `${formatRatio(n / of)} of the calls`;
}

function Known({ n }: { n: number | undefined }) {
  return n === undefined ? <>–</> : <Count n={n} />;
}

function CoverageLine(row: Coverage) {
  const { dimension, share_of_cost: share } = row;
  const whole = parseUsd(row.untagged_cost) === 0n &&
    row.untagged_requests === 0;
  return (
    <li key={dimension} class="cover-line">
      <p class="strong">{capital(dimension)}</p>
      <p class="cover-share">
        <span class="meter" aria-hidden="true">
          <span class="meter-bar" style={{ width: `${(share ?? 0) * 100}%` }} />
        </span>
        <span>{formatRatio(share)}</span>
      </p>
      <p class="said">
        {whole ? 'Every call has one.' : (
          <>
            <Link to="/explore" params={{ where: [`${dimension}:`] }}>
              {plural(row.untagged_requests, 'call')}
            </Link>
            {' '}for <Money amount={row.untagged_cost} /> without.{' '}
            {row.mend && `${capital(row.mend)}.`}
          </>
        )}
      </p>
    </li>
  );
}

const ORIGINS: Column<Origin>[] = [
  { head: 'Name', text: true, key: ({ name }) => name,
    cell: ({ name }) => capital(name) },
  { head: 'Calls', key: ({ requests }) => requests,
    cell: ({ requests }) => <Count n={requests} /> },
  { head: 'Spend', cell: ({ cost }) => <Money amount={cost} /> },
  { head: 'Share', cell: (row) => formatRatio(row.share_of_cost) },
  { head: 'No price', cell: (row) => <Count n={row.unpriced_requests} /> },
  { head: 'Late', cell: (row) => <Count n={row.late_requests} /> },
  { head: 'Untagged', cell: (row) => formatRatio(row.untagged_share) },
];
