// Where the reader is, and the way from there.

import { createContext, type ComponentChildren } from 'preact';
import { useCallback, useContext, useEffect, useMemo, useState }
  from 'preact/hooks';

import { fixedFilters } from '../api/share';
import { hashOf, parseHash, withParams, type Address, type Params }
  from '../lib/route';
import { sharedFrom, sharedParams, type Shared } from '../lib/shared';

export interface Here extends Address {
  shared: Shared;
  /** Takes the reader to the same page with other parameters.  A change is a
   *  step that the back button takes back, unless it only refines the one
   *  before. */
  change: (changes: Params, refine?: boolean) => void;
  /** The address of another page, at the same range and environment. */
  href: (path: string, params?: Params) => string;
}

const HereContext = createContext<Here | null>(null);

export function useHere(): Here {
  const here = useContext(HereContext);
  if (!here) {
    throw new Error('a page is drawn outside of the frame');
  }
  return here;
}

export function HereProvider({ children }: { children: ComponentChildren }) {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = () => setHash(location.hash);
    addEventListener('hashchange', follow);
    addEventListener('popstate', follow);
    return () => {
      removeEventListener('hashchange', follow);
      removeEventListener('popstate', follow);
    };
  }, []);

  const change = useCallback((changes: Params, refine = false) => {
    const { path, params } = parseHash(location.hash);
    const wanted = hashOf(path, withParams(params, changes));
    if (refine) {
      history.replaceState(null, '', wanted);
    } else {
      history.pushState(null, '', wanted);
    }
    setHash(wanted);
  }, []);
  const here = useMemo(() => {
    const { path, params } = parseHash(hash);
    for (const filter of fixedFilters()) {
      if (!params.getAll('where').includes(filter)) {
        params.append('where', filter);
      }
    }
    const shared = sharedFrom(params);
    const href = (to: string, more: Params = {}) => hashOf(to,
      withParams(withParams(new URLSearchParams(), sharedParams(shared)),
        more));
    return { path, params, shared, change, href };
  }, [hash, change]);
  return <HereContext.Provider value={here}>{children}</HereContext.Provider>;
}

interface LinkProps {
  to: string;
  params?: Params;
  class?: string;
  label?: string;
  current?: boolean;
  children: ComponentChildren;
}

/** A link to a page of toll, which keeps the range and the environment. */
export function Link({ to, params, label, current, children, ...rest }:
  LinkProps) {
  const { href } = useHere();
  return (
    <a class={rest.class} href={href(to, params)} aria-label={label}
      aria-current={current ? 'page' : undefined}>
      {children}
    </a>
  );
}
