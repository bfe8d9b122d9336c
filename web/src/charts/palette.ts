// Colours of what is drawn.  Both rows are told apart with the common kinds of
// colour blindness and stand at least 3:1 against their background.

const LIGHT = ['#2a5bd7', '#d4611c', '#12836b', '#9440b5', '#b07d00',
  '#c42f62', '#5b7d16', '#0c84ad'];
const DARK = ['#6f9bff', '#f0934e', '#3fc0a0', '#c586e6', '#e0b53d',
  '#f4779f', '#9dc255', '#4fb9de'];

export function layerColor(index: number, name: string | null, dark: boolean):
  string {
  if (name === null) {
    return dark ? '#8b9199' : '#868c95';
  }
  const colors = dark ? DARK : LIGHT;
  return colors[index % colors.length] ?? '';
}

export type TokenClass =
  'uncached' | 'cacheRead' | 'cacheWrite' | 'reply' | 'reasoning';

const TOKEN_COLORS: Record<TokenClass, [light: string, dark: string]> = {
  uncached: ['#2a5bd7', '#6f9bff'],
  cacheRead: ['#12836b', '#3fc0a0'],
  cacheWrite: ['#b07d00', '#e0b53d'],
  reply: ['#d4611c', '#f0934e'],
  reasoning: ['#9440b5', '#c586e6'],
};

export function tokenColor(kind: TokenClass, dark: boolean): string {
  return TOKEN_COLORS[kind][dark ? 1 : 0];
}
