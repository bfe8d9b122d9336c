// What GET /api/prices answers (docs/pricing.md, "The book as data").

import type { Usd } from '../../api/report';

/** Dollars for a million tokens, or for a thousand searches or requests; by
 *  the names that toll.yaml has for them. */
export type PriceList = Record<string, string>;

interface Paid {
  cost: Usd;
  requests: number;
  unpriced_requests: number;
}

export interface Used {
  '30d': Paid;
  '90d': Paid;
  as: { provider: string; model: string; service_tier: string }[];
}

interface Entry {
  provider: string;
  model: string;
  service_tier: string;
  used: Used | null;
}

export interface NoPrice extends Entry {
  priced: false;
  /** Why there is none. */
  unpriced: string;
}

export interface Priced extends Entry {
  priced: true;
  id: string;
  source: string;
  from: string | null;
  prices: PriceList;
  above_input_tokens?: number;
  prices_above?: PriceList;
  daily_utc?: string;
  in_force: boolean;
  /** The price of one's own that goes before it. */
  overridden_by: string | null;
}

export type PriceRow = NoPrice | Priced;

export interface Prices {
  book: {
    source: string;
    date: string;
    age_days: number;
    providers: number;
    models: number;
    rows: number;
    overrides: number;
    discounts: number;
  };
  discounts: {
    provider: string;
    percent: string;
    from: string | null;
    in_force: boolean;
  }[];
  total: number;
  unpriced: number;
  rows: PriceRow[];
  truncated: boolean;
}
