// What all pages share and every link carries along: the time range and the
// environment.  Names and meaning are those of /api/query (`to` is the first
// day that is no longer in), and what is at its default is not written.

import type { Params } from './route';
import { isDay } from './time';

export const RANGES = [
  'today', 'yesterday', '7d', '30d', '90d', 'this-month', 'last-month',
] as const;

export type NamedRange = (typeof RANGES)[number];
export type Range = NamedRange | { from: string; to: string };

export interface Shared {
  /** A named range, or the days of a range of one's own. */
  range: Range;
  /** One environment, or `*` for all of them. */
  environment: string;
}

export const DEFAULT_SHARED: Shared = {
  range: '30d',
  environment: 'production',
};

/** Reads what is shared out of an address; what is not understood is at its
 *  default, so that an old bookmark still opens. */
export function sharedFrom(params: URLSearchParams): Shared {
  return {
    range: readRange(params),
    environment: params.get('environment') || DEFAULT_SHARED.environment,
  };
}

/** As parameters of an address. */
export function sharedParams({ range, environment }: Shared): Params {
  const own = typeof range !== 'string';
  return {
    range: own || range === DEFAULT_SHARED.range ? null : range,
    from: own ? range.from : null,
    to: own ? range.to : null,
    environment: environment === DEFAULT_SHARED.environment
      ? null
      : environment,
  };
}

/** As filters of a question: without one, only production counts. */
export function environmentFilter(environment: string): string[] {
  switch (environment) {
    case DEFAULT_SHARED.environment:
      return [];
    case '*':
      return ['environment:*'];
    default:
      return [`environment:${environment.replace(/[\\|:!*]/g, '\\$&')}`];
  }
}

export function oneOf<T extends string>(all: readonly T[],
  text: string | null): T | undefined {
  return all.find((one) => one === text);
}

function readRange(params: URLSearchParams): Range {
  const from = params.get('from') ?? '';
  const to = params.get('to') ?? '';
  if (isDay(from) && isDay(to) && from < to) {
    return { from, to };
  }
  return oneOf(RANGES, params.get('range')) ?? DEFAULT_SHARED.range;
}
