// Where the money went, by any group.

import { useMemo } from 'preact/hooks';

import { apiPath } from '../api/fetch';
import { rangeQuery } from '../api/query';
import { loadSpend, type SpendData } from '../api/spend';
import { useHere } from '../frame/here';
import { GROUPS, viewFrom, viewParams, type Group, type View }
  from '../lib/view';
import { GROUP_NAMES, INTERVAL_NAMES } from '../lib/words';
import { Select, type Option } from '../ui/controls';
import { PageHead } from '../ui/head';
import { useLoad } from '../ui/load';
import { PlacesContext } from '../ui/numbers';
import { Failure } from '../ui/states';
import { Headline, Pricing } from './spend_headline';
import { ModelPanel, SpendPanel, TablePanel, TokenPanel }
  from './spend_panels';

const GROUP_OPTIONS: Option<Group>[] =
  GROUPS.map((value) => ({ value, label: GROUP_NAMES[value] }));

export function SpendPage() {
  const { params, change } = useHere();
  const view = useMemo(() => viewFrom(params), [params]);
  const { range, environment, by, interval } = view;
  const { data, error, busy, reload } = useLoad(
    apiPath('spend', { ...rangeQuery(range), environment, by, interval }),
    (signal) => loadSpend(view, signal));

  return (
    <>
      <PageHead title="Explore" />
      <div class="controls">
        <Select label="Group by" options={GROUP_OPTIONS} value={by}
          onChange={(wanted) => change(viewParams({ ...view, by: wanted }))} />
        <Select label="Interval" options={intervalOptions(data)}
          value={data && interval !== 'auto' &&
            !data.intervals.includes(interval) ? 'auto' : interval}
          onChange={(wanted) =>
            change(viewParams({ ...view, interval: wanted }))} />
      </div>
      {error ? <Failure error={error} retry={reload} /> : (
        <PlacesContext.Provider value={data?.places ?? 2}>
          <div class={busy && data ? 'content stale' : 'content'}>
            <Headline data={data} />
            <SpendPanel view={view} data={data} />
            <div class="pair">
              <ModelPanel data={data} />
              <TokenPanel data={data} />
            </div>
            <TablePanel view={view} data={data} />
            {data && <Pricing data={data} />}
          </div>
        </PlacesContext.Provider>
      )}
    </>
  );
}

function intervalOptions(data: SpendData | null):
  Option<View['interval']>[] {
  return [
    { value: 'auto', label: 'Automatic' },
    ...(data?.intervals ?? []).map((value) => ({
      value, label: INTERVAL_NAMES[value],
    })),
  ];
}
