// Two amounts of many things against each other, on scales that multiply, as
// the largest are a thousand times the smallest.  What has nothing of one
// stands on the axis, as such a scale has no place for it.

import { LineChart, ScatterChart } from 'echarts/charts';
import { use } from 'echarts/core';
import { useCallback } from 'preact/hooks';

import { grid } from './axis';
import { Chart, type Canvas } from './chart';
import { colorOf, type Tone } from './palette';
import type { ChartOption } from './setup';
import { tooltipCard } from './tooltip';

use([LineChart, ScatterChart]);

export interface Dot {
  name: string;
  x: number;
  y: number;
  tone: Tone;
  /** What is said of it: a name and a value a line. */
  said: { name: string; value: string }[];
}

export interface ScatterProps {
  label: string;
  height: number;
  dots: Dot[];
  xName: string;
  yName: string;
  /** Where both are even a line is drawn; above it is more y than x. */
  aboveName: string;
  onOpen?: ((index: number) => void) | undefined;
}

const FONT_SIZE = 12;

export function Scatter({ label, height, dots, xName, yName, aboveName,
  onOpen }: ScatterProps) {
  const build = useCallback((canvas: Canvas): ChartOption => {
    const xs = scaleOf(dots.map(({ x }) => x));
    const ys = scaleOf(dots.map(({ y }) => y));
    const low = Math.min(xs.min, ys.min);
    const high = Math.max(xs.max, ys.max);
    return {
      grid: grid({ right: 12 }),
      xAxis: axisOf(xs, canvas),
      yAxis: axisOf(ys, canvas),
      tooltip: {
        trigger: 'item',
        confine: true,
        transitionDuration: 0,
        className: 'tip-box',
        formatter: (params) => {
          const at = Array.isArray(params) ? params[0] : params;
          const dot = at && dots[at.dataIndex];
          return dot && at.seriesIndex === 1 ? tooltipCard(dot.name,
            dot.said.map((line) => ({ ...line,
              color: colorOf(dot.tone, canvas.dark) }))) : '';
        },
      },
      series: [
        {
          type: 'line',
          silent: true,
          symbol: 'none',
          clip: true,
          lineStyle: { color: canvas.text, width: 1, type: [4, 4] },
          areaStyle: { origin: 'end', color: canvas.dark ? '#f3a266' : '#a8460b',
            opacity: 0.07 },
          // Beside the axis on which there is none of x, all is above.
          data: xs.nothing === null ? [[low, low], [high, high]]
            : [[xs.nothing, ys.min], [xs.nothing + 1, xs.nothing + 1],
              [high, high]],
          z: 1,
        },
        {
          type: 'scatter',
          symbolSize: 12,
          itemStyle: { borderColor: canvas.background, borderWidth: 1.5,
            opacity: 0.92 },
          emphasis: { scale: 1.35 },
          cursor: onOpen ? 'pointer' : 'default',
          data: dots.map((dot) => ({
            value: [xs.place(dot.x), ys.place(dot.y)],
            itemStyle: { color: colorOf(dot.tone, canvas.dark) },
          })),
          z: 3,
        },
      ],
    };
  }, [dots, onOpen]);
  return (
    <div class="scatter">
      <p class="scatter-name">{yName}</p>
      <Chart label={label} height={height} build={build}
        onOpen={onOpen && ((series, index) => {
          if (series === 1) {
            onOpen(index);
          }
        })} />
      <p class="scatter-above" aria-hidden="true">{aboveName}</p>
      <p class="scatter-name end">{xName}</p>
    </div>
  );
}

interface LogScale {
  min: number;
  max: number;
  /** Where nothing stands; null where all have something. */
  nothing: number | null;
  place: (amount: number) => number;
}

/** In powers of ten, from a whole one to a little beyond the largest. */
function scaleOf(amounts: number[]): LogScale {
  const some = amounts.filter((amount) => amount > 0);
  const least = some.length > 0 ? Math.min(...some) : 1;
  const most = some.length > 0 ? Math.max(...some) : 10;
  const from = Math.floor(Math.log10(least));
  const max = Math.max(from + 1, Math.log10(most) + 0.12);
  const nothing = some.length < amounts.length ? from - 1 : null;
  return {
    min: nothing ?? from,
    max,
    nothing,
    place: (amount) => (amount > 0 ? Math.log10(amount) : nothing ?? from),
  };
}

function axisOf({ min, max, nothing }: LogScale, canvas: Canvas) {
  return {
    type: 'value' as const,
    min,
    max,
    interval: 1,
    axisTick: { show: false },
    axisLine: { show: true, onZero: false, lineStyle: { color: canvas.line } },
    splitLine: { lineStyle: { color: canvas.line } },
    axisLabel: {
      color: canvas.text,
      fontSize: FONT_SIZE,
      showMinLabel: true,
      showMaxLabel: false,
      formatter: (at: number) => (at === nothing ? 'none' : dollars(at)),
    },
  };
}

/** Ten to that power: "$0.01", "$1", "$1,000". */
function dollars(power: number): string {
  if (!Number.isInteger(power)) {
    return '';
  }
  return power < 0 ? `$${(10 ** power).toFixed(Math.max(2, -power))}`
    : `$${(10 ** power).toLocaleString('en-US')}`;
}
