// The two axes of a chart over time.

import type { GridComponentOption } from 'echarts/components';
import type { XAXisComponentOption, YAXisComponentOption } from 'echarts';

import { tickFormat } from '../lib/format';
import { daysBetween, shortPeriod, type Interval } from '../lib/time';
import type { Canvas } from './chart';

const LABEL_WIDTH = 56;
const FONT_SIZE = 12;

export function timeAxis(canvas: Canvas, interval: Interval,
  periods: string[]): XAXisComponentOption {
  const room = Math.max(2, Math.floor((canvas.width - 60) / LABEL_WIDTH));
  const shown = ticks(interval, periods, room);
  return {
    type: 'category',
    data: periods,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: canvas.line } },
    axisLabel: {
      color: canvas.text,
      fontSize: FONT_SIZE,
      interval: (index) => shown[index] ?? false,
      formatter: (period) => tickText(interval, period),
    },
  };
}

/** `unit` stands before each tick; `max` is the largest value drawn. */
export function valueAxis(canvas: Canvas, unit: string, max: number,
  ticks = tickFormat): YAXisComponentOption {
  const tick = ticks(max);
  return {
    type: 'value',
    splitNumber: 4,
    splitLine: { lineStyle: { color: canvas.line } },
    axisLabel: {
      color: canvas.text,
      fontSize: FONT_SIZE,
      formatter: (value) => `${unit}${tick(value)}`,
    },
  };
}

/** Room for the labels of a value axis, where two grids must line up. */
export const VALUE_LABELS = 52;

/** A grid whose labels stay inside the box. */
export function grid(place: GridComponentOption = {}): GridComponentOption {
  return {
    left: 0,
    right: 0,
    top: 12,
    // Letters that reach below the line, as in "Sep".
    bottom: 3,
    outerBoundsMode: 'same',
    outerBoundsContain: 'axisLabel',
    ...place,
  };
}

/** Which periods carry a label: as many as fit, on round hours, on Mondays
 *  where not every day fits, on Januaries where not every month does. */
export function ticks(interval: Interval, periods: string[], room: number):
  boolean[] {
  const fits = (test: (period: string, index: number) => boolean) => {
    const shown = periods.map(test);
    return shown.filter(Boolean).length <= room ? shown : null;
  };
  for (const every of STEPS[interval]) {
    const shown = fits((period, index) => isRound(interval, period, index,
      every));
    if (shown) {
      return shown;
    }
  }
  const step = Math.ceil(periods.length / room);
  return periods.map((_, index) => index % step === 0);
}

const MONDAY = '2020-01-06';

const STEPS: Record<Interval, number[]> = {
  hour: [1, 2, 3, 6, 12, 24],
  day: [1, 2, 3, 4, 7, 14, 28],
  week: [1, 2, 4],
  month: [1, 3, 12],
};

function isRound(interval: Interval, period: string, index: number,
  every: number): boolean {
  switch (interval) {
    case 'hour':
      return Number(period.slice(11, 13)) % every === 0;
    case 'day':
      return every < 7
        ? index % every === 0
        : daysBetween(MONDAY, period) % every === 0;
    case 'week':
      return index % every === 0;
    case 'month':
      return (Number(period.slice(5, 7)) - 1) % every === 0;
  }
}

/** Midnight is written as the day that begins. */
function tickText(interval: Interval, period: string): string {
  if (interval === 'hour' && period.slice(11, 16) === '00:00') {
    return shortPeriod('day', period.slice(0, 10));
  }
  return shortPeriod(interval, period);
}
