// The client of GET /api/query.

import { parseUsd, type Pico } from '../lib/money';
import { ApiError, apiPath, getJson, type Query } from './fetch';

export type Cell = string | number | null;

/** What /api/query answers.  Money is a decimal string, other metrics are
 *  numbers, what is absent is null. */
export interface Answer {
  columns: string[];
  rows: Cell[][];
  totals: Record<string, Cell>;
  from: string;
  to: string;
  timezone: string;
  filters: string[];
  truncated: boolean;
}

export interface Question {
  metrics: string[];
  by?: string[];
  interval?: string;
  /** A named range, or the first day and the first day after. */
  range: string | { from: string; to: string };
  where?: string[];
  order?: string;
  limit?: number;
}

export function queryPath(question: Question): string {
  const { metrics, by, interval, range, where, order, limit } = question;
  return apiPath('query', {
    metrics: metrics.join(','),
    by: by?.join(','),
    interval,
    ...rangeQuery(range),
    where,
    order,
    limit,
  });
}

/** A range as every route takes it. */
export function rangeQuery(range: Question['range']): Query {
  return typeof range === 'string'
    ? { range }
    : { from: range.from, to: range.to };
}

/** A filter that takes any of `names`; the empty one is the untagged.  The
 *  filter's own signs in a name are escaped. */
export function anyOf(dimension: string, names: string[]): string {
  const escaped = names.map((name) => name.replace(/[\\|:!*]/g, '\\$&'));
  return `${dimension}:${escaped.join('|')}`;
}

export async function ask(question: Question, signal: AbortSignal):
  Promise<Answer> {
  const body = await getJson<unknown>(queryPath(question), signal);
  if (!isAnswer(body)) {
    throw new ApiError('toll answered in a form this page does not know.',
      'Reload the page: the server may have been updated.');
  }
  return body;
}

/** The rows of an answer as objects with typed access by column. */
export class Row {
  readonly #cells: Record<string, Cell>;

  constructor(cells: Record<string, Cell>) {
    this.#cells = cells;
  }

  text(column: string): string {
    return String(this.#cells[column] ?? '');
  }

  /** A count; absent is zero, as nothing was counted. */
  count(column: string): number {
    return this.number(column) ?? 0;
  }

  /** A ratio, which is absent where there is nothing to divide by. */
  number(column: string): number | null {
    const cell = this.#cells[column];
    return typeof cell === 'number' ? cell : null;
  }

  /** Money, or null where none of it has a price. */
  usd(column: string): Pico | null {
    const cell = this.#cells[column];
    return typeof cell === 'string' ? parseUsd(cell) : null;
  }
}

export function rowsOf(answer: Answer): Row[] {
  return answer.rows.map((cells) => new Row(Object.fromEntries(
    answer.columns.map((column, i) => [column, cells[i] ?? null]))));
}

export function totalsOf(answer: Answer): Row {
  return new Row(answer.totals);
}

function isAnswer(body: unknown): body is Answer {
  const answer = body as Partial<Answer> | null;
  return Array.isArray(answer?.columns) && Array.isArray(answer.rows) &&
    typeof answer.totals === 'object' && answer.totals !== null &&
    typeof answer.from === 'string' && typeof answer.to === 'string' &&
    typeof answer.timezone === 'string';
}
