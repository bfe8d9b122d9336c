// Light and dark: the system's choice until the reader makes one.  The same
// key is read in public/theme.js before the first paint.

import { useEffect, useState } from 'preact/hooks';

const KEY = 'toll-theme';
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

type Theme = 'light' | 'dark';

export interface ThemeState {
  dark: boolean;
  toggle: () => void;
}

/** For the top of the page, once. */
export function useTheme(): ThemeState {
  const [chosen, setChosen] = useState<Theme | null>(chosenTheme);
  const system = useMedia(systemIsDark) ? 'dark' : 'light';
  const theme = chosen ?? system;

  const toggle = () => {
    const wanted: Theme = theme === 'dark' ? 'light' : 'dark';
    // Back at the system's choice the page follows the system again.
    const kept = wanted === system ? null : wanted;
    remember(kept);
    setChosen(kept);
  };
  return { dark: theme === 'dark', toggle };
}

export function useMedia(query: MediaQueryList): boolean {
  const [matches, setMatches] = useState(query.matches);
  useEffect(() => {
    const follow = () => setMatches(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, [query]);
  return matches;
}

function chosenTheme(): Theme | null {
  const theme = document.documentElement.dataset['theme'];
  return theme === 'light' || theme === 'dark' ? theme : null;
}

function remember(theme: Theme | null): void {
  const root = document.documentElement;
  if (theme) {
    root.dataset['theme'] = theme;
  } else {
    delete root.dataset['theme'];
  }
  try {
    if (theme) {
      localStorage.setItem(KEY, theme);
    } else {
      localStorage.removeItem(KEY);
    }
  } catch {
    // Storage is blocked: the choice holds until the page is left.
  }
}
