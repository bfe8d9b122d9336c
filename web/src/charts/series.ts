// What charts over time are made from.

import { toFloat, type Pico } from '../lib/money';
import { dayInZone, isDay, type Interval } from '../lib/time';
import type { Tone } from './palette';

export interface Serie {
  name: string;
  tone: Tone;
  /** One a period; null where there is nothing. */
  values: (number | null)[];
  /** The value in words, exact where it is money. */
  said: (index: number) => string;
}

/** What happened at a time, drawn above the chart. */
export interface Mark {
  kind: 'release' | 'alert' | 'experiment';
  /** A day, or an instant. */
  time: string;
  /** What it is, in a few words. */
  said: string;
  /** Where more is told. */
  href?: string | undefined;
}

export interface TimeChartProps {
  label: string;
  height: number;
  interval: Interval;
  periods: string[];
  series: Serie[];
  /** Stands before the numbers of the axis. */
  unit: '$' | '';
  /** All of a period together, where that makes sense. */
  total?: ((index: number) => string) | undefined;
  marks?: Mark[] | undefined;
  zone?: string | undefined;
  /** Makes periods selectable: the first and the last, both in. */
  onPick?: ((first: number, last: number) => void) | undefined;
}

/** For the length of a bar; what is absent is drawn as nothing. */
export function lengths(amounts: (Pico | null)[]): (number | null)[] {
  return amounts.map((amount) => (amount === null ? null : toFloat(amount)));
}

/** In which period something happened; -1 before all of them. */
export function periodOf(interval: Interval, periods: string[], time: string,
  zone: string): number {
  const before = interval === 'hour'
    ? (period: string) => Date.parse(period) <= Date.parse(time)
    : isBefore(dayInZone(time, zone));
  let found = -1;
  periods.forEach((period, i) => {
    if (before(period)) {
      found = i;
    }
  });
  return found;
}

function isBefore(day: string): (period: string) => boolean {
  return isDay(day) ? (period) => period <= day : () => false;
}
