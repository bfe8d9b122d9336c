// A budget by its lines, as they would stand in toll.yaml.

import { useState } from 'preact/hooks';

import { asApiError, sendText, type ApiError } from '../../api/fetch';
import { anyOf, ask, totalsOf } from '../../api/query';
import { toFloat } from '../../lib/money';
import { yamlText } from '../../lib/yaml';
import { Dialog } from '../../ui/dialog';
import { Form } from '../../ui/form';
import { TextArea } from '../../ui/inputs';
import { useLoad } from '../../ui/load';

interface Props {
  open: boolean;
  onClose: () => void;
  onDone: () => void;
  /** The feature that it is begun for. */
  feature: string | null;
  /** How many calls each run of it may make; null where it is for the month. */
  runCalls: number | null;
}

export function ApplyDialog({ open, onClose, onDone, feature, runCalls }:
  Props) {
  // What was typed; before, what is suggested.
  const [typed, setTyped] = useState<string | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const ofMonth = open && runCalls === null;
  const usual = useLoad(ofMonth ? `usual ${feature ?? ''}` : null, (signal) =>
    usualMonth(feature, signal));
  const text = typed ?? (runCalls === null ? monthLines(feature, usual.data)
    : runLines(feature, runCalls));
  const close = () => {
    setTyped(null);
    setError(null);
    onClose();
  };
  const apply = async () => {
    setBusy(true);
    try {
      await sendText('POST', 'api/budgets', text, 'application/yaml');
      close();
      onDone();
    } catch (cause) {
      setError(asApiError(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title="Add a budget" open={open} onClose={close}>
      <Form action="Apply" error={error} busy={busy}
        disabled={text.trim() === ''} onSubmit={apply} onCancel={close}>
        <p class="said">
          It holds at once and after a restart. A plan’s guardrail can be
          pasted as it is; the limit here is {runCalls === null
            ? 'a fifth above the last 30 days'
            : 'twice the calls that a run usually takes'}.
        </p>
        <TextArea code label="Budgets, as in toll.yaml" value={text}
          onInput={setTyped} maxLength={65_536} />
      </Form>
    </Dialog>
  );
}

/** Dollars of the last 30 days; null where there were none. */
async function usualMonth(feature: string | null, signal: AbortSignal):
  Promise<number | null> {
  const answer = await ask({ metrics: ['cost'], range: '30d',
    where: feature === null ? [] : [anyOf('feature', [feature])] }, signal);
  const cost = totalsOf(answer).usd('cost');
  return cost === null || cost <= 0n ? null : toFloat(cost);
}

function monthLines(feature: string | null, usual: number | null): string {
  return `${headLines(feature, 'month')}
    period: month
    limit: ${usual === null ? 100 : roundUp(usual * 1.2)}
    at:
      - {percent: 80, do: notify}
      - {percent: 100, do: block}
`;
}

/** What ends a run that goes in circles: the first call beyond is refused. */
function runLines(feature: string | null, calls: number): string {
  return `${headLines(feature, 'run')}
    per: run
    period: day
    unit: requests
    limit: ${calls}
    at:
      - {percent: 100, do: block}
`;
}

function headLines(feature: string | null, kind: string): string {
  const where = feature === null
    ? '{environment: production}'
    : `{feature: ${yamlText(feature)}}`;
  return `budgets:
  - name: ${yamlText(`${feature ?? 'all'}-${kind}`)}
    where: ${where}`;
}

/** To two digits: 5,057 is 5,100. */
function roundUp(dollars: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(dollars)) - 1);
  return Math.max(1, Math.ceil(dollars / unit) * unit);
}
