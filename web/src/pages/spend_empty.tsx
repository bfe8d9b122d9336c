// No events in view: either they are elsewhere, or there are none yet.

import type { Elsewhere, SpendData } from '../api/spend';
import { formatDays, shortPeriod } from '../lib/time';
import { Button } from '../ui/controls';
import { Command, Message } from '../ui/states';
import type { Change } from './view';

interface Props {
  data: SpendData;
  empty: Elsewhere;
  change: Change;
}

export function Empty({ data, empty, change }: Props) {
  return empty.month === null
    ? <FirstSteps />
    : <NothingHere data={data} month={empty.month} change={change} />;
}

function NothingHere({ data, month, change }:
  { data: SpendData; month: { from: string; to: string }; change: Change }) {
  const { view } = data;
  const days = formatDays(data.first, data.last);
  const environment = view.all ? '' : ' in production';
  return (
    <Message title={`No calls${environment}`}>
      <p>
        {days} has none. The newest calls that toll knows are of{' '}
        {shortPeriod('month', month.from)}
        {view.all ? '.' : ', in production or another environment.'}
      </p>
      <p class="buttons">
        <Button onClick={() => change({ range: month, all: true })}>
          Show {shortPeriod('month', month.from)}
        </Button>
        {!view.all && (
          <Button onClick={() => change({ all: true })}>
            Show all environments
          </Button>
        )}
      </p>
    </Message>
  );
}

function FirstSteps() {
  const address = new URL('v1/events', document.baseURI).href;
  return (
    <Message title="No calls yet">
      <p>
        Send one and watch it appear here; this page looks every few seconds.
      </p>
      <Command text={sampleCall(address)} />
      <p>Or bring in logs that you have, from agents or a gateway:</p>
      <Command text="toll import ~/.claude/projects" />
      <p>Or look around in a made-up company first:</p>
      <Command text="toll demo" />
    </Message>
  );
}

function sampleCall(address: string): string {
  const event = {
    provider: 'openai',
    model: 'gpt-4o-mini',
    feature: 'first-steps',
    input_tokens: 1200,
    output_tokens: 300,
  };
  return `curl ${address} \\\n  -H 'content-type: application/json' \\\n` +
    `  -d '${JSON.stringify(event)}'`;
}
