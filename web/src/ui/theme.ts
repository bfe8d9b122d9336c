import { createContext } from 'preact';

import type { ThemeState } from '../lib/theme';

export const ThemeContext = createContext<ThemeState>({
  dark: false,
  toggle: () => {},
});
