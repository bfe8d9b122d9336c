// What is told of all things of a kind, and of one of them.

import { environmentFilter, type Shared } from '../lib/shared';
import { autoInterval, periodBefore, periods, type Interval }
  from '../lib/time';
import { toFloat, type Pico } from '../lib/money';
import type { Group } from '../lib/view';
import { anyOf, ask, rowsOf, totalsOf, type Row } from './query';
import { daysIn, readTotals, TOTALS, type Totals } from './spend';

const LISTED = 200;
const DRAWN = 100;
const SERIES_ROWS = 100_000;

export interface ScopeRow extends Totals {
  name: string;
  before: Pico | null;
  /** Spend over time, for a small drawing. */
  series: number[];
}

export interface ScopeList {
  rows: ScopeRow[];
  totals: Totals;
  before: Pico | null;
  interval: Interval;
  truncated: boolean;
}

/** All of a kind, dearest first, beside the period before. */
export async function loadScopes(dimension: Group, shared: Shared,
  signal: AbortSignal): Promise<ScopeList> {
  const { range } = shared;
  const where = environmentFilter(shared.environment);
  const interval = autoInterval(daysIn(range));
  const now = await ask({ metrics: TOTALS, by: [dimension], range, where,
    order: '-cost', limit: LISTED }, signal);
  const rows = rowsOf(now);
  const names = rows.slice(0, DRAWN).map((row) => row.text(dimension));
  const [before, drawn] = await Promise.all([
    ask({ metrics: ['cost'], by: [dimension], where, order: '-cost',
      range: periodBefore(now.from, now.to, now.timezone, Date.now()),
      limit: SERIES_ROWS }, signal),
    names.length === 0 ? null : ask({ metrics: ['cost'], by: [dimension],
      range, interval, where: [...where, anyOf(dimension, names)],
      limit: SERIES_ROWS }, signal),
  ]);
  const costs = new Map(rowsOf(before).map((row) =>
    [row.text(dimension), row.usd('cost')]));
  const over = drawn ? rowsOf(drawn) : [];
  const axis = periods(interval, now.from, now.to, now.timezone,
    over.map((row) => row.text('time')));
  return {
    rows: rows.map((row) => ({
      ...readTotals(row),
      name: row.text(dimension),
      before: costs.get(row.text(dimension)) ?? null,
      series: seriesOf(axis, over, dimension, row.text(dimension)),
    })),
    totals: readTotals(totalsOf(now)),
    before: totalsOf(before).usd('cost'),
    interval,
    truncated: now.truncated,
  };
}

function seriesOf(axis: string[], over: Row[], dimension: string,
  name: string): number[] {
  const byPeriod = new Map(over.filter((row) => row.text(dimension) === name)
    .map((row) => [row.text('time'), toFloat(row.usd('cost') ?? 0n)]));
  return axis.map((period) => byPeriod.get(period) ?? 0);
}

export interface ScopeTotals extends Totals {
  users: number;
  costPerUser: Pico | null;
}

/** One thing now, and in the period before up to the same point. */
export interface ScopeFigures {
  now: ScopeTotals;
  before: ScopeTotals;
}

export async function loadFigures(where: string[], shared: Shared,
  signal: AbortSignal): Promise<ScopeFigures> {
  const metrics = [...TOTALS, 'users', 'cost_per_user'];
  const filters = [...environmentFilter(shared.environment), ...where];
  const now = await ask({ metrics, range: shared.range, where: filters },
    signal);
  const before = await ask({ metrics, where: filters,
    range: periodBefore(now.from, now.to, now.timezone, Date.now()) }, signal);
  return { now: figuresOf(totalsOf(now)), before: figuresOf(totalsOf(before)) };
}

function figuresOf(row: Row): ScopeTotals {
  return {
    ...readTotals(row),
    users: row.count('users'),
    costPerUser: row.usd('cost_per_user'),
  };
}

export interface Part {
  name: string;
  cost: Pico | null;
  requests: number;
}

export interface Parts {
  parts: Part[];
  whole: Pico | null;
  truncated: boolean;
}

/** What of it falls to each of another dimension. */
export async function loadParts(by: Group, where: string[], shared: Shared,
  limit: number, signal: AbortSignal): Promise<Parts> {
  const answer = await ask({ metrics: ['cost', 'requests'], by: [by],
    range: shared.range, order: '-cost', limit,
    where: [...environmentFilter(shared.environment), ...where] }, signal);
  return {
    parts: rowsOf(answer).map((row) => ({
      name: row.text(by),
      cost: row.usd('cost'),
      requests: row.count('requests'),
    })),
    whole: totalsOf(answer).usd('cost'),
    truncated: answer.truncated,
  };
}
