// The frame of a page that a share opened: that view, what it is, until when,
// and nothing else.

import { useMemo, useState } from 'preact/hooks';

import { openShared, type Shared } from '../api/share';
import { parseHash } from '../lib/route';
import { useTheme, type ThemeState } from '../lib/theme';
import { formatInstant } from '../lib/time';
import { Mark } from '../ui/icons';
import { RoundContext, useApi } from '../ui/load';
import { Message } from '../ui/states';
import { ThemeContext } from '../ui/theme';
import { EndButtons } from './end_buttons';
import { useHere } from './here';
import { LedgerContext, useLedger, useLedgerOf } from './ledger';
import { Page } from './page';

export function SharedFrame() {
  const theme = useTheme();
  const share = useApi<Shared>('api/share');
  const [round, setRound] = useState(0);
  return (
    <ThemeContext.Provider value={theme}>
      <RoundContext.Provider value={round}>
        {share.error
          ? (
            <main class="shared-closed">
              <Message title="This link opens nothing" role="alert">
                <p>{share.error.message}</p>
                <p>Ask who sent it for another one.</p>
              </Message>
            </main>
          )
          : share.data && <Opened share={share.data} theme={theme}
            reload={() => setRound((n) => n + 1)} />}
      </RoundContext.Provider>
    </ThemeContext.Provider>
  );
}

interface Props {
  share: Shared;
  theme: ThemeState;
  reload: () => void;
}

function Opened({ share, theme, reload }: Props) {
  // Before anything below asks.
  useMemo(() => openShared(share), [share]);
  const { path, shared } = useHere();
  const ledger = useLedgerOf(shared);
  return (
    <LedgerContext.Provider value={ledger}>
      <header class="shared-bar">
        <Mark />
        <div class="shared-said">
          <p><span class="strong">{share.name || 'A shared view'}</span></p>
          <Until share={share} />
        </div>
        <div class="bar-end">
          <EndButtons reload={reload} theme={theme} />
        </div>
      </header>
      <main id="main" class="shared">
        {share.note && (
          <p class="shared-note shared-words">{share.note}</p>
        )}
        {path === parseHash(share.address).path ? <Page /> : (
          <Message title="This is not part of what was shared">
            <p><a href={`#${share.address}`}>Back to what was</a></p>
          </Message>
        )}
      </main>
    </LedgerContext.Provider>
  );
}

function Until({ share }: { share: Shared }) {
  const zone = useLedger().data?.zone ?? 'UTC';
  return (
    <p class="note">
      Shared with you to read, until {formatInstant(share.expires, zone)}
    </p>
  );
}
