// A table with aligned numbers, and with columns to sort by where they say so.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

export interface Column<R> {
  head: string;
  cell: (row: R) => ComponentChildren;
  /** Text is aligned left, numbers right. */
  text?: boolean;
  /** What to sort by; a row without it stands last. */
  key?: (row: R) => number | bigint | string | null;
}

interface Props<R> {
  caption: string;
  columns: Column<R>[];
  rows: R[];
  /** The cells of the last line, one a column. */
  foot?: ComponentChildren[];
  tall?: boolean;
  /** On a phone the last column, a text, stands below the others. */
  fold?: boolean;
}

interface Order {
  column: number;
  descending: boolean;
}

export function Table<R>({ caption, columns, rows, foot, tall, fold }:
  Props<R>) {
  const [order, setOrder] = useState<Order | null>(null);
  const sorted = order ? sort(rows, columns[order.column], order) : rows;
  const onSort = (column: number) => setOrder((now) => ({
    column,
    descending: now?.column === column
      ? !now.descending
      : !columns[column]?.text,
  }));
  return (
    // Focusable, so that it can be scrolled with the keyboard.
    <div class={tall ? 'scroll tall' : 'scroll'} tabIndex={0} role="region"
      aria-label={`Table: ${caption}`}>
      <table class={fold ? 'table fold' : 'table'}>
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column, i) => (
              <Head key={column.head} column={column}
                order={order?.column === i ? order : null}
                onSort={() => onSort(i)} />
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row, i) => (
            <tr key={i}>
              {columns.map((column, j) => (j === 0
                ? <th key={j} scope="row">{column.cell(row)}</th>
                : <td key={j} class={column.text ? 'text' : ''}>
                  {column.cell(row)}
                </td>))}
            </tr>
          ))}
        </tbody>
        {foot && (
          <tfoot>
            <tr>
              {foot.map((cell, i) => (i === 0
                ? <th key={i} scope="row">{cell}</th>
                : <td key={i}>{cell}</td>))}
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  );
}

interface HeadProps<R> {
  column: Column<R>;
  order: Order | null;
  onSort: () => void;
}

function Head<R>({ column, order, onSort }: HeadProps<R>) {
  const sorted = order && (order.descending ? 'descending' : 'ascending');
  return (
    <th scope="col" class={column.text ? 'text' : ''}
      aria-sort={sorted ?? undefined}>
      {column.key
        ? (
          <button type="button" class="sort" onClick={onSort}>
            {column.head}
            <span aria-hidden="true" class="sort-mark">
              {order ? (order.descending ? '↓' : '↑') : ''}
            </span>
          </button>
        )
        : column.head}
    </th>
  );
}

function sort<R>(rows: R[], column: Column<R> | undefined, order: Order): R[] {
  const key = column?.key;
  if (!key) {
    return rows;
  }
  const sign = order.descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x === null || y === null) {
      return Number(x === null) - Number(y === null);
    }
    return x < y ? -sign : Number(x > y) * sign;
  });
}
