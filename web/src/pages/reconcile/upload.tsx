// Bringing in what a provider billed.

import { useState } from 'preact/hooks';

import { asApiError, sendFile, type ApiError } from '../../api/fetch';
import { plural } from '../../lib/format';
import { Callout } from '../../ui/callout';
import { Command } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';
import { Form } from '../../ui/form';
import type { Taken } from './answer';

const SHOWN = 5;
/** Answers have what was taken a second later at most. */
const SEEN_MS = 1000;
const TABLE = `provider,from,to,model,line,amount
openai,2026-10-01,2026-11-01,gpt-4o,October,412.30`;

interface Props {
  open: boolean;
  onClose: () => void;
  onDone: () => void;
}

export function UploadDialog({ open, onClose, onDone }: Props) {
  const [file, setFile] = useState<File | null>(null);
  const [busy, setBusy] = useState(false);
  const [taken, setTaken] = useState<Taken | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const close = () => {
    setFile(null);
    setTaken(null);
    setError(null);
    onClose();
  };
  const send = async (chosen: File) => {
    setBusy(true);
    try {
      setTaken(await sendFile<Taken>('v1/invoices', chosen));
      setError(null);
      setTimeout(onDone, SEEN_MS);
    } catch (cause) {
      setTaken(null);
      setError(asApiError(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title="Add a bill" open={open} onClose={close}>
      <Form action="Add it" busy={busy} disabled={file === null} error={error}
        onSubmit={() => file && send(file)} onCancel={close}
        cancel={taken ? 'Close' : 'Cancel'}>
        <p class="said">
          OpenAI’s costs or Anthropic’s cost report, as their interface
          answered; or a table of what was billed. A bill that comes again
          counts once, with its last amounts.
        </p>
        <label class="field">
          <span class="field-label">File: JSON, NDJSON or CSV</span>
          <input class="input file" type="file"
            accept=".json,.ndjson,.jsonl,.csv,.tsv"
            onChange={(event) => {
              setFile(event.currentTarget.files?.[0] ?? null);
              setTaken(null);
            }} />
        </label>
        {taken && <TakenSaid taken={taken} />}
      </Form>
      <h3>A table has these columns</h3>
      <Command text={TABLE} />
    </Dialog>
  );
}

function TakenSaid({ taken }: { taken: Taken }) {
  const { accepted, duplicates, rejected } = taken;
  const again = duplicates > 0
    ? `, ${duplicates} that had come before` : '';
  return (
    <div role="status">
      <Callout tone={rejected.length > 0 ? 'warn' : 'good'}
        title={`${plural(accepted, 'line')} taken${again}`}>
        {rejected.length > 0 && (
          <>
            <p>{plural(rejected.length, 'line')} refused:</p>
            <ul>
              {rejected.slice(0, SHOWN).map(({ index, error }) => (
                <li key={index}>Line {index + 1}: {error}</li>
              ))}
            </ul>
          </>
        )}
      </Callout>
    </div>
  );
}
