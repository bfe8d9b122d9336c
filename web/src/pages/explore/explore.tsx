// Any metric by any dimensions, down to single calls.

import { useMemo } from 'preact/hooks';

import { apiPath } from '../../api/fetch';
import { rangeQuery } from '../../api/query';
import { loadExplore, type ExploreData } from '../../api/explore';
import { useHere } from '../../frame/here';
import { oneName } from '../../lib/filter';
import { placesForSum } from '../../lib/money';
import { viewFrom, type ExploreView } from '../../lib/view';
import { groupSaid } from '../../lib/words';
import { CopyButton } from '../../ui/copy';
import { PageHead } from '../../ui/head';
import { useLoad } from '../../ui/load';
import { PlacesContext } from '../../ui/numbers';
import { Failure } from '../../ui/states';
import { Filters } from '../parts/filters';
import { useMarks } from '../parts/marks';
import { Pricing } from '../parts/pricing';
import { ChartPanel } from './chart_panel';
import { Controls } from './controls';
import { EventsPanel } from './events';
import { Headline } from './headline';
import { GroupPanel } from './table';

export function ExplorePage() {
  const { params } = useHere();
  const view = useMemo(() => viewFrom(params), [params]);
  const { range, environment, by, then, interval, where, metric, compare } =
    view;
  const { data, error, busy, reload } = useLoad(
    apiPath('explore', { ...rangeQuery(range), environment, by, then, interval,
      where, metric: metric.name, compare: String(compare) }),
    (signal) => loadExplore(view, signal));
  const { marks } = useMarks(oneName(where, 'feature') ?? undefined);
  const events = params.get('view') === 'events';

  return (
    <>
      <PageHead title="Explore" sentence={sentenceOf(view)} actions={
        <CopyButton text={location.href} label="Copy link" />
      } />
      <div class="stack">
        <Controls view={view} data={data} />
        <Filters />
      </div>
      {error ? <Failure error={error} retry={reload} /> : (
        <PlacesContext.Provider value={placesOf(data)}>
          <div class={busy && data ? 'content stale' : 'content'}>
            <Headline data={data} compare={compare} />
            <ChartPanel view={view} data={data} marks={marks} />
            <GroupPanel view={view} data={data} />
            <EventsPanel open={events} />
            {data && <Pricing unpriced={data.totals.unpriced}
              models={data.unpricedModels} />}
          </div>
        </PlacesContext.Provider>
      )}
    </>
  );
}

function placesOf(data: ExploreData | null): number {
  return placesForSum(data?.totals.cost ?? null);
}

function sentenceOf({ metric, by, then }: ExploreView): string {
  const groups = [by, ...(then ? [then] : [])].map((group) =>
    groupSaid(group)).join(' and ');
  return `${metric.label} by ${groups}. Click a name to look only at it; ` +
    'drag over the chart to ask why.';
}
