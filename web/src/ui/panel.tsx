// A part of the page: heading, drawing, and the same numbers as a table.

import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';

interface Props {
  title: string;
  note?: ComponentChildren;
  /** Links at the right of the title. */
  actions?: ComponentChildren;
  children: ComponentChildren;
  /** Made only when it is opened; null while it is on its way. */
  table?: (() => ComponentChildren) | null | undefined;
}

export function Panel({ title, note, actions, children, table }: Props) {
  const id = useId();
  return (
    <section class="panel" aria-labelledby={id}>
      <header class="panel-head">
        <h2 id={id}>{title}</h2>
        {note && <p class="note">{note}</p>}
        {actions && <div class="panel-actions">{actions}</div>}
      </header>
      {children}
      {table && <Data title={title} table={table} />}
      {table === null && <div class="data" />}
    </section>
  );
}

function Data({ title, table }:
  { title: string; table: () => ComponentChildren }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="data"
      onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        Show as table<span class="visually-hidden">: {title}</span>
      </summary>
      {open && table()}
    </details>
  );
}

export interface LegendItem {
  color: string;
  name: ComponentChildren;
  value: ComponentChildren;
}

export function Legend({ items }: { items: LegendItem[] }) {
  return (
    <ul class="legend">
      {items.map((item, i) => (
        <li key={i}>
          <span class="swatch" style={{ backgroundColor: item.color }} />
          <span class="legend-name">{item.name}</span>
          {item.value && <span class="legend-value">{item.value}</span>}
        </li>
      ))}
    </ul>
  );
}

/** A chart and its legend.  Their room is there before they come; whatever
 *  the legend leaves of it, the chart takes.  `bare` has no legend. */
export function Plot({ height, bare, children }:
  { height: number; bare?: boolean; children: ComponentChildren }) {
  return (
    <div class={bare ? 'plot bare' : 'plot'}
      style={{ '--height': `${height}px` }}>
      {children}
    </div>
  );
}

/** Holds the room of what is still to come. */
export function Skeleton({ height }: { height: number }) {
  return <div class="skeleton" style={{ '--height': `${height}px` }} />;
}
