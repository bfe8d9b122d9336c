// The client of GET /api/query.

import { parseUsd, type Pico } from '../lib/money';

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

/** What went wrong, in words that a reader can act on. */
export class QueryError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = 'QueryError';
    this.hint = hint;
  }
}

export function queryPath(question: Question): string {
  const params = new URLSearchParams();
  params.set('metrics', question.metrics.join(','));
  if (question.by) {
    params.set('by', question.by.join(','));
  }
  if (question.interval) {
    params.set('interval', question.interval);
  }
  if (typeof question.range === 'string') {
    params.set('range', question.range);
  } else {
    params.set('from', question.range.from);
    params.set('to', question.range.to);
  }
  for (const filter of question.where ?? []) {
    params.append('where', filter);
  }
  if (question.order) {
    params.set('order', question.order);
  }
  if (question.limit !== undefined) {
    params.set('limit', String(question.limit));
  }
  return `api/query?${params}`;
}

/** A filter that takes any of `names`; the empty one is the untagged.  The
 *  filter's own signs in a name are escaped. */
export function anyOf(dimension: string, names: string[]): string {
  const escaped = names.map((name) => name.replace(/[\\|:!*]/g, '\\$&'));
  return `${dimension}:${escaped.join('|')}`;
}

export async function ask(question: Question, signal: AbortSignal):
  Promise<Answer> {
  const response = await fetchOrExplain(queryPath(question), signal);
  let body: unknown;
  try {
    body = await response.json();
  } catch (cause) {
    if (signal.aborted) {
      throw cause;
    }
    throw new QueryError(
      `toll answered ${response.status} with something other than JSON.`,
      'Is there a proxy in front of it that answers in its place?');
  }
  if (!response.ok) {
    throw errorFrom(response.status, body);
  }
  if (!isAnswer(body)) {
    throw new QueryError('toll answered in a form this page does not know.',
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

async function fetchOrExplain(path: string, signal: AbortSignal):
  Promise<Response> {
  try {
    return await fetch(path, {
      signal,
      headers: { accept: 'application/json' },
    });
  } catch (cause) {
    if (signal.aborted) {
      throw cause;
    }
    throw new QueryError(`No answer from ${location.host}.`,
      'Check that `toll serve` is running and that this machine reaches it.');
  }
}

function errorFrom(status: number, body: unknown): QueryError {
  const error = (body as { error?: { message?: unknown; hint?: unknown } })
    ?.error;
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return new QueryError(
    text(error?.message) || `toll answered with status ${status}.`,
    text(error?.hint));
}

function isAnswer(body: unknown): body is Answer {
  const answer = body as Partial<Answer> | null;
  return Array.isArray(answer?.columns) && Array.isArray(answer.rows) &&
    typeof answer.totals === 'object' && answer.totals !== null &&
    typeof answer.from === 'string' && typeof answer.to === 'string' &&
    typeof answer.timezone === 'string';
}
