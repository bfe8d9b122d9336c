// How alerts are told.

import type { Alert, AlertScope } from '../../api/alerts';
import { formatCount } from '../../lib/format';
import { capital, CAUSE_NAMES } from '../../lib/words';

/** "reply-draft", "all calls": what an alert is about, most telling first. */
export function scopeName({ feature, workflow, customer, model, provider }:
  AlertScope): string {
  if (feature !== null) {
    return feature || 'Untagged';
  }
  return workflow ?? customer ?? model ?? provider ?? 'All calls';
}

export function causeOf({ cause }: Alert): string {
  return CAUSE_NAMES[cause] ?? cause;
}

export function titleOf(alert: Alert): string {
  return `${scopeName(alert.scope)}: ${causeOf(alert)}`;
}

/** Of what is measured; small amounts are dollars a call. */
export function measure(value: number): string {
  if (value === 0 || Math.abs(value) >= 100) {
    return formatCount(Math.round(value));
  }
  return String(Number(value.toPrecision(3)));
}

/** What the numbers are of: "Input tokens a request". */
export function unitName({ unit }: Alert): string {
  return capital(unit);
}

/** "7 days", "4 hours", "20 minutes" */
export function lengthOf(from: string, to: string): string {
  const minutes = Math.max(0,
    Math.round((Date.parse(to) - Date.parse(from)) / 60_000));
  const [n, unit] = minutes >= 2 * 24 * 60
    ? [Math.round(minutes / (24 * 60)), 'day']
    : minutes >= 120
      ? [Math.round(minutes / 60), 'hour']
      : [minutes, 'minute'];
  return `${n} ${unit}${n === 1 ? '' : 's'}`;
}
