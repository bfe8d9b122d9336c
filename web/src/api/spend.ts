// What the spend page shows, gathered from a handful of questions.

import { stack, type Layer } from '../lib/stack';
import { placesForSum, sum, type Pico } from '../lib/money';
import {
  daysBetween, daysOf, intervalOf, intervalsFor, periods,
  type Interval,
} from '../lib/time';
import { environmentFilter } from '../lib/shared';
import type { Group, View } from '../lib/view';
import { anyOf, ask, rowsOf, totalsOf, type Answer, type Question, type Row }
  from './query';

/** Layers of the stack and bars of a chart; the rest is "all other". */
const TOP = 8;
/** Lines of the table; the rest is its last line. */
const TABLE_ROWS = 200;
/** Wide enough for any number of periods times the top of a group. */
const SERIES_ROWS = 100_000;

export interface Totals {
  cost: Pico | null;
  requests: number;
  input: number;
  output: number;
  cacheHits: number | null;
  errors: number | null;
  costPerRequest: Pico | null;
  unpriced: number;
}

/** A line of the table; `name` is null for all others together. */
export interface GroupLine extends Totals {
  name: string | null;
}

export interface Tokens {
  uncached: number;
  cacheRead: number;
  cacheWrite: number;
  reply: number;
  reasoning: number;
}

export interface ModelBar {
  /** null for all others together */
  name: string | null;
  cost: Pico | null;
  requests: number;
}

export interface SpendData {
  view: View;
  first: string;
  last: string;
  zone: string;
  interval: Interval;
  /** Those that can be chosen for this range. */
  intervals: Interval[];
  /** Decimal places of the page's sums. */
  places: number;
  periods: string[];
  /** One a period; null where no call has a price. */
  spend: (Pico | null)[];
  totals: Totals;
  groups: GroupLine[];
  layers: Layer[];
  models: ModelBar[];
  tokens: Tokens[];
  /** Models without a price, most used first. */
  unpricedModels: string[];
}

export async function loadSpend(view: View, signal: AbortSignal):
  Promise<SpendData> {
  const { range } = view;
  const where = [...environmentFilter(view.environment), ...view.where];
  const days = daysIn(range);
  const intervals = intervalsFor(days);
  const interval = intervalOf(view.interval, days);
  const base = { range, where };
  const [overTime, byGroup, byModel] = await Promise.all([
    ask({ ...base, metrics: [...TOTALS, ...TOKENS], interval }, signal),
    ask({ ...base, metrics: TOTALS, by: [view.by], order: '-cost',
      limit: TABLE_ROWS }, signal),
    ask({ ...base, metrics: ['cost', 'requests'], by: ['model'],
      order: '-cost', limit: TOP }, signal),
  ]);
  const totals = readTotals(totalsOf(overTime));
  const lines = readLines(byGroup, view.by);
  const names = lines.filter((line) => (line.cost ?? 0n) > 0n).slice(0, TOP)
    .map((line) => line.name ?? '');
  const [byGroupOverTime, unpricedModels] = await Promise.all([
    names.length === 0 ? null : ask({ ...base, metrics: ['cost'],
      by: [view.by], interval, where: [...where, anyOf(view.by, names)],
      limit: SERIES_ROWS }, signal),
    totals.unpriced === 0 ? [] : loadUnpriced(base, signal),
  ]);
  const zone = overTime.timezone;
  const rows = rowsOf(overTime);
  const axis = periods(interval, overTime.from, overTime.to, zone,
    rows.map((row) => row.text('time')));
  const spend = readSpend(axis, rows);
  return {
    view, zone, interval, intervals, totals, unpricedModels,
    ...daysOf(overTime.from, overTime.to, zone),
    places: placesForSum(totals.cost),
    periods: axis,
    spend,
    groups: withRest(lines, totals, byGroup.truncated),
    layers: byGroupOverTime
      ? readLayers(axis, names, byGroupOverTime, view.by, spend)
      : [],
    models: readModels(byModel, totals),
    tokens: readTokens(axis, rows),
  };
}

