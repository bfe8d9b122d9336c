// What GET /api/review answers (docs/insights.md, "review").

import type { Coverage, Report, Usd } from '../../api/report';

/** Figures in words: the two weeks beside each other. */
export interface Figure {
  figure: string;
  this_week: string;
  week_before: string;
  change: string;
}

export interface Share {
  name: string;
  owner?: string;
  /** Null where none of its calls has a price. */
  cost: Usd | null;
  /** Likewise, of either week. */
  change: Usd | null;
  share: number | null;
  share_before: number | null;
}

export interface Move {
  name: string;
  delta: Usd;
  why: string;
}

export interface Action {
  owner: string;
  feature: string;
  action: string;
  saves_a_month: Usd;
}

export interface PastAction {
  feature: string;
  action: string;
  expected_a_week: Usd;
  this_week: Usd;
  became: string;
}

export interface Trial {
  experiment: string;
  status: string;
  cost: Usd;
  verdict: string;
}

/** One that was open at any time of the week. */
export interface WeekAlert {
  since: string;
  severity: string;
  alert: string;
  owner: string | null;
  cost_so_far: Usd;
  /** `open` or `over` */
  state: string;
}

export interface DearCustomer {
  customer: string;
  segment: string;
  tier: string;
  cost: Usd | null;
  revenue: Usd | null;
  margin: Usd | null;
  cost_of_revenue: number | null;
}

/** GET /api/review; of two weeks without calls the sentence alone. */
export interface EmptyReview extends Report {
  totals?: undefined;
}

export interface Review extends Report {
  cost: Usd | null;
  cost_before: Usd | null;
  change: Usd | null;
  totals: Figure[];
  features: Share[];
  models: Share[];
  movers: Move[];
  actions: Action[];
  last_actions?: PastAction[];
  alerts?: WeekAlert[];
  experiments?: Trial[];
  customers_sentence?: string;
  dear_customers?: DearCustomer[];
  quality_sentence?: string;
  coverage?: Coverage[];
}
