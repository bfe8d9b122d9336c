// The review in the forms in which it is passed on by hand.

import { useState } from 'preact/hooks';

import { apiPath, getText, type Query } from '../../api/fetch';
import { Segments } from '../../ui/controls';
import { Command } from '../../ui/copy';
import { Download } from '../../ui/icons';
import { useLoad } from '../../ui/load';
import { Loaded } from '../../ui/loaded';

const FORMS = [
  { value: 'markdown', label: 'Markdown' },
  { value: 'text', label: 'Plain text' },
  { value: 'slack', label: 'Slack blocks' },
] as const;
type Form = (typeof FORMS)[number]['value'];

export function TakeAlong({ query, week }:
  { query: Query; week: string }) {
  const [form, setForm] = useState<Form>('markdown');
  const path = apiPath('review', { ...query, format: form });
  const text = useLoad(path, (signal) => getText(path, signal));
  return (
    <>
      <div class="row">
        <Segments label="Form" options={FORMS} value={form}
          onChange={setForm} />
      </div>
      <Loaded of={text} height={270}>
        {(data) => <Command text={data} />}
      </Loaded>
      <p>
        <a class="button" download={`${week}.html`}
          href={apiPath('review', { ...query, format: 'html' })}>
          <Download /> One page that needs nothing else (HTML)
        </a>
      </p>
    </>
  );
}
