// The frame of every page.

import { useRef, useState } from 'preact/hooks';

import { Bar } from './frame/bar';
import { HereProvider, useHere } from './frame/here';
import { LedgerContext, useLedgerOf } from './frame/ledger';
import { Page } from './frame/page';
import { Rail } from './frame/rail';
import { useTheme } from './lib/theme';
import { RoundContext, useWatch } from './ui/load';
import { ThemeContext } from './ui/theme';

export function App() {
  return (
    <HereProvider>
      <Frame />
    </HereProvider>
  );
}

function Frame() {
  const theme = useTheme();
  const { shared } = useHere();
  const ledger = useLedgerOf(shared);
  const main = useRef<HTMLElement>(null);
  const [round, setRound] = useState(0);
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
            <Bar theme={theme} reload={reload} />
            <main ref={main} id="main" tabIndex={-1}>
              <RoundContext.Provider value={round}>
                <Page />
              </RoundContext.Provider>
            </main>
          </div>
        </div>
      </LedgerContext.Provider>
    </ThemeContext.Provider>
  );
}
