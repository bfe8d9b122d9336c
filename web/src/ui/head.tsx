// The head of every page: what it is, and what it says in one sentence.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { useHere } from '../frame/here';
import { Said } from './said';

interface Props {
  title: string;
  /** The kind of thing, above the title of a page about one of them. */
  over?: ComponentChildren;
  /** One plain sentence: the answer, before any drawing. */
  sentence?: ComponentChildren;
  /** It hardly ever needs more than one line. */
  short?: boolean;
  /** Links and buttons at the right. */
  actions?: ComponentChildren;
}

/** The page that was shown last, so that coming to another moves the focus to
 *  its title, and the first one does not. */
let lastPath: string | null = null;

export function PageHead({ title, over, sentence, short, actions }:
  Props) {
  const { path } = useHere();
  // One that is still to come gets the room that most of them take.
  const [comes] = useState(sentence === '');
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · toll`;
  }, [title]);
  useEffect(() => {
    if (lastPath !== null && lastPath !== path) {
      heading.current?.focus({ preventScroll: true });
    }
    lastPath = path;
  }, [path]);
  return (
    <header class="page-head">
      <div class="page-head-text">
        {over && <p class="over">{over}</p>}
        <h1 ref={heading} tabIndex={-1}>{title}</h1>
        {sentence !== undefined && (
          <p class={!comes ? 'sentence' : short ? 'sentence comes short'
            : 'sentence comes'}>
            {sentence === '' ? <span class="pending long" aria-hidden="true" />
              : typeof sentence === 'string' ? <Said text={sentence} />
                : sentence}
          </p>
        )}
      </div>
      {actions && <div class="page-actions">{actions}</div>}
    </header>
  );
}
