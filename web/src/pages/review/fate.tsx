// What becomes of a message that was just put into the outbox.

import { useEffect, useState } from 'preact/hooks';

import { getJson } from '../../api/fetch';
import { hasEnded, type Message } from '../../api/messages';
import { useLedger } from '../../frame/ledger';
import { formatInstant } from '../../lib/time';
import { Callout } from '../../ui/callout';
import { Button } from '../../ui/controls';

const LOOK_MS = 1000;

/** The message as it stands, looked at until nothing more becomes of it. */
function useFate(sent: Message): Message {
  const [message, setMessage] = useState(sent);
  useEffect(() => {
    if (hasEnded(message)) {
      return;
    }
    const controller = new AbortController();
    const timer = setTimeout(() => {
      getJson<Message>(`api/messages/${message.id}`, controller.signal)
        // A server that cannot be asked now is asked again.
        .then(setMessage, () => setMessage((old) => ({ ...old })));
    }, LOOK_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [message]);
  return message;
}

export function Fate({ sent, onBack, onClose }: {
  sent: Message;
  onBack: () => void;
  onClose: () => void;
}) {
  const message = useFate(sent);
  return (
    <div class="form">
      <div role="status"><Told message={message} /></div>
      <p class="buttons form-buttons">
        <Button onClick={onBack}>Send to another channel</Button>
        <Button kind="primary" onClick={onClose}>Done</Button>
      </p>
    </div>
  );
}

function Told({ message }: { message: Message }) {
  const zone = useLedger().data?.zone ?? 'UTC';
  const { channel, state, changed, error, next } = message;
  if (state === 'sent') {
    return (
      <Callout tone="good" title={`Sent to ${channel}`}>
        <p>{formatInstant(changed, zone)}. The channel has it.</p>
      </Callout>
    );
  }
  if (state === 'failed') {
    return (
      <Callout tone="bad" title={`Not sent to ${channel}`}>
        <p>{error}</p>
        <p>
          Mend the channel in <code>toll.yaml</code>, try it with{' '}
          <code>toll alerts test {channel}</code>, and send again.
        </p>
      </Callout>
    );
  }
  if (error) {
    return (
      <Callout tone="warn" title={`${channel} did not take it yet`}>
        <p>{error}</p>
        <p>
          toll tries again{next && `, next at ${formatInstant(next, zone)}`},
          for three days. It is safe to close this.
        </p>
      </Callout>
    );
  }
  return (
    <Callout title={`On its way to ${channel}`}>
      <p>It is in the outbox, and is sent also if the server starts anew.</p>
    </Callout>
  );
}
