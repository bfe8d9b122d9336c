// Loading what a part of the page shows.

import { createContext } from 'preact';
import { useCallback, useContext, useEffect, useLayoutEffect, useRef,
  useState }
  from 'preact/hooks';

import { asApiError, getJson, type ApiError } from '../api/fetch';
import { begin } from '../lib/pending';

/** Another value makes all parts of the page ask again. */
export const RoundContext = createContext(0);

export interface Loading<T> {
  /** What was loaded last; it stays while something newer is on its way, and
   *  is null while there is nothing. */
  data: T | null;
  error: ApiError | null;
  busy: boolean;
  reload: () => void;
}

/** What a route answers.  `path` is that of apiPath or queryPath; null asks
 *  nothing. */
export function useApi<T>(path: string | null): Loading<T> {
  return useLoad(path, (signal) => getJson<T>(path ?? '', signal));
}

/** Whatever `load` makes of one or several answers.  It runs again when `key`
 *  is another, and everything it uses must be in the key. */
export function useLoad<T>(key: string | null,
  load: (signal: AbortSignal) => Promise<T>): Loading<T> {
  const round = useContext(RoundContext);
  const [again, setAgain] = useState(0);
  const wanted = `${round} ${again}`;
  const [outcome, setOutcome] = useState<Outcome<T>>({
    key: null, wanted: '', data: null, error: null,
  });

  // In the layout phase, so that the page says that it waits in the same
  // moment in which it shows what for.
  useLayoutEffect(() => {
    if (key === null) {
      return;
    }
    const controller = new AbortController();
    const end = begin();
    const settle = (data: T | null, error: ApiError | null) => {
      if (!controller.signal.aborted) {
        setOutcome({ key, wanted, data, error });
      }
      end();
    };
    load(controller.signal).then((data) => settle(data, null),
      (cause: unknown) => settle(null, asApiError(cause)));
    return () => {
      controller.abort();
      end();
    };
  }, [key, wanted]);

  const reload = useCallback(() => setAgain((n) => n + 1), []);
  const { data, error } = outcome;
  // Compared, not stored: there is no moment at which a new view is on the
  // page and the old numbers pass for its own.
  const busy = key !== null &&
    (outcome.key !== key || outcome.wanted !== wanted);
  return { data, error, busy, reload };
}

/** What came back, and for which key and which time of asking. */
interface Outcome<T> {
  key: string | null;
  wanted: string;
  data: T | null;
  error: ApiError | null;
}

/** Whether what was asked for is there, or has failed. */
export function hasCome({ data, error, busy }: Loading<unknown>): boolean {
  return !busy && (data !== null || error !== null);
}

/** Whether something has once been so: what takes the server long waits until
 *  what the reader looks at first has come, and is not asked again because the
 *  first was. */
export function useOnce(now: boolean): boolean {
  const once = useRef(false);
  once.current ||= now;
  return once.current;
}

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
