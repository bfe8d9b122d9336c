// The review in the forms in which it is sent.

import { useState } from 'preact/hooks';

import { apiPath, getText, type Query } from '../../api/fetch';
import { Segments } from '../../ui/controls';
import { Command } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';
import { Download } from '../../ui/icons';
import { useLoad } from '../../ui/load';
import { Loaded } from '../../ui/loaded';

const FORMS = [
  { value: 'markdown', label: 'Markdown' },
  { value: 'text', label: 'Plain text' },
  { value: 'slack', label: 'Slack blocks' },
] as const;
type Form = (typeof FORMS)[number]['value'];

const BY_ITSELF = `channels:
  team: {slack: {url_env: TOLL_SLACK}}
reviews:
  - {day: monday, at: "09:00", notify: [team]}`;

interface Props {
  query: Query;
  open: boolean;
  onClose: () => void;
}

export function SendDialog({ query, open, onClose }: Props) {
  const [form, setForm] = useState<Form>('markdown');
  const path = apiPath('review', { ...query, format: form });
  const text = useLoad(open ? path : null, (signal) => getText(path, signal));
  return (
    <Dialog title="Send this review" open={open} onClose={onClose}>
      <div class="row">
        <Segments label="Form" options={FORMS} value={form}
          onChange={setForm} />
      </div>
      <Loaded of={text} height={270}>
        {(data) => <Command text={data} />}
      </Loaded>
      <p>
        <a class="button" download={`${query['week'] ?? 'review'}.html`}
          href={apiPath('review', { ...query, format: 'html' })}>
          <Download /> One page that needs nothing else (HTML)
        </a>
      </p>
      <h3>Let toll send it every week</h3>
      <p class="note">
        To Slack, Teams, a mailbox or a webhook, by these lines in{' '}
        <code>toll.yaml</code>. <code>toll alerts test team</code> tries the
        channel.
      </p>
      <Command text={BY_ITSELF} />
    </Dialog>
  );
}