export const TOTALS = ['cost', 'requests', 'input_tokens', 'output_tokens',
  'cache_hit_share', 'cost_per_request', 'error_share', 'unpriced_requests'];
const TOKENS = ['uncached_input_tokens', 'cache_read_tokens',
  'cache_write_tokens', 'reasoning_tokens'];

export function daysIn(range: Question['range']): number {
  if (typeof range !== 'string') {
    return daysBetween(range.from, range.to);
  }
  switch (range) {
    case 'today':
    case 'yesterday':
      return 1;
    case '7d':
      return 7;
    case '90d':
      return 90;
    default:
      return 31;
  }
}

export async function loadUnpriced(base: Pick<Question, 'range' | 'where'>,
  signal: AbortSignal): Promise<string[]> {
  const answer = await ask({ ...base, metrics: ['unpriced_requests'],
    by: ['model'], order: '-unpriced_requests', limit: 5 }, signal);
  return rowsOf(answer).filter((row) => row.count('unpriced_requests') > 0)
    .map((row) => row.text('model'));
}

export function readTotals(row: Row): Totals {
  return {
    cost: row.usd('cost'),
    requests: row.count('requests'),
    input: row.count('input_tokens'),
    output: row.count('output_tokens'),
    cacheHits: row.number('cache_hit_share'),
    errors: row.number('error_share'),
    costPerRequest: row.usd('cost_per_request'),
    unpriced: row.count('unpriced_requests'),
  };
}

function readLines(answer: Answer, by: Group): GroupLine[] {
  return rowsOf(answer).map((row) => ({
    name: row.text(by), ...readTotals(row),
  }));
}

/** The lines, and one for what a long list leaves out. */
function withRest(lines: GroupLine[], totals: Totals, truncated: boolean):
  GroupLine[] {
  if (!truncated) {
    return lines;
  }
  const rest = (pick: (line: Totals) => number) =>
    lines.reduce((left, line) => left - pick(line), pick(totals));
  return [...lines, {
    name: null,
    cost: (totals.cost ?? 0n) - sum(lines.map((line) => line.cost ?? 0n)),
    requests: rest((line) => line.requests),
    input: rest((line) => line.input),
    output: rest((line) => line.output),
    unpriced: rest((line) => line.unpriced),
    cacheHits: null,
    errors: null,
    costPerRequest: null,
  }];
}

function readSpend(axis: string[], rows: Row[]): (Pico | null)[] {
  const byPeriod = new Map(rows.map((row) =>
    [row.text('time'), row.usd('cost')]));
  return axis.map((period) => byPeriod.get(period) ?? null);
}

function readLayers(axis: string[], names: string[], answer: Answer,
  by: Group, wholes: (Pico | null)[]): Layer[] {
  const parts = rowsOf(answer).map((row) => ({
    period: row.text('time'),
    name: row.text(by),
    amount: row.usd('cost'),
  }));
  return stack(axis, names, parts, wholes);
}

function readModels(answer: Answer, totals: Totals): ModelBar[] {
  const bars: ModelBar[] = rowsOf(answer).map((row) => ({
    name: row.text('model'),
    cost: row.usd('cost'),
    requests: row.count('requests'),
  }));
  if (!answer.truncated) {
    return bars;
  }
  const listed = sum(bars.map((bar) => bar.cost ?? 0n));
  return [...bars, {
    name: null,
    cost: (totals.cost ?? 0n) - listed,
    requests: bars.reduce((left, bar) => left - bar.requests, totals.requests),
  }];
}

function readTokens(axis: string[], rows: Row[]): Tokens[] {
  const byPeriod = new Map(rows.map((row) => [row.text('time'), row]));
  return axis.map((period) => {
    const row = byPeriod.get(period);
    const count = (column: string) => row?.count(column) ?? 0;
    return {
      uncached: count('uncached_input_tokens'),
      cacheRead: count('cache_read_tokens'),
      cacheWrite: count('cache_write_tokens'),
      reply: count('output_tokens') - count('reasoning_tokens'),
      reasoning: count('reasoning_tokens'),
    };
  });
}
