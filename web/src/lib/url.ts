// The page's state is its address: a view can be bookmarked, sent to a
// colleague, and left with the back button.  Names and meaning are those of
// /api/query (`to` is the first day that is no longer in), and what is at its
// default is not written.

import { isDay, type Interval } from './time';

export const RANGES = [
  'today', 'yesterday', '7d', '30d', '90d', 'this-month', 'last-month',
] as const;
export const GROUPS = [
  'feature', 'model', 'provider', 'customer', 'segment', 'owner',
  'experiment', 'environment', 'workflow',
] as const;
export const INTERVALS = ['hour', 'day', 'week', 'month'] as const;

export type Range = (typeof RANGES)[number];
export type Group = (typeof GROUPS)[number];

export interface View {
  /** A named range, or the days of a range of one's own. */
  range: Range | { from: string; to: string };
  by: Group;
  interval: Interval | 'auto';
  /** All environments, or production alone. */
  all: boolean;
}

export const DEFAULT_VIEW: View = {
  range: '30d',
  by: 'feature',
  interval: 'auto',
  all: false,
};

/** Reads an address; what it does not understand is at its default, so that
 *  an old bookmark still opens. */
export function viewFromSearch(search: string): View {
  const params = new URLSearchParams(search);
  return {
    range: readRange(params),
    by: oneOf(GROUPS, params.get('by')) ?? DEFAULT_VIEW.by,
    interval: oneOf(INTERVALS, params.get('interval')) ?? 'auto',
    all: params.get('environment') === '*',
  };
}

/** The address of a view: '' or '?...'. */
export function searchFromView(view: View): string {
  const params = new URLSearchParams();
  if (typeof view.range !== 'string') {
    params.set('from', view.range.from);
    params.set('to', view.range.to);
  } else if (view.range !== DEFAULT_VIEW.range) {
    params.set('range', view.range);
  }
  if (view.by !== DEFAULT_VIEW.by) {
    params.set('by', view.by);
  }
  if (view.interval !== 'auto') {
    params.set('interval', view.interval);
  }
  if (view.all) {
    params.set('environment', '*');
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

function readRange(params: URLSearchParams): View['range'] {
  const from = params.get('from') ?? '';
  const to = params.get('to') ?? '';
  if (isDay(from) && isDay(to) && from < to) {
    return { from, to };
  }
  return oneOf(RANGES, params.get('range')) ?? DEFAULT_VIEW.range;
}

function oneOf<T extends string>(all: readonly T[], text: string | null):
  T | undefined {
  return all.find((one) => one === text);
}
