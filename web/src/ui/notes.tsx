// What to know before believing a report.

import { Said } from './said';

export function Notes({ notes }: { notes: string[] }) {
  if (notes.length === 0) {
    return null;
  }
  return (
    <section class="notes" aria-label="Notes">
      <h2 class="notes-title">Good to know</h2>
      <ul>
        {notes.map((note) => <li key={note}><Said text={note} /></li>)}
      </ul>
    </section>
  );
}
