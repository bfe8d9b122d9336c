// The review on its way to others: sent to a channel by toll, or taken along.

import { useState } from 'preact/hooks';

import type { Query } from '../../api/fetch';
import { shareToken } from '../../api/share';
import { Segments } from '../../ui/controls';
import { Command } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';
import { SendForm } from './channel';
import { TakeAlong } from './take_along';

const WAYS = [
  { value: 'send', label: 'To a channel' },
  { value: 'weekly', label: 'Every week' },
  { value: 'take', label: 'Take it along' },
] as const;
type Way = (typeof WAYS)[number]['value'];

interface Props {
  /** What the page asks: a share opens no other question. */
  query: Query;
  /** Which week that is. */
  week: string;
  open: boolean;
  onClose: () => void;
}

export function SendDialog({ query, week, open, onClose }: Props) {
  const [way, setWay] = useState<Way>('send');
  // Who has a share reads, and sends nothing.
  const reads = shareToken() !== null;
  return (
    <Dialog title={reads ? 'Take this review along' : 'Send this review'}
      open={open} onClose={onClose}>
      {!reads && (
        <div class="row">
          <Segments label="How" options={WAYS} value={way} onChange={setWay} />
        </div>
      )}
      {reads || way === 'take'
        ? <TakeAlong query={query} week={week} />
        : way === 'weekly'
          ? <EveryWeek />
          : <SendForm query={query} week={week} onClose={onClose} />}
    </Dialog>
  );
}

const BY_ITSELF = `channels:
  team: {slack: {url_env: TOLL_SLACK}}
reviews:
  - {day: monday, at: "09:00", notify: [team]}`;

function EveryWeek() {
  return (
    <>
      <p class="said">
        toll sends the review of the week before by itself, to Slack, Teams, a
        mailbox or a webhook, by these lines in <code>toll.yaml</code>.
      </p>
      <Command text={BY_ITSELF} />
      <p class="note"><code>toll alerts test team</code> tries the channel.</p>
    </>
  );
}
