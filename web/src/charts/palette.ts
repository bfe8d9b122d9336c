// Colours of what is drawn.  Both rows are told apart with the common kinds of
// colour blindness and stand at least 3:1 against their background.

const LIGHT = ['#2a5bd7', '#d4611c', '#12836b', '#9440b5', '#b07d00',
  '#c42f62', '#5b7d16', '#0c84ad'];
const DARK = ['#6f9bff', '#f0934e', '#3fc0a0', '#c586e6', '#e0b53d',
  '#f4779f', '#9dc255', '#4fb9de'];

/** A rank from 0, or what stands apart: all others together, another period. */
export type Tone = number | 'rest' | 'before';

const APART: Record<'rest' | 'before', [light: string, dark: string]> = {
  rest: ['#868c95', '#8b9199'],
  before: ['#9aa0a9', '#7c838d'],
};

export function colorOf(tone: Tone, dark: boolean): string {
  if (typeof tone === 'string') {
    return APART[tone][dark ? 1 : 0];
  }
  const colors = dark ? DARK : LIGHT;
  return colors[tone % colors.length] ?? '';
}

/** Of a layer in a stack of names; without a name it is all the others. */
export function layerTone(index: number, name: string | null): Tone {
  return name === null ? 'rest' : index;
}
