// All that is known of one call, as the API tells it.

import { useEffect, useRef } from 'preact/hooks';

import { Button } from '../../ui/controls';
import { CopyButton } from '../../ui/copy';
import { Cross } from '../../ui/icons';

export interface Call {
  id: string;
  ts: string;
  provider: string;
  model: string;
  feature?: string;
  customer?: string;
  user?: string;
  run?: string;
  step?: string;
  status?: string;
  input_tokens?: number;
  output_tokens?: number;
  latency_ms?: number;
  cost: string | null;
}

export function CallDialog({ call, close }:
  { call: Call | null; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (call) {
      dialog.current?.showModal();
    } else {
      dialog.current?.close();
    }
  }, [call]);
  return (
    <dialog ref={dialog} class="dialog" aria-label="One call" onClose={close}>
      {call && (
        <>
          <div class="dialog-head">
            <h2>{call.id}</h2>
            <Button kind="icon" label="Close" onClick={close}><Cross /></Button>
          </div>
          <dl class="fields">
            {fieldsOf(call).map(([name, value]) => (
              <div key={name}><dt>{name}</dt><dd>{value}</dd></div>
            ))}
          </dl>
          <p>
            <CopyButton text={JSON.stringify(call, null, 2)}
              label="Copy as JSON" />
          </p>
        </>
      )}
    </dialog>
  );
}

/** In the words of the API; what lies in another, with its name before. */
function fieldsOf(record: object, before = ''): [string, string][] {
  return Object.entries(record).flatMap(([name, value]: [string, unknown]) =>
    (typeof value === 'object' && value !== null
      ? fieldsOf(value, `${before}${name}.`)
      : [[`${before}${name}`, String(value ?? '–')] as [string, string]]));
}
