// Spend by model: a bar each, its name above it, its amount at the end.

import { useCallback } from 'preact/hooks';

import type { ModelBar } from '../api/spend';
import { plural } from '../lib/format';
import { formatUsd, toFloat } from '../lib/money';
import { Chart, type Canvas } from './chart';
import { layerColor } from './palette';
import type { ChartOption } from './setup';
import { periodTooltip, tooltipCard } from './tooltip';

/** Room for the eight dearest and all others, so that the box never jumps. */
const SLOTS = 9;

interface Props {
  label: string;
  height: number;
  bars: ModelBar[];
  places: number;
  nameOf: (name: string | null) => string;
}

export function ModelChart({ label, height, bars, places, nameOf }: Props) {
  const build = useCallback((canvas: Canvas): ChartOption => {
    const slots = Array.from({ length: SLOTS }, (_, i) => i);
    const amount = (i: number) => {
      const bar = bars[i];
      if (!bar) {
        return '';
      }
      return bar.cost === null ? 'no price' : formatUsd(bar.cost, places);
    };
    const labels = {
      inside: true,
      margin: 0,
      verticalAlign: 'bottom',
      color: canvas.strong,
      fontSize: 13,
    } as const;
    const above = [0, 0, 10, 0];
    const axis = {
      type: 'category',
      inverse: true,
      data: slots,
      axisLine: { show: false },
      axisTick: { show: false },
      axisPointer: { type: 'none' },
    } as const;
    const name = (i: number) => {
      const bar = bars[i];
      return bar ? nameOf(bar.name) : '';
    };
    return {
      grid: { left: 0, right: 0, top: 4, bottom: 0, outerBoundsMode: 'none' },
      xAxis: { type: 'value', show: false, max: 'dataMax', min: 0 },
      yAxis: [
        { ...axis, position: 'left', axisLabel: { ...labels, align: 'left',
          padding: above, width: Math.max(80, canvas.width - 120),
          overflow: 'truncate',
          formatter: (_: unknown, i: number) => name(i) } },
        { ...axis, position: 'right', axisLabel: { ...labels, align: 'right',
          padding: above,
          formatter: (_: unknown, i: number) => amount(i) } },
      ],
      tooltip: periodTooltip(canvas, (i) => {
        const bar = bars[i];
        return bar
          ? tooltipCard(nameOf(bar.name), [{
            color: layerColor(0, bar.name, canvas.dark),
            name: plural(bar.requests, 'request'),
            value: amount(i),
          }])
          : '';
      }),
      series: [{
        type: 'bar',
        barWidth: 7,
        itemStyle: { borderRadius: 2 },
        emphasis: { disabled: true },
        data: slots.map((i) => ({
          value: toFloat(bars[i]?.cost ?? 0n),
          itemStyle: {
            color: layerColor(0, bars[i]?.name ?? null, canvas.dark),
          },
        })),
      }],
    };
  }, [bars, places, nameOf]);
  return <Chart label={label} height={height} build={build} />;
}
