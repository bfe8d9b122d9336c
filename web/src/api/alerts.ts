// Incidents (docs/alerts.md, "What is open").

import type { Usd } from './report';

export interface AlertScope {
  feature: string | null;
  model: string | null;
  provider: string | null;
  workflow: string | null;
  customer: string | null;
}

export interface Acknowledged {
  by: string;
  at: string;
  note: string | null;
}

export interface AlertPart {
  scope: AlertScope;
  before: number;
  after: number;
  usd_per_day: Usd;
  since: string;
  closed: string | null;
}

export interface Alert {
  id: string;
  state: 'open' | 'closed';
  severity: 'page' | 'warn' | 'info';
  cause: string;
  rule: string | null;
  scope: AlertScope;
  sentence: string;
  /** What to do, in a sentence or two. */
  next: string | null;
  why: string | null;
  unmoved: string | null;
  release: string | null;
  owner: string | null;
  /** The first hour that showed it; when it was found. */
  since: string;
  opened: string;
  updated: string;
  closed: string | null;
  unit: string;
  before: number;
  after: number;
  usd_per_day: Usd;
  usd_so_far: Usd;
  usual_usd_per_day: Usd;
  run: string | null;
  acknowledged: Acknowledged | null;
  snoozed_until: string | null;
  told: boolean;
  parts: AlertPart[];
}

/** GET /api/alerts: open ones first, then the latest. */
export interface Alerts {
  alerts: Alert[];
  open: number;
  /** null while history is being heard. */
  watched_since: string | null;
}

/** All of them, those that are over too. */
export const ALERTS_PATH = 'api/alerts?state=all';
