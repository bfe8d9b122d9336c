// Tokens over time: what went in above, what came out below.  They share the
// time but not the scale, as input is often a hundred times the output.

import { useCallback } from 'preact/hooks';

import type { Tokens as Counts } from '../api/spend';
import { formatCount } from '../lib/format';
import { longPeriod, type Interval } from '../lib/time';
import { timeAxis, valueAxis, VALUE_LABELS } from './axis';
import { Chart, type Canvas } from './chart';
import { colorOf } from './palette';
import type { ChartOption } from './setup';
import {
  TOKEN_CLASSES, TOKEN_NAMES, TOKEN_TONES, TOKENS_IN, TOKENS_OUT,
  type TokenClass,
} from './token_class';
import { periodTooltip, tooltipCard } from './tooltip';

export interface TokenChartProps {
  label: string;
  height: number;
  interval: Interval;
  periods: string[];
  tokens: Counts[];
}

export function Tokens({ label, height, interval, periods, tokens }:
  TokenChartProps) {
  const build = useCallback((canvas: Canvas): ChartOption => {
    const time = timeAxis(canvas, interval, periods);
    const layer = (kind: TokenClass, axis: number) => ({
      type: 'bar' as const,
      stack: `axis ${axis}`,
      name: TOKEN_NAMES[kind],
      xAxisIndex: axis,
      yAxisIndex: axis,
      barCategoryGap: '22%',
      barMaxWidth: 48,
      itemStyle: { color: colorOf(TOKEN_TONES[kind], canvas.dark) },
      emphasis: { disabled: true },
      data: tokens.map((counts) => counts[kind]),
    });
    const scale = {
      ...valueAxis(canvas, '', Infinity),
      splitNumber: 3,
      minInterval: 1,
      nameGap: 12,
      nameTextStyle: {
        align: 'left',
        padding: [0, 0, 0, -VALUE_LABELS],
        color: canvas.text,
        fontSize: 12,
      },
    };
    // Both as wide, whatever their labels take: one stands below the other.
    // At the right there is room for half of the last day's name.
    const place =
      { left: VALUE_LABELS, right: 16, outerBoundsMode: 'none' as const };
    return {
      grid: [
        { ...place, top: 30, bottom: '42%' },
        { ...place, top: '69%', bottom: 24 },
      ],
      axisPointer: { link: [{ xAxisIndex: 'all' }] },
      xAxis: [
        { ...time, gridIndex: 0, axisLabel: { show: false } },
        { ...time, gridIndex: 1 },
      ],
      yAxis: [
        { ...scale, gridIndex: 0, name: 'Tokens in' },
        { ...scale, gridIndex: 1, name: 'Tokens out', splitNumber: 2 },
      ],
      tooltip: periodTooltip(canvas, (index) => {
        const counts = tokens[index];
        return tooltipCard(longPeriod(interval, periods[index] ?? ''),
          TOKEN_CLASSES.map((kind) => ({
            color: colorOf(TOKEN_TONES[kind], canvas.dark),
            name: TOKEN_NAMES[kind],
            value: formatCount(counts?.[kind] ?? 0),
          })));
      }),
      series: [
        ...TOKENS_IN.map((kind) => layer(kind, 0)),
        ...TOKENS_OUT.map((kind) => layer(kind, 1)),
      ],
    } as ChartOption;
  }, [interval, periods, tokens]);
  return <Chart label={label} height={height} build={build} />;
}
