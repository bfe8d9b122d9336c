// The two buttons that every frame ends its bar with.

import type { ThemeState } from '../lib/theme';
import { Button } from '../ui/controls';
import { Moon, Reload, Sun } from '../ui/icons';

interface Props {
  reload: () => void;
  theme: ThemeState;
}

export function EndButtons({ reload, theme }: Props) {
  return (
    <>
      <Button kind="icon" onClick={reload} label="Load again">
        <Reload />
      </Button>
      <Button kind="icon" onClick={theme.toggle}
        label={theme.dark ? 'Use light theme' : 'Use dark theme'}>
        {theme.dark ? <Sun /> : <Moon />}
      </Button>
    </>
  );
}
