// What insights answer (docs/insights.md): one object with a sentence, facts
// and tables by their names.  Types of a report stand beside the page that
// shows it, or here where several pages do.

import type { Shared } from '../lib/shared';
import { environmentFilter } from '../lib/shared';
import { apiPath, type Query } from './fetch';
import { rangeQuery } from './query';

/** Money in an answer: dollars as an exact decimal string.  <Money> takes it
 *  as it is, parseUsd reads it. */
export type Usd = string;

/** What every report has. */
export interface Report {
  title: string;
  sentence: string;
  /** What to know before believing it. */
  notes: string[];
  from: string;
  to: string;
  timezone: string;
  filters: string[];
}

/** The address of an insight at the page's range and environment; `query` adds
 *  its own parameters, and `where` more filters. */
export function reportPath(route: string, { range, environment }: Shared,
  { where, ...query }: Query & { where?: readonly string[] } = {}): string {
  return apiPath(route, {
    ...rangeQuery(range),
    where: [...environmentFilter(environment), ...where ?? []],
    ...query,
  });
}

export interface Compared extends Report {
  before: Usd;
  after: Usd;
  delta: Usd;
  by: string;
  before_from: string;
  before_to: string;
}

export interface Factor {
  name: string;
  usd: Usd;
  share_of_change: number | null;
}

export interface Cell {
  factor: string;
  scope: string;
  model: string | null;
  usd: Usd;
  moved: string | null;
  before: number | null;
  after: number | null;
  since: string | null;
  coincides_with: string | null;
}

/** GET /api/explain */
export interface Explain extends Compared {
  factors: Factor[];
  cells: Cell[];
  runaway_run?: string;
  runaway_customer?: string;
  runaway_requests?: number;
  runaway_usd?: Usd;
}

export interface Mover {
  name: string;
  before: Usd;
  after: Usd;
  delta: Usd;
  share_of_change: number | null;
  cause: string | null;
  cause_usd: Usd | null;
  sentence: string;
}

/** GET /api/movers */
export interface Movers extends Compared {
  rows: Mover[];
  n_rows: number;
}

export interface ForecastDay {
  date: string;
  actual: Usd | null;
  forecast: Usd | null;
  month_so_far: Usd;
}

/** GET /api/forecast */
export interface Forecast extends Report {
  month: string;
  today: string;
  expected: Usd;
  low: Usd;
  high: Usd;
  level: number;
  so_far: Usd;
  to_come: Usd;
  run_rate: Usd;
  budget?: Usd;
  breach_probability?: number;
  breach_date?: string | null;
  budget_said?: string;
  days: ForecastDay[];
}

/** Its answer before there was a whole day of spending: the sentence says what
 *  lacks. */
export interface TooEarly extends Report {
  /** All of it today's. */
  so_far?: Usd;
  days?: undefined;
}

export interface Saving {
  kind: string;
  feature: string;
  workflow: string;
  low: Usd;
  point: Usd;
  high: Usd;
  confidence: string;
}

export interface SavingReason {
  rank: number;
  what: string;
  feature: string;
  arithmetic: string;
  check_first: string;
  falsified_by: string;
  /** Whose calls are meant where they are not production's, as a filter takes
   *  them. */
  environment: string | null;
  /** What GET /api/whatif can price, if anything. */
  to_provider: string | null;
  to_model: string | null;
  to_tier: string | null;
}

/** GET /api/savings; `reasons` has the same order as `savings`.  Without calls
 *  in its days, or without prices, there is the sentence alone. */
export interface Savings extends Report {
  cost_per_month: Usd;
  combined_low: Usd;
  combined: Usd;
  combined_high: Usd;
  combined_if_quality_holds: Usd | null;
  savings?: Saving[];
  reasons?: SavingReason[];
}

export interface Coverage {
  dimension: string;
  share_of_cost: number | null;
  share_of_requests: number | null;
  untagged_cost: Usd;
  untagged_requests: number;
  mend: string;
}

/** GET /api/quality, as far as several pages show it.  Without calls in the
 *  range there is no coverage. */
export interface Quality extends Report {
  cost: Usd;
  requests: number;
  unpriced_requests: number;
  coverage?: Coverage[];
}
