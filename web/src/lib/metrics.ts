// What can be asked of calls, as docs/query.md lists it, and how it is told.

export interface Metric {
  name: string;
  label: string;
  kind: 'usd' | 'count' | 'share' | 'ms' | 'mean';
  /** Parts add up to the whole, so that they can be stacked. */
  adds: boolean;
}

export const METRICS: readonly Metric[] = [
  { name: 'cost', label: 'Spend', kind: 'usd', adds: true },
  { name: 'input_cost', label: 'Spend on input', kind: 'usd', adds: true },
  { name: 'cache_cost', label: 'Spend on caches', kind: 'usd', adds: true },
  { name: 'output_cost', label: 'Spend on output', kind: 'usd', adds: true },
  { name: 'tools_cost', label: 'Spend on tools', kind: 'usd', adds: true },
  { name: 'reported_cost', label: 'Reported cost', kind: 'usd', adds: true },
  { name: 'requests', label: 'Requests', kind: 'count', adds: true },
  { name: 'cost_per_request', label: 'Cost per request', kind: 'usd',
    adds: false },
  { name: 'input_tokens', label: 'Tokens in', kind: 'count', adds: true },
  { name: 'output_tokens', label: 'Tokens out', kind: 'count', adds: true },
  { name: 'uncached_input_tokens', label: 'Uncached tokens in', kind: 'count',
    adds: true },
  { name: 'cache_read_tokens', label: 'Cache reads', kind: 'count',
    adds: true },
  { name: 'cache_write_tokens', label: 'Cache writes', kind: 'count',
    adds: true },
  { name: 'cache_write_1h_tokens', label: 'Cache writes for an hour',
    kind: 'count', adds: true },
  { name: 'reasoning_tokens', label: 'Reasoning tokens', kind: 'count',
    adds: true },
  { name: 'input_per_request', label: 'Tokens in per request', kind: 'mean',
    adds: false },
  { name: 'output_per_request', label: 'Tokens out per request', kind: 'mean',
    adds: false },
  { name: 'cache_hit_share', label: 'Cache hits', kind: 'share', adds: false },
  { name: 'users', label: 'Users', kind: 'count', adds: false },
  { name: 'cost_per_user', label: 'Cost per user', kind: 'usd', adds: false },
  { name: 'runs', label: 'Runs', kind: 'count', adds: false },
  { name: 'cost_per_run', label: 'Cost per run', kind: 'usd', adds: false },
  { name: 'customers', label: 'Customers', kind: 'count', adds: false },
  { name: 'errors', label: 'Errors', kind: 'count', adds: true },
  { name: 'error_share', label: 'Error rate', kind: 'share', adds: false },
  { name: 'retries', label: 'Retries', kind: 'count', adds: true },
  { name: 'retry_share', label: 'Retry rate', kind: 'share', adds: false },
  { name: 'ok_requests', label: 'Requests that succeeded', kind: 'count',
    adds: true },
  { name: 'ok_input_tokens', label: 'Tokens in that succeeded', kind: 'count',
    adds: true },
  { name: 'ok_output_tokens', label: 'Tokens out that succeeded',
    kind: 'count', adds: true },
  { name: 'ok_cost', label: 'Spend that succeeded', kind: 'usd', adds: true },
  { name: 'latency_avg', label: 'Latency, mean', kind: 'ms', adds: false },
  { name: 'latency_p50', label: 'Latency, median', kind: 'ms', adds: false },
  { name: 'latency_p95', label: 'Latency, 95th percentile', kind: 'ms',
    adds: false },
  { name: 'web_searches', label: 'Web searches', kind: 'count', adds: true },
  { name: 'unpriced_requests', label: 'Requests without a price',
    kind: 'count', adds: true },
  { name: 'late_requests', label: 'Late requests', kind: 'count',
    adds: true },
];

const SPEND: Metric = { name: 'cost', label: 'Spend', kind: 'usd', adds: true };

/** The metric of a name; spend where there is none. */
export function metricOf(name: string | null): Metric {
  return METRICS.find((metric) => metric.name === name) ?? SPEND;
}
