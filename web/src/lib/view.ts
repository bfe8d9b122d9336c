// What Explore shows, as its address says it.

import type { Params } from './route';
import { oneOf, sharedFrom, type Shared } from './shared';
import type { Interval } from './time';

export const GROUPS = [
  'feature', 'model', 'provider', 'customer', 'segment', 'owner',
  'experiment', 'environment', 'workflow',
] as const;
export const INTERVALS = ['hour', 'day', 'week', 'month'] as const;

export type Group = (typeof GROUPS)[number];

export interface View extends Shared {
  by: Group;
  interval: Interval | 'auto';
  /** Filters beyond the environment. */
  where: string[];
}

export function viewFrom(params: URLSearchParams): View {
  return {
    ...sharedFrom(params),
    by: oneOf(GROUPS, params.get('by')) ?? 'feature',
    interval: oneOf(INTERVALS, params.get('interval')) ?? 'auto',
    where: params.getAll('where'),
  };
}

/** What of it is Explore's own; the rest is shared by all pages. */
export function viewParams({ by, interval }: Pick<View, 'by' | 'interval'>):
  Params {
  return {
    by: by === 'feature' ? null : by,
    interval: interval === 'auto' ? null : interval,
  };
}
