// How one amount became another: a row a cause, each bar beginning where the
// one above it ends.  Plain elements: it is read, focused and printed as text.

import type { ComponentChildren } from 'preact';

import { toFloat, type Pico } from '../lib/money';
import { Money } from './numbers';

export interface Step {
  key: string;
  name: ComponentChildren;
  amount: Pico;
  /** Opens what stands behind it. */
  onOpen?: (() => void) | undefined;
  open?: boolean | undefined;
}

interface Props {
  label: string;
  before: { name: string; amount: Pico };
  after: { name: string; amount: Pico };
  steps: Step[];
}

export function Waterfall({ label, before, after, steps }: Props) {
  const { scale, cut } = scaleOf(before.amount, steps, after.amount);
  let at = before.amount;
  return (
    <ol class="waterfall" aria-label={label}>
      <Total name={before.name} amount={before.amount} scale={scale}
        cut={cut} />
      {steps.map((step) => {
        const from = at;
        at += step.amount;
        return <StepRow key={step.key} step={step} from={from} to={at}
          scale={scale} />;
      })}
      <Total name={after.name} amount={after.amount} scale={scale}
        cut={cut} />
    </ol>
  );
}

type Scale = (amount: Pico) => number;

/** From an amount to percent of the width.  Where what changed is small beside
 *  the amounts, the scale begins above zero (`cut`), so that it can be seen;
 *  the whole amounts then show that they are cut. */
function scaleOf(before: Pico, steps: Step[], after: Pico):
  { scale: Scale; cut: boolean } {
  const levels = [before, after];
  let at = before;
  for (const step of steps) {
    at += step.amount;
    levels.push(at);
  }
  const values = levels.map(toFloat);
  const high = Math.max(...values, 0);
  const low = Math.min(...values);
  const cut = low > (high - low) * 2;
  const begin = cut ? low - (high - low) * 0.5 : Math.min(low, 0);
  const width = high - begin || 1;
  return {
    scale: (amount) => ((toFloat(amount) - begin) / width) * 100,
    cut,
  };
}

function Total({ name, amount, scale, cut }:
  { name: string; amount: Pico; scale: Scale; cut: boolean }) {
  return (
    <li class="wf-row total">
      <span class="wf-name">{name}</span>
      <span class="wf-track" aria-hidden="true">
        <span class={cut ? 'wf-bar cut' : 'wf-bar'}
          style={{ left: '0%', width: `${scale(amount)}%` }} />
      </span>
      <span class="wf-amount"><Money amount={amount} /></span>
    </li>
  );
}

function StepRow({ step, from, to, scale }:
  { step: Step; from: Pico; to: Pico; scale: Scale }) {
  const [a, b] = [scale(from), scale(to)];
  const way = step.amount > 0n ? 'up' : 'down';
  return (
    <li class={step.open ? 'wf-row open' : 'wf-row'}>
      <span class="wf-name">
        {step.onOpen ? (
          <button type="button" class="link-button" aria-expanded={step.open}
            onClick={step.onOpen}>
            {step.name}
          </button>
        ) : step.name}
      </span>
      <span class="wf-track" aria-hidden="true">
        <span class={`wf-bar ${way}`} style={{
          left: `${Math.min(a, b)}%`,
          width: `max(2px, ${Math.abs(b - a)}%)`,
        }} />
      </span>
      <span class={`wf-amount ${way}`}>
        <Money amount={step.amount} change />
      </span>
    </li>
  );
}
