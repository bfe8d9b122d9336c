// Puts the guardrail into force at this server, once the reader has said so.

import { useEffect, useState } from 'preact/hooks';

import { asApiError, sendText, type ApiError } from '../../api/fetch';
import { Link } from '../../frame/here';
import { Button } from '../../ui/controls';
import { Dialog } from '../../ui/dialog';
import { Form } from '../../ui/form';

export function ApplyGuardrail({ guardrail }: { guardrail: string }) {
  const [open, setOpen] = useState(false);
  const [applied, setApplied] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  // Another plan is another guardrail, which does not hold yet.
  useEffect(() => setApplied(false), [guardrail]);
  const close = () => {
    setError(null);
    setOpen(false);
  };
  const apply = async () => {
    setBusy(true);
    try {
      await sendText('POST', 'api/budgets', guardrail, 'application/yaml');
      setApplied(true);
      close();
    } catch (cause) {
      setError(asApiError(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="row" role="status">
      {applied
        ? <>It holds now. <Link to="/budgets">See the budgets</Link></>
        : <Button onClick={() => setOpen(true)}>Apply it here</Button>}
      <Dialog title="Apply the guardrail" open={open} onClose={close}>
        <Form action="Apply" error={error} busy={busy} onSubmit={apply}
          onCancel={close}>
          <p class="said">
            It holds at once and after a restart: calls that come through the
            gateway are told of, sent to the fallback, and refused in the end.
          </p>
          <pre class="guardrail-lines" tabIndex={0}>{guardrail}</pre>
        </Form>
      </Dialog>
    </div>
  );
}
