// How one amount became another: a row a cause, each bar beginning where the
// one above it ends.  Plain elements: it is read, focused and printed as text.

import type { ComponentChildren } from 'preact';

import { exactUsd, sum, toFloat, type Pico } from '../lib/money';
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
  const scale = scaleOf(before.amount, steps, after.amount);
  let at = before.amount;
  return (
    <ol class="waterfall" aria-label={label}>
      <Total name={before.name} amount={before.amount} scale={scale} />
      {steps.map((step) => {
        const from = at;
        at += step.amount;
        return <StepRow key={step.key} step={step} from={from} to={at}
          scale={scale} />;
      })}
      <Total name={after.name} amount={after.amount} scale={scale} />
    </ol>
  );
}

type Scale = (amount: Pico) => number;

/** From an amount to percent of the width.  Where what changed is small beside
 *  the amounts, the scale begins later, so that it can be seen. */
function scaleOf(before: Pico, steps: Step[], after: Pico): Scale {
  const levels = [before, after];
  let at = before;
  for (const step of steps) {
    at += step.amount;
    levels.push(at);
  }
  const values = levels.map(toFloat);
  const high = Math.max(...values, 0);
  const low = Math.min(...values);
  const start = low > (high - low) * 2 ? low - (high - low) * 0.5 : 0;
  const begin = Math.min(start, low);
  const width = high - begin || 1;
  return (amount) => ((toFloat(amount) - begin) / width) * 100;
}

function Total({ name, amount, scale }:
  { name: string; amount: Pico; scale: Scale }) {
  return (
    <li class="wf-row total">
      <span class="wf-name">{name}</span>
      <span class="wf-track" aria-hidden="true">
        <span class="wf-bar" style={{ left: '0%', width: `${scale(amount)}%` }} />
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
          <button type="button" class="wf-open" aria-expanded={step.open}
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
      <span class={`wf-amount ${way}`}><Money amount={step.amount} change /></span>
    </li>
  );
}

/** Whether the steps make the whole of the change, to the last digit. */
export function addsUp(before: Pico, steps: Pico[], after: Pico): boolean {
  return exactUsd(before + sum(steps)) === exactUsd(after);
}
