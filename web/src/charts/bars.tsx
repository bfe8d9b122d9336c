// Amounts over time, in layers.

import { useCallback } from 'preact/hooks';

import { longPeriod } from '../lib/time';
import { Above, MARKS_HEIGHT } from './above';
import { grid, timeAxis, valueAxis } from './axis';
import { Chart, type Canvas } from './chart';
import { colorOf } from './palette';
import type { TimeChartProps } from './series';
import type { ChartOption } from './setup';
import { periodTooltip, tooltipCard } from './tooltip';

export function Bars(props: TimeChartProps) {
  const { label, height, interval, periods, series, unit, total, tick, marks } =
    props;
  const top = marks && marks.length > 0 ? MARKS_HEIGHT : 12;
  const build = useCallback((canvas: Canvas): ChartOption => ({
    grid: grid({ top }),
    xAxis: timeAxis(canvas, interval, periods),
    yAxis: valueAxis(canvas, unit, Math.max(0, ...periods.map((_, i) =>
      series.reduce((sum, { values }) => sum + (values[i] ?? 0), 0))), tick),
    tooltip: periodTooltip(canvas, (index) => tooltipCard(
      longPeriod(interval, periods[index] ?? ''),
      // The top of the stack stands first, as it does in the drawing.
      series.map((serie) => ({
        color: colorOf(serie.tone, canvas.dark),
        name: serie.name,
        value: serie.said(index),
      })).reverse(),
      total?.(index))),
    series: series.map((serie) => ({
      type: 'bar',
      stack: 'all',
      name: serie.name,
      barCategoryGap: '22%',
      barMaxWidth: 48,
      itemStyle: { color: colorOf(serie.tone, canvas.dark) },
      emphasis: { disabled: true },
      data: serie.values,
    })),
  }), [interval, periods, series, unit, total, tick, top]);
  return (
    <Chart label={label} height={height} build={build}
      periods={periods.length}
      above={(places) => <Above places={places} {...props} />} />
  );
}
