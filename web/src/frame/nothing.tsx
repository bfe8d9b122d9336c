// No calls in the range: either they are elsewhere, or there are none yet.

import { sharedParams } from '../lib/shared';
import { formatDays, shortPeriod } from '../lib/time';
import { Button } from '../ui/controls';
import { Command } from '../ui/copy';
import { Message } from '../ui/states';
import { useHere } from './here';
import type { Elsewhere, Ledger } from './ledger';

interface Props {
  ledger: Ledger;
  elsewhere: Elsewhere;
}

export function Nothing({ ledger, elsewhere }: Props) {
  return elsewhere.month === null
    ? <FirstSteps />
    : <NothingHere ledger={ledger} month={elsewhere.month} />;
}

function NothingHere({ ledger, month }:
  { ledger: Ledger; month: { from: string; to: string } }) {
  const { shared, change } = useHere();
  const all = shared.environment === '*';
  const days = formatDays(ledger.first, ledger.last);
  return (
    <Message title={all ? 'No calls' : `No calls in ${shared.environment}`}>
      <p>
        {days} has none. The newest calls that toll knows are of{' '}
        {shortPeriod('month', month.from)}
        {all ? '.' : `, in ${shared.environment} or another environment.`}
      </p>
      <p class="buttons">
        <Button onClick={() =>
          change(sharedParams({ range: month, environment: '*' }))}>
          Show {shortPeriod('month', month.from)}
        </Button>
        {!all && (
          <Button onClick={() =>
            change(sharedParams({ ...shared, environment: '*' }))}>
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
