// What charts over time are made from.

import { toFloat, type Pico } from '../lib/money';
import { dayInZone, nextPeriod, type Interval } from '../lib/time';
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
  /** How the axis writes numbers, if not as counts or money. */
  tick?: ((max: number) => (n: number) => string) | undefined;
  /** All of a period together, where that makes sense. */
  total?: ((index: number) => string) | undefined;
  marks?: Mark[] | undefined;
  zone?: string | undefined;
  /** Makes periods selectable: the first and the last, both in. */
  onPick?: ((first: number, last: number) => void) | undefined;
  /** Those that are selected now. */
  shade?: [first: number, last: number] | undefined;
}

/** For the length of a bar; what is absent is drawn as nothing. */
export function lengths(amounts: (Pico | null)[]): (number | null)[] {
  return amounts.map((amount) => (amount === null ? null : toFloat(amount)));
}

/** In which period something happened; -1 outside of them. */
export function periodOf(interval: Interval, periods: string[], time: string,
  zone: string): number {
  const last = periods.at(-1);
  if (last === undefined) {
    return -1;
  }
  if (interval === 'hour') {
    const ms = Date.parse(time);
    return ms < Date.parse(last) + HOUR_MS
      ? periods.findLastIndex((period) => Date.parse(period) <= ms)
      : -1;
  }
  const day = dayInZone(time, zone);
  return day < nextPeriod(interval, last)
    ? periods.findLastIndex((period) => period <= day)
    : -1;
}

const HOUR_MS = 3_600_000;
