// Spend over time, in layers.

import { useCallback } from 'preact/hooks';

import { formatUsd, toFloat, type Pico } from '../lib/money';
import type { Layer } from '../lib/stack';
import { longPeriod, type Interval } from '../lib/time';
import { grid, timeAxis, valueAxis } from './axis';
import { Chart, type Canvas } from './chart';
import { layerColor } from './palette';
import type { ChartOption } from './setup';
import { periodTooltip, tooltipCard } from './tooltip';

interface Props {
  label: string;
  height: number;
  interval: Interval;
  periods: string[];
  spend: (Pico | null)[];
  places: number;
  layers: Layer[];
  nameOf: (name: string | null) => string;
}

export function SpendChart({ label, height, interval, periods, spend,
  places, layers, nameOf }: Props) {
  const build = useCallback((canvas: Canvas): ChartOption => ({
    grid: grid(),
    xAxis: timeAxis(canvas, interval, periods),
    yAxis: valueAxis(canvas, '$', Math.max(0, ...spend.map(length))),
    tooltip: periodTooltip(canvas, (index) => {
      const total = spend[index] ?? null;
      return tooltipCard(longPeriod(interval, periods[index] ?? ''),
        // The top of the stack stands first, as it does in the drawing.
        layers.map((layer, i) => ({
          color: layerColor(i, layer.name, canvas.dark),
          name: nameOf(layer.name),
          value: amountText(layer.values[index] ?? null, places),
        })).reverse(),
        amountText(total, places));
    }),
    series: layers.map((layer, i) => ({
      type: 'bar',
      stack: 'spend',
      name: nameOf(layer.name),
      barCategoryGap: '22%',
      barMaxWidth: 48,
      itemStyle: { color: layerColor(i, layer.name, canvas.dark) },
      emphasis: { disabled: true },
      data: layer.values.map(length),
    })),
  }), [interval, periods, spend, places, layers, nameOf]);
  return <Chart label={label} height={height} build={build} />;
}

function length(amount: Pico | null): number {
  return toFloat(amount ?? 0n);
}

function amountText(amount: Pico | null, places: number): string {
  return amount === null ? '–' : formatUsd(amount, places);
}
