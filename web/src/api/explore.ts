// What Explore shows: one metric by one or two dimensions, over time, beside
// the period before.

import type { Metric } from '../lib/metrics';
import { shareOf, toFloat, type Pico } from '../lib/money';
import { environmentFilter } from '../lib/shared';
import { daysOf, intervalOf, intervalsFor, periods, periodBefore,
  type Interval } from '../lib/time';
import type { ExploreView } from '../lib/view';
import { anyOf, ask, rowsOf, totalsOf, type Answer, type Question, type Row }
  from './query';
import { daysIn, loadUnpriced, readTotals, TOTALS, type Totals }
  from './spend';

/** What is drawn one by one. */
const TOP = 8;
const TABLE_ROWS = 200;
const SERIES_ROWS = 100_000;

/** Money is exact, all else a number; null is absent. */
export type Value = Pico | number | null;

export interface GroupRow extends Totals {
  /** By the first dimension, and the second if there is one. */
  name: string;
  then: string | null;
  value: Value;
  /** In the period before; undefined where none was asked for. */
  before: Value | undefined;
}

export interface ExploreData {
  view: ExploreView;
  first: string;
  last: string;
  zone: string;
  interval: Interval;
  intervals: Interval[];
  periods: string[];
  totals: Totals;
  value: Value;
  /** The metric of all calls, one a period. */
  overTime: Value[];
  /** The largest of the first dimension. */
  series: { name: string; values: Value[] }[];
  rows: GroupRow[];
  /** There are more rows than these. */
  truncated: boolean;
  before: Before | null;
  unpricedModels: string[];
}

export interface Before {
  from: string;
  to: string;
  zone: string;
  totals: Totals;
  value: Value;
  overTime: Value[];
}

export async function loadExplore(view: ExploreView, signal: AbortSignal):
  Promise<ExploreData> {
  const { metric, by, then, range } = view;
  const where = [...environmentFilter(view.environment), ...view.where];
  const days = daysIn(range);
  const intervals = intervalsFor(days);
  const interval = intervalOf(view.interval, days);
  const base = { range, where };
  const metrics = [...new Set([metric.name, ...TOTALS])];
  const dimensions = then ? [by, then] : [by];
  const [overTime, byGroup, top] = await Promise.all([
    ask({ ...base, metrics, interval }, signal),
    ask({ ...base, metrics, by: dimensions, order: `-${metric.name}`,
      limit: TABLE_ROWS }, signal),
    ask({ ...base, metrics: [metric.name], by: [by],
      order: `-${metric.name}`, limit: TOP }, signal),
  ]);
  const names = rowsOf(top)
    .filter((row) => (read(row, metric) ?? 0) > 0)
    .map((row) => row.text(by));
  const totals = readTotals(totalsOf(overTime));
  const [parts, before, unpricedModels] = await Promise.all([
    names.length === 0 ? null : ask({ ...base, metrics: [metric.name],
      by: [by], interval, where: [...where, anyOf(by, names)],
      limit: SERIES_ROWS }, signal),
    view.compare
      ? loadBefore(view, overTime, { metrics, where, interval }, dimensions,
        signal)
      : null,
    totals.unpriced === 0 ? [] : loadUnpriced(base, signal),
  ]);
  const zone = overTime.timezone;
  const axis = periods(interval, overTime.from, overTime.to, zone,
    rowsOf(overTime).map((row) => row.text('time')));
  return {
    view, zone, interval, intervals, totals, unpricedModels,
    ...daysOf(overTime.from, overTime.to, zone),
    periods: axis,
    value: read(totalsOf(overTime), metric),
    overTime: onAxis(axis, rowsOf(overTime), metric),
    series: names.map((name) => ({
      name,
      values: onAxis(axis, parts
        ? rowsOf(parts).filter((row) => row.text(by) === name)
        : [], metric),
    })),
    rows: rowsOf(byGroup).map((row) => ({
      ...readTotals(row),
      name: row.text(by),
      then: then ? row.text(then) : null,
      value: read(row, metric),
      before: before?.groups.get(keyOf(row, dimensions)) ??
        (before ? null : undefined),
    })),
    truncated: byGroup.truncated,
    before: before?.before ?? null,
  };
}

async function loadBefore(view: ExploreView, now: Answer,
  asked: { metrics: string[]; where: string[]; interval: Interval },
  dimensions: string[], signal: AbortSignal):
  Promise<{ before: Before; groups: Map<string, Value> }> {
  const { metric } = view;
  const range = periodBefore(now.from, now.to, now.timezone, Date.now());
  const base: Pick<Question, 'range' | 'where'> =
    { range, where: asked.where };
  const [overTime, byGroup] = await Promise.all([
    ask({ ...base, metrics: asked.metrics, interval: asked.interval }, signal),
    ask({ ...base, metrics: [metric.name], by: dimensions,
      order: `-${metric.name}`, limit: SERIES_ROWS }, signal),
  ]);
  const rows = rowsOf(overTime);
  const axis = periods(asked.interval, overTime.from, overTime.to,
    overTime.timezone, rows.map((row) => row.text('time')));
  return {
    before: {
      from: overTime.from,
      to: overTime.to,
      zone: overTime.timezone,
      totals: readTotals(totalsOf(overTime)),
      value: read(totalsOf(overTime), metric),
      overTime: onAxis(axis, rows, metric),
    },
    groups: new Map(rowsOf(byGroup).map((row) =>
      [keyOf(row, dimensions), read(row, metric)])),
  };
}

function keyOf(row: Row, dimensions: string[]): string {
  return JSON.stringify(dimensions.map((dimension) => row.text(dimension)));
}

function read(row: Row, { kind, name }: Metric): Value {
  return kind === 'usd' ? row.usd(name) : row.number(name);
}

function onAxis(axis: string[], rows: Row[], metric: Metric): Value[] {
  const byPeriod = new Map(rows.map((row) =>
    [row.text('time'), read(row, metric)]));
  return axis.map((period) => byPeriod.get(period) ?? null);
}

/** For the length of a bar. */
export function lengthOf(value: Value | undefined): number | null {
  return typeof value === 'bigint' ? toFloat(value) : value ?? null;
}

/** What is left of a whole, of what adds up. */
export function minus(whole: Value, parts: Value[]): Value {
  if (typeof whole === 'bigint') {
    return parts.reduce<bigint>((left, part) =>
      left - (typeof part === 'bigint' ? part : 0n), whole);
  }
  return whole === null ? null : parts.reduce<number>((left, part) =>
    left - (typeof part === 'number' ? part : 0), whole);
}

/** A part of a whole of what adds up, in words and from 0 to 1. */
export function shareIn(part: Value, whole: Value):
  { said: string; share: number } {
  const [a, b] = [exact(part), exact(whole)];
  return {
    said: shareOf(a, b ?? 0n),
    share: a !== null && b !== null && b > 0n
      ? Number(a) / Number(b)
      : 0,
  };
}

function exact(value: Value): bigint | null {
  return typeof value === 'number' ? BigInt(Math.round(value)) : value;
}
