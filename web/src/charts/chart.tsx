// A drawing in a box whose height is known before it comes.  What it says is in the table that
// stands behind every chart; the drawing itself is one image to a reader who
// does not see it.  Above it lie what happened (as links) and what the reader
// selects.

import type { ComponentChildren } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';

import { ThemeContext } from '../ui/theme';
import type { ECElementEvent } from 'echarts/core';
import { init, type ChartOption, type EChartsType } from './setup';

/** The colours and the room that a drawing has. */
export interface Canvas {
  dark: boolean;
  width: number;
  text: string;
  strong: string;
  line: string;
  background: string;
  font: string;
}

/** Where the periods of the first axis lie in the box, in pixels. */
export interface Places {
  /** The middle of a period. */
  x: (index: number) => number;
  /** The period at a place, within those that there are. */
  at: (x: number) => number;
  /** The width of one. */
  step: number;
}

interface Props {
  label: string;
  height: number;
  /** Must be stable between renders of the same data. */
  build: (canvas: Canvas) => ChartOption;
  /** How many periods the first axis has, where something lies above. */
  periods?: number;
  above?: ((places: Places) => ComponentChildren) | undefined;
  /** What a click on a thing that is drawn does.  The table behind the chart
   *  has the same as links. */
  onOpen?: ((series: number, index: number) => void) | undefined;
}

export function Chart({ label, height, build, periods = 0, above, onOpen }:
  Props) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const [places, setPlaces] = useState<Places | null>(null);
  const { dark } = useContext(ThemeContext);

  useEffect(() => {
    const element = box.current;
    if (!element) {
      return;
    }
    chart.current ??= init(element);
    const drawn = chart.current;
    const observer = new ResizeObserver(() => {
      drawn.resize();
      draw(drawn, element, dark, build);
      setPlaces(periods > 0 ? placesOf(drawn, periods) : null);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [build, dark, periods]);
  useEffect(() => {
    const drawn = chart.current;
    if (!drawn || !onOpen) {
      return;
    }
    const open = ({ seriesIndex, dataIndex }: ECElementEvent) =>
      onOpen(seriesIndex ?? 0, dataIndex);
    drawn.on('click', open);
    return () => {
      drawn.off('click', open);
    };
  }, [onOpen]);
  useEffect(() => () => {
    chart.current?.dispose();
    chart.current = null;
  }, []);

  return (
    <div class="chart-box" style={{ '--height': `${height}px` }}>
      <div ref={box} class="chart" role="img" aria-label={label} />
      {places && above?.(places)}
    </div>
  );
}

function placesOf(chart: EChartsType, n: number): Places {
  const x = (index: number) =>
    Number(chart.convertToPixel({ xAxisIndex: 0 }, index));
  const step = n > 1 ? x(1) - x(0) : chart.getWidth();
  const at = (pixel: number) => Math.max(0, Math.min(n - 1,
    Math.round((pixel - x(0)) / step)));
  return { x, at, step };
}

function draw(chart: EChartsType, element: HTMLElement, dark: boolean,
  build: Props['build']): void {
  const style = getComputedStyle(element);
  const canvas: Canvas = {
    dark,
    width: element.clientWidth,
    text: style.color,
    strong: style.caretColor,
    line: style.borderTopColor,
    background: style.outlineColor,
    font: style.fontFamily,
  };
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: canvas.font },
    ...build(canvas),
  }, { notMerge: true });
}
