// Incidents: what history would have raised (GET /api/alerts/replay), in the
// form in which pages show them.

import { getJson } from './fetch';

export interface AlertScope {
  feature: string | null;
  model: string | null;
  provider: string | null;
  workflow: string | null;
  customer: string | null;
}

export interface Alert {
  id: string;
  state: 'open' | 'closed';
  /** When it was raised; the first hour that showed it. */
  opened: string;
  since: string;
  updated: string | null;
  closed: string | null;
  severity: 'page' | 'warn' | 'info';
  cause: string;
  scope: AlertScope;
  unit: string;
  before: number;
  after: number;
  usd_per_day: number;
  usd_so_far: number | null;
  owner: string | null;
  acknowledged: string | null;
  snoozed_until: string | null;
  sentence: string;
  /** What to do next, in one sentence. */
  next: string | null;
  release: string | null;
}

export interface Alerts {
  alerts: Alert[];
  /** They were found in history just now; there is nothing to acknowledge. */
  replayed: boolean;
}

interface Replayed extends Pick<Alert, 'since' | 'closed' | 'severity' |
  'cause' | 'scope' | 'unit' | 'before' | 'after' | 'usd_per_day' |
  'sentence'> {
  alert: number;
  time: string;
  worse: boolean;
}

export async function loadAlerts(signal: AbortSignal): Promise<Alerts> {
  const replayed = await getJson<Replayed[]>('api/alerts/replay', signal);
  return {
    alerts: replayed.filter(({ worse }) => !worse).map(alertOf),
    replayed: true,
  };
}

function alertOf(row: Replayed): Alert {
  return {
    ...row,
    id: String(row.alert),
    state: row.closed === null ? 'open' : 'closed',
    opened: row.time,
    updated: null,
    usd_so_far: null,
    owner: null,
    acknowledged: null,
    snoozed_until: null,
    next: null,
    release: null,
  };
}
