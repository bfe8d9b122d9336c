// Taking an alert, and putting it off.

import { useState } from 'preact/hooks';

import type { Alert } from '../../api/alerts';
import { asApiError, sendJson, type ApiError } from '../../api/fetch';
import { pathOf } from '../../lib/route';
import { rememberMe, whoAmI } from '../../lib/who';
import { Segments, type Option } from '../../ui/controls';
import { Dialog } from '../../ui/dialog';
import { Form } from '../../ui/form';
import { TextArea, TextInput } from '../../ui/inputs';

interface Props {
  alert: Alert;
  open: boolean;
  onClose: () => void;
  /** The alert is another now. */
  onDone: () => void;
}

export function AckDialog({ alert, open, onClose, onDone }: Props) {
  const [by, setBy] = useState(whoAmI);
  const [note, setNote] = useState(alert.acknowledged?.note ?? '');
  const send = useSend(alert, 'ack', () => {
    rememberMe(by);
    onClose();
    onDone();
  });
  return (
    <Dialog title="Acknowledge" open={open} onClose={onClose}>
      <Form action="Take it" error={send.error} busy={send.busy}
        onSubmit={() => send.go({ by, note })} onCancel={onClose}>
        <p class="said">
          From then on only that it gets urgent and that it is over are told.
        </p>
        <TextInput label="Who has it" value={by} onInput={setBy} />
        <TextArea label="Note" value={note} onInput={setNote}
          placeholder="What is known, what is being done" />
      </Form>
    </Dialog>
  );
}

const LENGTHS = [
  { value: '1h', label: '1 hour' },
  { value: '4h', label: '4 hours' },
  { value: '1d', label: '1 day' },
  { value: '3d', label: '3 days' },
  { value: '7d', label: '1 week' },
] as const satisfies readonly Option<string>[];
type Length = (typeof LENGTHS)[number]['value'];

export function SnoozeDialog({ alert, open, onClose, onDone }: Props) {
  const [length, setLength] = useState<Length>('4h');
  const send = useSend(alert, 'snooze', () => {
    onClose();
    onDone();
  });
  return (
    <Dialog title="Snooze" open={open} onClose={onClose}>
      <Form action="Snooze" error={send.error} busy={send.busy}
        onSubmit={() => send.go({ for: length })} onCancel={onClose}>
        <p class="said">
          Until then only its end is told. If it is still open then, that is
          told again.
        </p>
        <Segments label="For" options={LENGTHS} value={length}
          onChange={setLength} />
      </Form>
    </Dialog>
  );
}

function useSend(alert: Alert, verb: 'ack' | 'snooze', onDone: () => void) {
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const go = async (body: Record<string, string>) => {
    setBusy(true);
    try {
      await sendJson('POST', `api${pathOf('alerts', alert.id, verb)}`, body);
      setError(null);
      onDone();
    } catch (cause) {
      setError(asApiError(cause));
    } finally {
      setBusy(false);
    }
  };
  return { error, busy, go };
}
