// Budgets and how far they are used (docs/budgets.md).

import type { Usd } from './report';

export interface BudgetStep {
  percent: number;
  do: string;
  reached_at: string | null;
}

export interface Budget {
  name: string;
  /** Each key with its value, or several; without keys it is of all calls. */
  where: Record<string, string | string[]>;
  period: string;
  unit: string;
  /** Money as text, tokens and requests as numbers. */
  limit: Usd | number;
  used: Usd | number;
  share: number | null;
  from: string;
  resets: string | null;
  pace: { projected: Usd | number | null; exceeds_at: string | null } | null;
  steps: BudgetStep[];
}

export interface Budgets {
  budgets: Budget[];
}

export const BUDGETS_PATH = 'api/budgets';

/** The budget of a month's dollars for all calls, or all of the environment
 *  that is shown; null where there is none. */
export function monthBudget({ budgets }: Budgets, environment: string):
  Usd | null {
  const whole = budgets.find(({ where, period, unit }) =>
    period === 'month' && unit === 'usd' &&
    Object.entries(where).every(([key, value]) =>
      key === 'environment' && value === environment));
  return typeof whole?.limit === 'string' ? whole.limit : null;
}

/** Those that are nearly used up, or will be before they begin anew. */
export function pressing({ budgets }: Budgets): Budget[] {
  return budgets.filter(({ share, pace, resets }) => (share ?? 0) >= 0.8 ||
    (pace?.exceeds_at && resets && pace.exceeds_at < resets))
    .sort((a, b) => (b.share ?? 0) - (a.share ?? 0));
}
