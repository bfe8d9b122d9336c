// Sending the review to a channel: which, what goes, and what became of it.

import { useEffect, useId, useRef, useState } from 'preact/hooks';

import { apiPath, asApiError, sendJson, type ApiError, type Query }
  from '../../api/fetch';
import { CHANNELS_PATH, type Channel, type Channels, type Message, type Sent }
  from '../../api/messages';
import { useLedger } from '../../frame/ledger';
import { formatInstant } from '../../lib/time';
import { Command } from '../../ui/copy';
import { Form } from '../../ui/form';
import { TextArea } from '../../ui/inputs';
import { useApi } from '../../ui/load';
import { Loaded } from '../../ui/loaded';
import { Empty } from '../../ui/states';
import { Fate } from './fate';
import { Preview } from './preview';

interface Props {
  query: Query;
  week: string;
  onClose: () => void;
}

export function SendForm({ query, week, onClose }: Props) {
  const channels = useApi<Channels>(CHANNELS_PATH);
  return (
    <Loaded of={channels} height={420}>
      {({ channels: all }) => all.length === 0
        ? <NoChannel />
        : <Sending query={query} week={week} channels={all}
          onClose={onClose} reload={channels.reload} />}
    </Loaded>
  );
}

const A_CHANNEL = `channels:
  team: {slack: {url_env: TOLL_SLACK}}`;

function NoChannel() {
  return (
    <div class="form">
      <Empty title="No channel is configured yet">
        A channel is a line in <code>toll.yaml</code>: Slack, Teams, a mailbox,
        PagerDuty or a webhook.
      </Empty>
      <Command text={A_CHANNEL} />
      <p class="note">
        Set <code>TOLL_SLACK</code> to the address of an incoming webhook where
        the server runs, and start it again.{' '}
        <code>toll alerts test team</code> tries the channel.
      </p>
    </div>
  );
}

/** The same for every try of the same thing, so that it is sent once. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}

function useSend(query: Query, onSent: (message: Message) => void) {
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const id = useRef({ of: '', id: '' });
  const under = useRef(false);
  const go = async (channel: string, note: string, again: boolean) => {
    if (under.current) {
      return;
    }
    under.current = true;
    setBusy(true);
    const of = JSON.stringify([query, channel, note]);
    if (id.current.of !== of) {
      id.current = { of, id: newId() };
    }
    try {
      const { message } = await sendJson<Sent>('POST',
        apiPath('review/send', query),
        { channel, note, id: id.current.id, again });
      id.current = { of: '', id: '' };
      setError(null);
      onSent(message);
    } catch (cause) {
      setError(asApiError(cause));
    } finally {
      under.current = false;
      setBusy(false);
    }
  };
  return { error, busy, go, forget: () => setError(null) };
}

function Sending({ query, week, channels, reload, onClose }: Props & {
  channels: Channel[];
  reload: () => void;
}) {
  const usable = channels.filter(({ problem }) => problem === null);
  const [chosen, setChosen] = useState(usable[0]?.name ?? '');
  const [note, setNote] = useState('');
  const [sent, setSent] = useState<Message | null>(null);
  const send = useSend({ ...query, week }, setSent);
  const channel = channels.find(({ name }) => name === chosen);
  // Told so, one more click sends it nevertheless.
  const had = send.error?.status === 409;
  useEffect(send.forget, [chosen]);
  if (sent) {
    return (
      <Fate sent={sent} onClose={onClose} onBack={() => {
        setSent(null);
        setNote('');
        reload();
      }} />
    );
  }
  return (
    <Form action={had ? 'Send it again' : `Send to ${chosen || 'a channel'}`}
      busy={send.busy} disabled={channel === undefined}
      error={send.error && (had
        ? { message: sentence(send.error.message), hint: '' } : send.error)}
      onSubmit={() => void send.go(chosen, note, had)} onCancel={onClose}>
      <Choices channels={channels} chosen={chosen} onChoose={setChosen} />
      <TextArea label="Note" short value={note} onInput={setNote}
        maxLength={1000}
        placeholder="What you want to say to it; it stands above the review" />
      {channel && <Preview query={query} week={week} channel={channel}
        note={note} />}
    </Form>
  );
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** The names of services are theirs. */
const KINDS: Record<Channel['kind'], string> = {
  slack: 'Slack', teams: 'Teams', pagerduty: 'PagerDuty', webhook: 'Webhook',
  smtp: 'Mail',
};

function Choices({ channels, chosen, onChoose }: {
  channels: Channel[];
  chosen: string;
  onChoose: (name: string) => void;
}) {
  const group = useId();
  return (
    <fieldset class="field channels">
      <legend class="field-label">Channel</legend>
      {channels.map((channel) => (
        <label key={channel.name} class="channel">
          <input type="radio" name={group} value={channel.name}
            checked={channel.name === chosen}
            disabled={channel.problem !== null}
            onChange={() => onChoose(channel.name)} />
          <span class="channel-name">
            <span class="strong">{channel.name}</span>{' '}
            <span class="note">{KINDS[channel.kind]}</span>
          </span>
          <span class="channel-last note"><Last channel={channel} /></span>
        </label>
      ))}
    </fieldset>
  );
}

function Last({ channel: { problem, last } }: { channel: Channel }) {
  const zone = useLedger().data?.zone ?? 'UTC';
  if (problem !== null) {
    return <>{sentence(problem)}</>;
  }
  if (last === null) {
    return <>Nothing was sent there yet</>;
  }
  const at = formatInstant(last.changed, zone);
  switch (last.state) {
    case 'sent':
      return <>{last.title}: sent {at}</>;
    case 'failed':
      return <>{last.title}: failed {at}, {last.error}</>;
    default:
      return <>{last.title}: on its way{last.error && `, ${last.error}`}</>;
  }
}
