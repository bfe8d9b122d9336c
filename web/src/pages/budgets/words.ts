// How a budget stands, in words.

import { formatDay, formatInstant } from '../../lib/time';
import type { Tone } from '../../ui/callout';
import type { Budget, Step } from './answer';

/** The last step of the ladder that was reached in this period. */
export function reached(budget: Budget): Step | undefined {
  return budget.steps.filter(({ reached_at: at }) => at !== null).at(-1);
}

export interface Standing {
  tone: Tone;
  said: string;
}

export function standingOf(budget: Budget, zone: string): Standing {
  const step = reached(budget);
  const whom = budget.per ? ' of who is over it' : '';
  switch (step?.do) {
    case 'block':
      return { tone: 'bad', said: `refuses calls${whom}` };
    case 'slow':
      return { tone: 'warn', said: `slows calls down${whom}` };
    case 'fallback':
      return { tone: 'warn', said: `sends calls to ${step.model ?? ''}` };
    default:
  }
  if (budget.share >= 1) {
    return { tone: 'bad', said: 'spent' };
  }
  const at = budget.pace?.exceeds_at;
  if (at) {
    return { tone: 'warn',
      said: `will be spent on ${formatInstant(at, zone).split(',')[0]}` };
  }
  return step ? { tone: 'warn', said: 'people are told' }
    : { tone: 'good', said: 'on pace' };
}

/** "a month", "a day for each user", "in 24h" */
export function periodOf({ period, window, per }: Budget): string {
  const length = period === 'rolling' ? `in ${window ?? ''}` : `a ${period}`;
  return per ? `${length}, for each ${per}` : length;
}

/** "feature search or chat, environment production" */
export function scopeOf({ where }: Budget): string {
  const parts = Object.entries(where).map(([key, value]) =>
    `${key} ${[value].flat().map((name) => name || 'untagged').join(' or ')}`);
  return parts.length === 0 ? 'every call' : parts.join(', ');
}

export function stepSaid({ do: action, model, delay, notify }: Step): string {
  const told = notify && notify.length > 0 ? ` ${notify.join(', ')}` : '';
  switch (action) {
    case 'notify':
      return `tells${told || ' people'}`;
    case 'fallback':
      return `falls back to ${model ?? 'another model'}`;
    case 'slow':
      return `slows down by ${delayOf(delay)}`;
    case 'block':
      return 'refuses calls';
  }
}

/** "2000ms" as "2 s" */
function delayOf(delay = ''): string {
  const ms = /^(\d+)ms$/.exec(delay)?.[1];
  return ms && Number(ms) % 1000 === 0 ? `${Number(ms) / 1000} s` : delay;
}

export function resetSaid({ resets, window }: Budget, zone: string): string {
  return resets === null
    ? `counts the last ${window ?? ''}`
    : `begins anew ${midnight(resets) ? formatDay(resets.slice(0, 10))
      : formatInstant(resets, zone)}`;
}

function midnight(time: string): boolean {
  return time.slice(11, 19) === '00:00:00';
}
