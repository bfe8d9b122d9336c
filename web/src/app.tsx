// The frame of every page.

import { useTheme } from './lib/theme';
import { SpendPage } from './pages/spend';
import { Button } from './ui/controls';
import { Mark, Moon, Sun } from './ui/icons';
import { ThemeContext } from './ui/theme';

export function App() {
  const theme = useTheme();
  return (
    <ThemeContext.Provider value={theme}>
      <a class="skip" href="#main">Skip to the numbers</a>
      <header class="masthead">
        <a class="brand" href="./" aria-label="toll, start page">
          <Mark />
          <span>toll</span>
        </a>
        <Button kind="icon" onClick={theme.toggle}
          label={theme.dark ? 'Use light theme' : 'Use dark theme'}>
          {theme.dark ? <Sun /> : <Moon />}
        </Button>
      </header>
      <main id="main" tabIndex={-1}>
        <SpendPage />
      </main>
      <footer class="footer">
        <a href="./licenses.txt">Open-source notices</a>
      </footer>
    </ThemeContext.Provider>
  );
}
