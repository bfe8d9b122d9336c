// Values over time as lines, with a band around one where it is not sure.

import { LineChart } from 'echarts/charts';
import { use } from 'echarts/core';
import { useCallback } from 'preact/hooks';

import { longPeriod } from '../lib/time';
import { Above, MARKS_HEIGHT } from './above';
import { grid, timeAxis, valueAxis } from './axis';
import { Chart, type Canvas } from './chart';
import { colorOf } from './palette';
import type { Serie, TimeChartProps } from './series';
import type { ChartOption } from './setup';
import { periodTooltip, tooltipCard } from './tooltip';

use([LineChart]);

export interface Band {
  low: (number | null)[];
  high: (number | null)[];
}

export interface LinesProps extends TimeChartProps {
  band?: Band | undefined;
  /** A level to stay below: a budget. */
  level?: { value: number; said: string } | undefined;
}

export function Lines(props: LinesProps) {
  const { label, height, interval, periods, series, unit, marks, band, level,
    total, tick } = props;
  const top = marks && marks.length > 0 ? MARKS_HEIGHT : 12;
  const build = useCallback((canvas: Canvas): ChartOption => {
    const max = Math.max(level?.value ?? 0, ...series.flatMap(({ values }) =>
      values.map((value) => value ?? 0)),
    ...(band?.high ?? []).map((value) => value ?? 0));
    return {
      grid: grid({ top }),
      xAxis: timeAxis(canvas, interval, periods),
      yAxis: valueAxis(canvas, unit, max, tick),
      tooltip: periodTooltip(canvas, (index) => tooltipCard(
        longPeriod(interval, periods[index] ?? ''),
        series.map((serie) => ({
          color: colorOf(serie.tone, canvas.dark),
          name: serie.name,
          value: serie.said(index),
        })),
        total?.(index)), 'line'),
      series: [
        ...(band ? bandSeries(band, series[0], canvas) : []),
        ...series.map((serie) => lineOf(serie, canvas)),
        ...(level ? [levelOf(level, periods, canvas)] : []),
      ],
    };
  }, [interval, periods, series, unit, total, tick, top, band, level]);
  return (
    <Chart label={label} height={height} build={build}
      periods={periods.length}
      above={(places) => <Above places={places} {...props} />} />
  );
}

function lineOf(serie: Serie, canvas: Canvas) {
  const alone = serie.values.filter((value) => value !== null).length < 2;
  return {
    type: 'line' as const,
    name: serie.name,
    showSymbol: alone,
    symbol: 'circle',
    symbolSize: 6,
    connectNulls: false,
    lineStyle: {
      width: serie.tone === 'before' ? 1.5 : 2,
      type: serie.tone === 'before' ? [4, 4] : 'solid' as const,
    },
    itemStyle: { color: colorOf(serie.tone, canvas.dark) },
    emphasis: { disabled: true },
    data: serie.values,
  };
}

/** Two stacked areas, the lower of them not seen. */
function bandSeries(band: Band, around: Serie | undefined, canvas: Canvas) {
  const shared = {
    type: 'line' as const,
    stack: 'band',
    symbol: 'none',
    lineStyle: { opacity: 0 },
    emphasis: { disabled: true },
    silent: true,
  };
  return [
    { ...shared, data: band.low },
    {
      ...shared,
      areaStyle: {
        color: colorOf(around?.tone ?? 0, canvas.dark),
        opacity: 0.16,
      },
      data: band.high.map((high, i) => (high === null ? null
        : high - (band.low[i] ?? 0))),
    },
  ];
}

function levelOf(level: { value: number; said: string }, periods: string[],
  canvas: Canvas) {
  return {
    type: 'line' as const,
    name: level.said,
    // Points of no size, of which the first bears the name, where lines that
    // grow do not reach it.
    symbolSize: 0,
    showAllSymbol: true,
    silent: true,
    lineStyle: { width: 1.5, type: [2, 4], color: canvas.strong },
    label: {
      show: true,
      position: 'right' as const,
      offset: [0, -10],
      color: canvas.strong,
      formatter: ({ dataIndex }: { dataIndex: number }) =>
        (dataIndex === 0 ? level.said : ''),
    },
    emphasis: { disabled: true },
    data: periods.map(() => level.value),
  };
}
