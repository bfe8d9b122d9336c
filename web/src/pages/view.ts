// The view in the address bar.

import { useCallback, useEffect, useState } from 'preact/hooks';

import { searchFromView, viewFromSearch, type View } from '../lib/url';

export type Change = (part: Partial<View>, refine?: boolean) => void;

/** The view and how to change it.  A change is a step that the back button
 *  takes back, unless it only refines the one before. */
export function useView(): [View, Change] {
  const [view, setView] = useState(() => viewFromSearch(location.search));

  useEffect(() => {
    const follow = () => setView(viewFromSearch(location.search));
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, []);

  const change: Change = useCallback((part, refine = false) => {
    const wanted = { ...viewFromSearch(location.search), ...part };
    const address = location.pathname + searchFromView(wanted);
    if (refine) {
      history.replaceState(null, '', address);
    } else {
      history.pushState(null, '', address);
    }
    setView(wanted);
  }, []);
  return [view, change];
}
