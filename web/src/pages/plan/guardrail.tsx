// The budget that holds the launch, ready to be pasted.

import { Fragment } from 'preact';

import { useHere } from '../../frame/here';
import { Command } from '../../ui/copy';
import { Select } from '../../ui/controls';
import { Panel } from '../../ui/panel';
import { ApplyGuardrail } from './apply';
import type { Plan } from './report';

export function GuardrailPanel({ plan }: { plan: Plan }) {
  const { params, change } = useHere();
  const fallback = params.get('fallback') ?? '';
  const names = [...new Set([...plan.models.map(({ model }) => model).slice(1),
    ...(fallback === '' ? [] : [fallback])])];
  return (
    <Panel title="Guardrail" note="for toll.yaml: the high case is the limit">
      <Command text={plan.guardrail} />
      <div class="guardrail">
        <dl class="ladder-words">
          {stepsOf(plan.guardrail).map(([at, said]) => (
            <Fragment key={at}>
              <dt>{at}</dt>
              <dd>{said}</dd>
            </Fragment>
          ))}
        </dl>
        <div class="stack">
          {names.length > 0 && (
            <Select label="Model at the limit" value={fallback}
              options={[{ value: '', label: 'The cheapest, if it is another' },
                ...names.map((value) => ({ value, label: value }))]}
              onChange={(model) => change({ fallback: model })} />
          )}
          <ApplyGuardrail guardrail={plan.guardrail} />
          <p class="note">
            Or put it into <code>toll.yaml</code>, which a running server takes
            at the next reload.
          </p>
        </div>
      </div>
    </Panel>
  );
}

const STEPS = [
  [80, 'tells those who should know'],
  [100, 'calls go on, on a cheaper model'],
  [120, 'calls are refused until the month is over'],
] as const;

/** In words, those that the lines have: without a cheaper model there is
 *  nothing to fall back to. */
function stepsOf(lines: string): [string, string][] {
  return STEPS.filter(([percent]) => lines.includes(`{percent: ${percent},`))
    .map(([percent, said]) => [`${percent}%`, said]);
}
