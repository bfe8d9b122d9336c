// A drawing in a box of fixed height.  What it says is in the table that
// stands behind every chart; the drawing itself is one image to a reader who
// does not see it.

import { useContext, useEffect, useRef } from 'preact/hooks';

import { ThemeContext } from '../ui/theme';
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

interface Props {
  label: string;
  height: number;
  /** Must be stable between renders of the same data. */
  build: (canvas: Canvas) => ChartOption;
}

export function Chart({ label, height, build }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const { dark } = useContext(ThemeContext);

  useEffect(() => {
    const element = box.current;
    if (!element) {
      return;
    }
    const chart = init(element);
    const observer = new ResizeObserver(() => {
      chart.resize();
      draw(chart, element, dark, build);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.dispose();
    };
  }, [build, dark]);

  return (
    <div ref={box} class="chart" role="img" aria-label={label}
      style={{ height: `${height}px` }} />
  );
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
