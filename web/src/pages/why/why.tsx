// Why spending changed: two periods, and the exact causes between them.

import { useState } from 'preact/hooks';

import type { Explain } from '../../api/report';
import { useHere } from '../../frame/here';
import { useLedger } from '../../frame/ledger';
import { parseUsd, placesForSum } from '../../lib/money';
import { formatInstant, formatPeriod } from '../../lib/time';
import { Callout } from '../../ui/callout';
import { PageHead } from '../../ui/head';
import { useApi } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { Money, PlacesContext } from '../../ui/numbers';
import { Notes } from '../../ui/notes';
import { Delta, Tile, Tiles } from '../../ui/tiles';
import { Filters, useWhere } from '../parts/filters';
import { ActPanel } from './act';
import { CausesPanel } from './causes';
import { CellsPanel } from './cells';
import { Compare } from './compare';
import { BothPanel } from './both';
import { PlacesPanel } from './places';
import { explainPath } from './question';

export function WhyPage() {
  const here = useHere();
  const where = useWhere();
  const explain = useApi<Explain>(explainPath('explain', here, where));
  const { data } = explain;
  // The chart first; what takes the server longer after it.
  const [drawn, setDrawn] = useState(false);
  return (
    <PlacesContext.Provider
      value={data ? placesForSum(parseUsd(data.after)) : 2}>
      <PageHead title="Why spending changed"
        sentence={explain.error ? undefined : data?.sentence ?? ''} />
      <div class="controls">
        <Compare data={data} />
      </div>
      <Filters />
      <At />
      <Figures data={data} />
      <Loaded of={explain} height={480}>
        {(loaded) => (
          <div class="content">
            <CausesPanel data={loaded} />
            <CellsPanel data={loaded} />
            <BothPanel data={loaded} where={where}
              onCome={() => setDrawn(true)} />
            <div class="wide-narrow joined">
              <PlacesPanel where={where} ready={drawn} />
              <ActPanel data={loaded} where={where} ready={drawn} />
            </div>
            <Notes notes={loaded.notes} />
          </div>
        )}
      </Loaded>
    </PlacesContext.Provider>
  );
}

function At() {
  const { params } = useHere();
  const zone = useLedger().data?.zone ?? 'UTC';
  const at = params.get('at');
  if (!at) {
    return null;
  }
  return (
    <Callout title={`Before and after ${formatInstant(at, zone)}`}>
      <p>
        A week on each side of that moment is compared, as far as there are
        calls; the range above is not used.
      </p>
    </Callout>
  );
}

function Figures({ data }: { data: Explain | null }) {
  const zone = data?.timezone ?? 'UTC';
  return (
    <Tiles label="The two periods">
      <Tile name="Before"
        below={data && formatPeriod(data.before_from, data.before_to, zone)}>
        {data && <Money amount={data.before} />}
      </Tile>
      <Tile name="After" below={data && formatPeriod(data.from, data.to, zone)}>
        {data && <Money amount={data.after} />}
      </Tile>
      <Tile name="Change" below={data && (
        <Delta now={parseUsd(data.after)} before={parseUsd(data.before)} />
      )}>
        {data && <Money amount={data.delta} change />}
      </Tile>
    </Tiles>
  );
}
