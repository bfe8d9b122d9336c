// What Explore shows, as its address says it.

import { metricOf, type Metric } from './metrics';
import { oneOf, sharedFrom, type Shared } from './shared';
import type { Interval } from './time';

export const GROUPS = [
  'feature', 'model', 'provider', 'customer', 'segment', 'owner',
  'experiment', 'variant', 'environment', 'workflow', 'step', 'release',
  'prompt', 'requested_model', 'operation', 'service_tier', 'status',
  'source', 'key', 'fallback_from', 'user', 'run',
] as const;
export const INTERVALS = ['hour', 'day', 'week', 'month'] as const;

export type Named = (typeof GROUPS)[number];
/** A dimension; `tag.team` is that of a tag. */
export type Group = Named | `tag.${string}`;

export interface View extends Shared {
  by: Group;
  interval: Interval | 'auto';
  /** Filters beyond the environment. */
  where: string[];
}

export interface ExploreView extends View {
  metric: Metric;
  /** A second dimension, within the first. */
  then: Group | null;
  /** Beside the period before. */
  compare: boolean;
}

export function viewFrom(params: URLSearchParams): ExploreView {
  const by = groupFrom(params.get('by')) ?? 'feature';
  const then = groupFrom(params.get('then')) ?? null;
  return {
    ...sharedFrom(params),
    by,
    then: then === by ? null : then,
    interval: oneOf(INTERVALS, params.get('interval')) ?? 'auto',
    where: params.getAll('where'),
    metric: metricOf(params.get('metric')),
    compare: params.get('compare') === 'previous',
  };
}

/** Undefined where there is no such dimension. */
export function groupFrom(text: string | null): Group | undefined {
  return text !== null && isTag(text) ? text : oneOf(GROUPS, text);
}

/** A list of dimensions is separated by commas. */
export function isTag(text: string): text is `tag.${string}` {
  return /^tag\.[^,]+$/.test(text);
}
