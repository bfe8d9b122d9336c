// One budget: what is used of its limit, the ladder beside it, and where it
// leads at this pace.

import { useLedger } from '../../frame/ledger';
import { formatRatio } from '../../lib/format';
import { parseUsd, toFloat } from '../../lib/money';
import { formatInstant } from '../../lib/time';
import { Badge } from '../../ui/callout';
import { Button } from '../../ui/controls';
import { Compact, Money } from '../../ui/numbers';
import { ScopeLink } from '../../ui/scope';
import type { Amount, Budget } from './answer';
import { periodOf, resetSaid, scopeOf, standingOf, stepSaid } from './words';

/** Beyond that the bar is at its end: what matters is that it is over. */
const LONGEST = 2;

export function BudgetLine({ budget, onRemove }:
  { budget: Budget; onRemove: (budget: Budget) => void }) {
  const zone = useLedger().data?.zone ?? 'UTC';
  const { tone, said } = standingOf(budget, zone);
  return (
    <li class="budget">
      <div class="budget-head">
        <div>
          <p class="row">
            <span class="strong name">{budget.name}</span>
            <Badge tone={tone}>{said}</Badge>
          </p>
          <p class="note">
            {scopeOf(budget)}, {periodOf(budget)}; {resetSaid(budget, zone)}
            {budget.contact && `; ${budget.contact}`}
          </p>
        </div>
        <p class="budget-used">
          <span class="strong">
            <AmountOf unit={budget.unit} amount={budget.used} />
          </span>
          <span class="note">
            {' '}of <AmountOf unit={budget.unit} amount={budget.limit} />
            {budget.unit === 'usd' ? '' : ` ${budget.unit}`},{' '}
            {formatRatio(budget.share)}
          </span>
        </p>
      </div>
      <Bar budget={budget} tone={tone} />
      <Ladder budget={budget} zone={zone} />
      {budget.worst && budget.worst.length > 0 && <Worst budget={budget} />}
      {budget.source === 'applied' && (
        <p class="row">
          <span class="note">Applied here, not in toll.yaml.</span>
          <Button kind="quiet" onClick={() => onRemove(budget)}
            label={`Remove ${budget.name}`}>
            Remove
          </Button>
        </p>
      )}
    </li>
  );
}

export function AmountOf({ unit, amount }:
  { unit: Budget['unit']; amount: Amount }) {
  return unit === 'usd' ? <Money amount={String(amount)} />
    : <Compact n={Number(amount)} />;
}

/** As a number, for the length of a bar. */
function sizeOf(unit: Budget['unit'], amount: Amount): number {
  return unit === 'usd' ? toFloat(parseUsd(String(amount))) : Number(amount);
}

function Bar({ budget, tone }: { budget: Budget; tone: string }) {
  const { unit, share, steps, limit, pace } = budget;
  const projected = pace === null ? null
    : sizeOf(unit, pace.projected) / sizeOf(unit, limit);
  const end = Math.min(LONGEST, Math.max(1, share, projected ?? 0,
    ...steps.map(({ percent }) => percent / 100))) * 1.03;
  const place = (of: number) => `${Math.min(100, (of / end) * 100)}%`;
  return (
    <div class="budget-track" aria-hidden="true">
      {projected !== null && projected > share && (
        <span class="budget-pace" style={{ width: place(projected) }} />
      )}
      <span class={`budget-bar ${tone}`} style={{ width: place(share) }} />
      <span class="budget-limit" style={{ left: place(1) }} />
      {steps.filter(({ percent }) => percent !== 100).map(({ percent }) => (
        <span key={percent} class="budget-step"
          style={{ left: place(percent / 100) }} />
      ))}
    </div>
  );
}

/** The steps and the pace, in words. */
function Ladder({ budget, zone }: { budget: Budget; zone: string }) {
  const { steps, pace, unit } = budget;
  return (
    <ul class="ladder">
      {steps.map((step) => (
        <li key={`${step.percent} ${step.do}`}
          class={step.reached_at ? 'on' : undefined}>
          <span class="strong">{step.percent}%</span> {stepSaid(step)}
          {step.reached_at && (
            <span class="note">
              {' '}since {formatInstant(step.reached_at, zone)}
            </span>
          )}
        </li>
      ))}
      {pace && (
        <li class="pace">
          At this pace <AmountOf unit={unit} amount={pace.projected} /> at the
          end
        </li>
      )}
    </ul>
  );
}

const SHOWN = 5;

function Worst({ budget }: { budget: Budget }) {
  const { worst = [], unit, per = '', limit } = budget;
  const whole = sizeOf(unit, limit);
  return (
    <details class="fault">
      <summary>
        The {Math.min(worst.length, SHOWN)} that used most, by {per}
      </summary>
      <ol class="worst">
        {worst.slice(0, SHOWN).map(({ value, used }) => {
          const share = sizeOf(unit, used) / whole;
          return (
            <li key={value}>
              <span class="worst-name">
                <ScopeLink dimension={per} name={value} />
              </span>
              <span class="meter" aria-hidden="true">
                <span class={share >= 1 ? 'meter-bar over' : 'meter-bar'}
                  style={{ width: `${Math.min(100, share * 100)}%` }} />
              </span>
              <span class="worst-used">
                <AmountOf unit={unit} amount={used} />{' '}
                <span class="note">{formatRatio(share)}</span>
              </span>
            </li>
          );
        })}
      </ol>
    </details>
  );
}
