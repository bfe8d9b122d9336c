// Tooltips are built as elements, never as HTML text: names come from outside,
// and a content security policy would refuse styles written in HTML.

import type { TooltipComponentOption } from 'echarts/components';

import type { Canvas } from './chart';

export interface TooltipLine {
  color: string;
  name: string;
  value: string;
}

export function tooltipCard(title: string, lines: TooltipLine[],
  total?: string): HTMLElement {
  const card = element('div', 'tip');
  card.append(element('p', 'tip-title', title));
  const list = element('dl', 'tip-lines');
  for (const line of lines) {
    const name = element('dt', '', line.name);
    const swatch = element('span', 'swatch');
    swatch.style.backgroundColor = line.color;
    name.prepend(swatch);
    list.append(name, element('dd', '', line.value));
  }
  if (total !== undefined) {
    list.append(element('dt', 'tip-total', 'Total'),
      element('dd', 'tip-total', total));
  }
  card.append(list);
  return card;
}

/** A tooltip for the period under the pointer. */
export function periodTooltip(canvas: Canvas,
  card: (index: number) => HTMLElement | string,
  pointer: 'shadow' | 'line' = 'shadow'): TooltipComponentOption {
  return {
    trigger: 'axis',
    // Behind the bars, which lie at 2.
    axisPointer: {
      type: pointer,
      z: 1,
      lineStyle: { color: canvas.text, type: 'solid', width: 1 },
      shadowStyle: { color: canvas.line, opacity: 0.5 },
    },
    confine: true,
    transitionDuration: 0,
    className: 'tip-box',
    formatter: (params) => {
      const first = Array.isArray(params) ? params[0] : params;
      return first ? card(first.dataIndex) : '';
    },
  };
}

function element(tag: string, name: string, text?: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = name;
  if (text !== undefined) {
    made.textContent = text;
  }
  return made;
}
