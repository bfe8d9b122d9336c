import type { Report, Usd } from '../../api/report';

export interface Customer {
  /** Empty for the calls that name none. */
  customer: string;
  segment: string;
  tier: string;
  requests: number;
  users: number;
  cost: Usd | null;
  revenue: Usd | null;
  margin: Usd | null;
  cost_of_revenue: number | null;
}

export interface Group {
  name: string;
  customers: number;
  requests: number;
  cost: Usd | null;
  revenue: Usd | null;
  margin: Usd | null;
  share_of_cost: number | null;
  share_of_revenue: number | null;
  cost_per_customer: Usd | null;
}

export interface WouldChange {
  change: string;
  customers: number;
  cost: Usd;
  revenue: Usd | null;
  margin: Usd | null;
  margin_change: Usd;
}

/** GET /api/customers; without calls and customers there is the sentence
 *  alone. */
export interface Customers extends Report {
  cost?: Usd | null;
  revenue?: Usd | null;
  margin?: Usd | null;
  cost_of_revenue?: number | null;
  n_customers?: number;
  n_losing?: number | null;
  what_if?: WouldChange[];
  dear?: Customer[];
  customers?: Customer[];
  tiers?: Group[];
  segments?: Group[];
  /** The tier whose share of the cost exceeds that of the revenue most. */
  disproportionate?: string;
}
