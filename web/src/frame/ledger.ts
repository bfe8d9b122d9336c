// What every page needs to know of the ledger: where the range lies, in which
// time zone, which environments there are, and whether there is anything.

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

import { ask, rangeQuery, rowsOf } from '../api/query';
import { apiPath } from '../api/fetch';
import { DEFAULT_SHARED, type Shared } from '../lib/shared';
import { addDays, daysOf } from '../lib/time';
import { useLoad, type Loading } from '../ui/load';

export interface Ledger {
  /** The range by its days, both in. */
  first: string;
  last: string;
  zone: string;
  /** Those with calls in the range, most calls first; production always. */
  environments: string[];
  /** Calls in the range and environment. */
  requests: number;
  /** Set when there are none: where there are some. */
  elsewhere: Elsewhere | null;
}

/** The newest month in which any environment has events; null in an empty
 *  store. */
export interface Elsewhere {
  month: { from: string; to: string } | null;
}

export const LedgerContext = createContext<Loading<Ledger>>({
  data: null, error: null, busy: true, reload: () => {},
});

export function useLedger(): Loading<Ledger> {
  return useContext(LedgerContext);
}

/** For the frame, once. */
export function useLedgerOf({ range, environment }: Shared): Loading<Ledger> {
  const key = apiPath('ledger', { ...rangeQuery(range), environment });
  return useLoad(key, async (signal) => {
    const answer = await ask({ metrics: ['requests'], by: ['environment'],
      range, where: ['environment:*'], order: '-requests' }, signal);
    const counts = rowsOf(answer).map((row) =>
      ({ name: row.text('environment'), n: row.count('requests') }));
    const requests = counts
      .filter(({ name }) => environment === '*' || name === environment)
      .reduce((total, { n }) => total + n, 0);
    return {
      ...daysOf(answer.from, answer.to, answer.timezone),
      zone: answer.timezone,
      environments: [...new Set([DEFAULT_SHARED.environment,
        ...counts.map(({ name }) => name)])],
      requests,
      elsewhere: requests > 0 ? null : await findElsewhere(signal),
    };
  });
}

async function findElsewhere(signal: AbortSignal): Promise<Elsewhere> {
  const answer = await ask({ metrics: ['requests'], interval: 'month',
    range: 'all', where: ['environment:*'] }, signal);
  const from = rowsOf(answer).filter((row) => row.count('requests') > 0)
    .map((row) => row.text('time')).sort().at(-1);
  if (from === undefined) {
    return { month: null };
  }
  return { month: { from, to: `${addDays(from, 31).slice(0, 7)}-01` } };
}
