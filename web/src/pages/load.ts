// Loading what a view shows.

import { useCallback, useEffect, useState } from 'preact/hooks';

import { QueryError } from '../api/query';
import { loadSpend, type SpendData } from '../api/spend';
import type { View } from '../lib/url';

export interface Loading {
  /** What was loaded last; it stays while something newer is on its way. */
  data: SpendData | null;
  error: QueryError | null;
  busy: boolean;
  reload: () => void;
}

export function useSpend(view: View): Loading {
  const [wanted, setWanted] = useState({});
  const [outcome, setOutcome] = useState<Outcome>(NOTHING_YET);

  useEffect(() => {
    const controller = new AbortController();
    const settle = (data: SpendData | null, error: QueryError | null) => {
      if (!controller.signal.aborted) {
        setOutcome({ view, wanted, data, error });
      }
    };
    loadSpend(view, controller.signal).then((data) => settle(data, null),
      (cause: unknown) => settle(null, asQueryError(cause)));
    return () => controller.abort();
  }, [view, wanted]);

  const reload = useCallback(() => setWanted({}), []);
  const { data, error } = outcome;
  // Compared, not stored: there is no moment at which a new view is on the
  // page and the old numbers pass for its own.
  const busy = outcome.view !== view || outcome.wanted !== wanted;
  return { data, error, busy, reload };
}

/** What came back, and for which view and which time of asking. */
interface Outcome {
  view: View | null;
  wanted: object;
  data: SpendData | null;
  error: QueryError | null;
}

const NOTHING_YET: Outcome = {
  view: null,
  wanted: {},
  data: null,
  error: null,
};

/** While the page shows that nothing is there yet, looks for the first event,
 *  so that whoever sends it sees it arrive. */
export function useWatch(watching: boolean, reload: () => void): void {
  useEffect(() => {
    if (!watching) {
      return;
    }
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') {
        reload();
      }
    }, 3000);
    return () => clearInterval(timer);
  }, [watching, reload]);
}

function asQueryError(cause: unknown): QueryError {
  if (cause instanceof QueryError) {
    return cause;
  }
  const text = cause instanceof Error ? cause.message : String(cause);
  return new QueryError(`The page could not read the answer: ${text}`,
    'Reload the page; if it stays, this is a mistake in toll.');
}
