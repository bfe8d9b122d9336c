// A sentence of a report, as the page writes sentences.

import { written } from '../lib/words';

/** Longer names must break somewhere. */
const WHOLE = 36;

/** Names and dates with hyphens in them stay on one line: "claude-haiku-4-" at
 *  the end of a line is another model. */
export function Said({ text }: { text: string }) {
  return (
    <>
      {written(text).split(/(\s+)/).map((word, i) =>
        (word.includes('-') && word.length <= WHOLE
          ? <span key={i} class="whole">{word}</span>
          : word))}
    </>
  );
}
