// The page at /: where the money went.

import { useEffect } from 'preact/hooks';

import type { QueryError } from '../api/query';
import type { SpendData } from '../api/spend';
import { formatDays } from '../lib/time';
import { GROUP_NAMES } from '../lib/words';
import { Button } from '../ui/controls';
import { PlacesContext } from '../ui/numbers';
import { Message } from '../ui/states';
import { useSpend, useWatch } from './load';
import { Controls } from './spend_controls';
import { Empty } from './spend_empty';
import { Headline } from './spend_headline';
import { ModelPanel, SpendPanel, TablePanel, TokenPanel }
  from './spend_panels';
import { useView } from './view';

export function SpendPage() {
  const [view, change] = useView();
  const { data, error, busy, reload } = useSpend(view);
  const empty = data?.elsewhere ?? null;
  useWatch(empty !== null && empty.month === null, reload);
  useEffect(() => {
    document.title = `Spend by ${GROUP_NAMES[view.by].toLowerCase()} · toll`;
  }, [view.by]);

  return (
    <div class="page" aria-busy={busy}>
      <div class={busy ? 'progress on' : 'progress'} aria-hidden="true" />
      <p class="visually-hidden" role="status">{statusText(data, busy)}</p>
      <Controls view={view} data={data} change={change} reload={reload} />
      {error && <Failure error={error} retry={reload} />}
      {!error && data && empty &&
        <Empty data={data} empty={empty} change={change} />}
      {!error && !empty && (
        <PlacesContext.Provider value={data?.places ?? 2}>
          <div class={busy && data ? 'content stale' : 'content'}>
            <Headline view={view} data={data} />
            <SpendPanel view={view} data={data} />
            <div class="pair">
              <ModelPanel data={data} />
              <TokenPanel data={data} />
            </div>
            <TablePanel view={view} data={data} />
          </div>
        </PlacesContext.Provider>
      )}
    </div>
  );
}

function Failure({ error, retry }: { error: QueryError; retry: () => void }) {
  return (
    <Message title="The numbers could not be loaded" role="alert">
      <p>{error.message}</p>
      {error.hint && <p class="note">{error.hint}</p>}
      <Button onClick={retry}>Try again</Button>
    </Message>
  );
}

function statusText(data: SpendData | null, busy: boolean): string {
  if (busy) {
    return 'Loading';
  }
  return data ? `Showing ${formatDays(data.first, data.last)}` : '';
}
