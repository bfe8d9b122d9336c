// The frame of every page.

import { useRef, useState } from 'preact/hooks';

import { shareToken } from './api/share';
import { Bar } from './frame/bar';
import { HereProvider, useHere } from './frame/here';
import { KeepDialog } from './frame/keep';
import { LedgerContext, useLedgerOf } from './frame/ledger';
import { Page } from './frame/page';
import { Rail } from './frame/rail';
import { SavedNote } from './frame/saved';
import { SharedFrame } from './frame/shared';
import { useTheme } from './lib/theme';
import { RoundContext, useWatch } from './ui/load';
import { ThemeContext } from './ui/theme';

export function App() {
  return (
    <HereProvider>
      {shareToken() === null ? <Frame /> : <SharedFrame />}
    </HereProvider>
  );
}

function Frame() {
  const theme = useTheme();
  const { shared } = useHere();
  const ledger = useLedgerOf(shared);
  const main = useRef<HTMLElement>(null);
  const [round, setRound] = useState(0);
  const [keeping, setKeeping] = useState(false);
  const reload = () => {
    ledger.reload();
    setRound((n) => n + 1);
  };
  const elsewhere = ledger.data?.elsewhere ?? null;
  useWatch(elsewhere !== null && elsewhere.month === null, ledger.reload);

  return (
    <ThemeContext.Provider value={theme}>
      <LedgerContext.Provider value={ledger}>
        <a class="skip" href="#main" onClick={(event) => {
          // The address behind # is the page's own.
          event.preventDefault();
          main.current?.focus();
        }}>
          Skip to the numbers
        </a>
        <div class="frame">
          <Rail />
          <div class="frame-side">
            <Bar theme={theme} reload={reload}
              keep={() => setKeeping(true)} />
            <main ref={main} id="main" tabIndex={-1}>
              <RoundContext.Provider value={round}>
                <SavedNote changing={keeping} />
                <Page />
              </RoundContext.Provider>
            </main>
          </div>
        </div>
        {keeping && <KeepDialog close={() => setKeeping(false)}
          reload={reload} />}
      </LedgerContext.Provider>
    </ThemeContext.Provider>
  );
}
