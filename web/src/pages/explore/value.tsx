// A value of any metric, as the page writes it.

import type { Value } from '../../api/explore';
import { formatCompact, formatCount, formatMean, formatRatio, tickFormat }
  from '../../lib/format';
import { formatUsd } from '../../lib/money';
import type { Metric } from '../../lib/metrics';
import { Count, Money } from '../../ui/numbers';

export function MetricValue({ value, metric, places }:
  { value: Value; metric: Metric; places: number }) {
  if (value === null) {
    return metric.kind === 'usd' ? <Money amount={null} /> : <>–</>;
  }
  if (typeof value === 'bigint') {
    return <Money amount={value} places={places} />;
  }
  return metric.kind === 'count'
    ? <Count n={value} />
    : <data value={value}>{saidOf(value, metric, places)}</data>;
}

export function saidOf(value: Value, { kind }: Metric, places: number):
  string {
  if (value === null) {
    return '–';
  }
  if (typeof value === 'bigint') {
    return formatUsd(value, places);
  }
  switch (kind) {
    case 'share':
      return formatRatio(value);
    case 'ms':
      return `${formatCount(value)} ms`;
    case 'mean':
      return formatMean(value);
    case 'count':
    case 'usd':
      return value < 1e6 ? formatCount(value) : formatCompact(value);
  }
}

/** What stands before the ticks of its axis. */
export function unitOf({ kind }: Metric): '$' | '' {
  return kind === 'usd' ? '$' : '';
}

/** Ticks of an axis that reaches to `max`. */
export function ticksOf({ kind }: Metric, max: number): (n: number) => string {
  return kind === 'share'
    ? (n) => `${Math.round(n * 1000) / 10}%`
    : tickFormat(max);
}
