// What lies above a drawing: marks of what happened, and the periods that the
// reader selects.

import { useEffect, useRef, useState } from 'preact/hooks';

import type { Places } from './chart';
import { periodOf, type Mark, type TimeChartProps } from './series';

/** Room for the marks, above the drawing. */
export const MARKS_HEIGHT = 26;

type Props = Pick<TimeChartProps,
  'interval' | 'periods' | 'marks' | 'zone' | 'onPick' | 'shade'>;

export function Above({ places, ...props }: Props & { places: Places }) {
  return (
    <>
      {props.onPick && (
        <Picker places={places} onPick={props.onPick} shade={props.shade} />
      )}
      <Marks places={places} {...props} />
    </>
  );
}

function Marks({ places, interval, periods, marks = [], zone = 'UTC' }:
  Props & { places: Places }) {
  const byPeriod = new Map<number, Mark[]>();
  for (const mark of marks) {
    const index = periodOf(interval, periods, mark.time, zone);
    if (index >= 0) {
      byPeriod.set(index, [...byPeriod.get(index) ?? [], mark]);
    }
  }
  if (byPeriod.size === 0) {
    return null;
  }
  return (
    <ul class="marks" aria-label="What happened">
      {[...byPeriod].map(([index, here]) => (
        <li key={index} class="mark" style={{ left: `${places.x(index)}px` }}>
          <MarkFlag marks={here} />
        </li>
      ))}
    </ul>
  );
}

/** Several of one period share a flag; the gravest gives its look. */
function MarkFlag({ marks }: { marks: Mark[] }) {
  const first = marks.find((mark) => mark.kind === 'alert') ?? marks[0];
  if (!first) {
    return null;
  }
  const said = marks.map((mark) => mark.said).join('\n');
  const look = `flag ${first.kind}`;
  return first.href
    ? <a class={look} href={first.href} title={said} aria-label={said} />
    : <span class={look} title={said} role="img" aria-label={said} />;
}

interface PickerProps {
  places: Places;
  onPick: (first: number, last: number) => void;
  shade: [number, number] | undefined;
}

/** Selecting by dragging, or one period by a click.  It listens on the whole
 *  box, so that the drawing goes on showing what is under the pointer.  A
 *  finger that moves scrolls the page; a tap selects. */
function Picker({ places, onPick, shade }: PickerProps) {
  const [drawn, setRange] = useState<[number, number] | null>(null);
  const range = drawn ?? shade ?? null;
  const surface = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = surface.current?.parentElement;
    if (!box) {
      return;
    }
    let start: number | null = null;
    const at = (event: PointerEvent) =>
      places.at(event.clientX - box.getBoundingClientRect().left);
    const span = (event: PointerEvent): [number, number] => {
      const [a, b] = [start ?? 0, at(event)];
      return a < b ? [a, b] : [b, a];
    };
    const stop = () => {
      start = null;
      setRange(null);
    };
    const handlers = {
      pointerdown(event: PointerEvent) {
        if (event.button === 0 && event.target instanceof HTMLCanvasElement) {
          start = at(event);
          if (event.pointerType !== 'touch') {
            box.setPointerCapture(event.pointerId);
            setRange(span(event));
          }
        }
      },
      pointermove(event: PointerEvent) {
        if (start !== null && event.pointerType !== 'touch') {
          setRange(span(event));
        }
      },
      pointerup(event: PointerEvent) {
        if (start !== null) {
          onPick(...span(event));
        }
        stop();
      },
      pointercancel: stop,
    };
    const all = Object.entries(handlers) as
      [string, (event: Event) => void][];
    all.forEach(([type, handler]) => box.addEventListener(type, handler));
    return () => all.forEach(([type, handler]) =>
      box.removeEventListener(type, handler));
  }, [places, onPick]);
  return (
    <div ref={surface} class="picked" hidden={range === null} style={range ? {
      left: `${places.x(range[0]) - places.step / 2}px`,
      width: `${(range[1] - range[0] + 1) * places.step}px`,
    } : {}} />
  );
}
