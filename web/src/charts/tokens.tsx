// Tokens over time: what went in above, what came out below.  They share the
// time but not the scale, as input is often a hundred times the output.

import { useCallback } from 'preact/hooks';

import type { Tokens } from '../api/spend';
import { formatCount } from '../lib/format';
import { longPeriod, type Interval } from '../lib/time';
import { timeAxis, valueAxis, VALUE_LABELS } from './axis';
import { Chart, type Canvas } from './chart';
import { tokenColor, type TokenClass } from './palette';
import type { ChartOption } from './setup';
import { periodTooltip, tooltipCard } from './tooltip';

export const TOKEN_NAMES: Record<TokenClass, string> = {
  uncached: 'Uncached in',
  cacheRead: 'Cache reads',
  cacheWrite: 'Cache writes',
  reply: 'Replies',
  reasoning: 'Reasoning',
};
const INPUT: TokenClass[] = ['uncached', 'cacheRead', 'cacheWrite'];
const OUTPUT: TokenClass[] = ['reply', 'reasoning'];
export const TOKEN_CLASSES = [...INPUT, ...OUTPUT];

interface Props {
  label: string;
  height: number;
  interval: Interval;
  periods: string[];
  tokens: Tokens[];
}

export function TokenChart({ label, height, interval, periods, tokens }:
  Props) {
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
      itemStyle: { color: tokenColor(kind, canvas.dark) },
      emphasis: { disabled: true },
      data: tokens.map((counts) => counts[kind]),
    });
    const scale = {
      ...valueAxis(canvas, '', Infinity),
      splitNumber: 3,
      nameGap: 12,
      nameTextStyle: {
        align: 'left',
        padding: [0, 0, 0, -VALUE_LABELS],
        color: canvas.text,
        fontSize: 12,
      },
    };
    return {
      grid: [
        { left: VALUE_LABELS, right: 0, top: 30, bottom: '42%' },
        { left: VALUE_LABELS, right: 0, top: '69%', bottom: 24 },
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
            color: tokenColor(kind, canvas.dark),
            name: TOKEN_NAMES[kind],
            value: formatCount(counts?.[kind] ?? 0),
          })));
      }),
      series: [
        ...INPUT.map((kind) => layer(kind, 0)),
        ...OUTPUT.map((kind) => layer(kind, 1)),
      ],
    } as ChartOption;
  }, [interval, periods, tokens]);
  return <Chart label={label} height={height} build={build} />;
}
