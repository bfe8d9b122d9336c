// All that is known of one call, as the API tells it.

import { CopyButton } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';

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
  return (
    <Dialog title={call?.id ?? ''} open={call !== null} onClose={close}>
      {call && (
        <>
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
    </Dialog>
  );
}

/** In the words of the API; what lies in another, with its name before. */
function fieldsOf(record: object, before = ''): [string, string][] {
  return Object.entries(record).flatMap(([name, value]: [string, unknown]) =>
    (typeof value === 'object' && value !== null
      ? fieldsOf(value, `${before}${name}.`)
      : [[`${before}${name}`, String(value ?? '–')] as [string, string]]));
}
