// What GET /api/reconcile answers (docs/reconcile.md).

import type { Report, Usd } from '../../api/report';

export interface Cause {
  provider: string;
  cause: string;
  usd: Usd;
  /** `exact` or `at most` */
  certainty: string;
  what: string;
}

/** A provider of which there are calls and no lines has no invoice. */
export interface Billed {
  provider: string;
  invoice: Usd | null;
  toll: Usd;
  difference: Usd | null;
  unexplained: Usd | null;
  share_unexplained: number | null;
  days_covered: number;
  lines: number;
}

export interface ModelBill {
  provider: string;
  model: string;
  invoice: Usd | null;
  toll: Usd;
  difference: Usd | null;
  requests: number;
  unpriced_requests: number;
}

export interface DayBill {
  provider: string;
  day: string;
  invoice: Usd;
  toll: Usd;
  difference: Usd;
}

export interface Reconcile extends Report {
  /** "2026-10" */
  month: string;
  /** There are these where there are lines of an invoice. */
  invoice?: Usd;
  toll?: Usd;
  difference?: Usd;
  unexplained?: Usd;
  causes?: Cause[];
  providers?: Billed[];
  models?: ModelBill[];
  days?: DayBill[];
}

/** What POST /v1/invoices answers. */
export interface Taken {
  accepted: number;
  duplicates: number;
  rejected: { index: number; error: string }[];
}
