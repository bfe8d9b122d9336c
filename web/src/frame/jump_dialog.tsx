// The dialog in which a name is written, and the places that have it.

import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';

import { apiPath } from '../api/fetch';
import { ask, rangeQuery, rowsOf } from '../api/query';
import { environmentFilter } from '../lib/shared';
import { groupName, groupLabel } from '../lib/words';
import { useLoad } from '../ui/load';
import { scopePath } from '../ui/scope';
import { useHere } from './here';
import { PAGES } from './pages';

/** Kinds of names that have pages, in the order in which they are told. */
const KINDS = ['feature', 'model', 'customer', 'owner', 'experiment'] as const;
const NAMES = 500;
const SHOWN = 12;

interface Place {
  name: string;
  kind: string;
  path: string;
}

export function JumpDialog({ close }: { close: () => void }) {
  const { href } = useHere();
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useId();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const names = useNames();
  const found = useMemo(() => find([...PAGE_PLACES, ...names], text),
    [names, text]);
  useEffect(() => dialog.current?.showModal(), []);

  const go = (place: Place | undefined) => {
    if (place) {
      // Closed by the browser, so that the focus is back where it was, unless
      // another page takes it.
      dialog.current?.close();
      location.hash = href(place.path);
    }
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && found.length > 0) {
      event.preventDefault();
      setAt((at + step + found.length) % found.length);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      go(found[at]);
    }
  };
  return (
    <dialog ref={dialog} class="jump-dialog" aria-label="Go to"
      onClose={close} onClick={(event) => {
        if (event.target === dialog.current) {
          dialog.current?.close();
        }
      }}>
      <input class="jump-input" type="text" role="combobox" autoFocus
        placeholder="A page, feature, model, customer or owner"
        aria-label="A page, feature, model, customer or owner"
        aria-expanded={found.length > 0} aria-controls={list}
        aria-activedescendant={found.length > 0 ? `${list}-${at}` : undefined}
        value={text} onKeyDown={onKey} onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }} />
      <ul id={list} class="jump-list" role="listbox" aria-label="Places">
        {found.map((place, i) => (
          <li key={place.path} id={`${list}-${i}`} role="option"
            aria-selected={i === at} onClick={() => go(place)}
            onPointerMove={() => setAt(i)}>
            <span class="name">{place.name}</span>
            <span class="note">{place.kind}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="jump-none note">Nothing of that name</p>}
    </dialog>
  );
}

const PAGE_PLACES: Place[] = PAGES.filter(({ nav }) => nav)
  .map(({ title, path }) => ({ name: title, kind: 'Page', path }));

/** What there is in the range, dearest first. */
function useNames(): Place[] {
  const { shared } = useHere();
  const { range, environment } = shared;
  const key = apiPath('names', { ...rangeQuery(range), environment });
  const { data } = useLoad(key, async (signal) => {
    const all = await Promise.all(KINDS.map(async (kind) => {
      const answer = await ask({ metrics: ['cost'], by: [kind], range,
        where: environmentFilter(environment), order: '-cost', limit: NAMES },
      signal);
      return rowsOf(answer).flatMap((row) => placeOf(kind, row.text(kind)));
    }));
    return all.flat();
  });
  return data ?? [];
}

function placeOf(kind: (typeof KINDS)[number], name: string): Place[] {
  const path = scopePath(kind, name);
  return path === null
    ? []
    : [{ name: groupLabel(name), kind: groupName(kind), path }];
}

/** Names that begin with the text before those that have it within. */
function find(places: Place[], text: string): Place[] {
  const wanted = text.trim().toLowerCase();
  const begins: Place[] = [];
  const within: Place[] = [];
  for (const place of places) {
    const where = place.name.toLowerCase().indexOf(wanted);
    if (where === 0) {
      begins.push(place);
    } else if (where > 0) {
      within.push(place);
    }
  }
  return [...begins, ...within].slice(0, SHOWN);
}
