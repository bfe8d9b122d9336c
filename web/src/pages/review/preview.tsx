// What a channel will get.

import { apiPath, getText, type Query } from '../../api/fetch';
import type { Channel } from '../../api/messages';
import { useLoad } from '../../ui/load';
import { Loaded } from '../../ui/loaded';

/** In which form it is shown here, and what each kind makes of it. */
const SHOWN: Record<Channel['kind'], { form: 'text' | 'json'; as: string }> = {
  slack: { form: 'text', as: 'Slack sets it with headings and tables.' },
  teams: { form: 'text', as: 'Teams shows it on a card.' },
  smtp: { form: 'text', as: 'The mail has it as text and as a page.' },
  pagerduty: { form: 'text',
    as: 'PagerDuty takes its first sentence, as an event for information.' },
  webhook: { form: 'json', as: 'The webhook gets it as JSON, signed.' },
};

interface Props {
  query: Query;
  week: string;
  channel: Channel;
  note: string;
}

export function Preview({ query, week, channel, note }: Props) {
  const { form, as } = SHOWN[channel.kind];
  const path = apiPath('review', { ...query, format: form, width: 72 });
  const text = useLoad(path, (signal) => getText(path, signal));
  return (
    <section class="preview" aria-label="What will go">
      <p class="field-label">What will go</p>
      <div class="preview-sheet" tabIndex={0} role="group"
        aria-label="The message">
        <p class="strong">LLM spending, week {week}</p>
        {note.trim() && <blockquote>{note.trim()}</blockquote>}
        <Loaded of={text} height={150}>
          {(data) => <pre>{channel.kind === 'pagerduty'
            ? data.split('\n\n')[0] : data}</pre>}
        </Loaded>
      </div>
      <p class="note">{as}</p>
    </section>
  );
}
