// What GET /api/budgets and /api/budgets/report answer (docs/budgets.md).

import type { Report, Usd } from '../../api/report';

/** Decimal text in dollars, a number of tokens or requests. */
export type Amount = string | number;

export interface Step {
  percent: number;
  do: 'notify' | 'fallback' | 'slow' | 'block';
  model?: string;
  delay?: string;
  notify?: string[];
  /** When toll saw it, in this period. */
  reached_at: string | null;
}

export interface Budget {
  name: string;
  where: Record<string, string | string[]>;
  /** A counter for each value of this key; `used` is that of the worst. */
  per?: string;
  worst?: { value: string; used: Amount }[];
  period: 'hour' | 'day' | 'week' | 'month' | 'rolling';
  window?: string;
  unit: 'usd' | 'tokens' | 'requests';
  limit: Amount;
  contact?: string;
  used: Amount;
  reserved: Amount;
  share: number;
  requests: number;
  unpriced_requests: number;
  from: string;
  resets: string | null;
  pace: { projected: Amount; exceeds_at: string | null } | null;
  steps: Step[];
  source: 'config' | 'applied';
}

export interface Act {
  budget: string;
  action: string;
  calls: number;
  saved: Usd;
  first: string;
  last: string;
}

export interface Touched {
  budget: string;
  action: string;
  value: string;
  calls: number;
  saved: Usd;
}

/** Where nothing was done there are only `budgets`, and none in it. */
export interface Guardrails extends Report {
  calls?: number;
  saved?: Usd;
  budgets: Act[];
  features?: Touched[];
  users?: Touched[];
  customers?: Touched[];
  runs?: Touched[];
  models?: Touched[];
}
