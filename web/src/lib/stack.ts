// Splits a whole over time into its largest parts and all others.

import { sum, type Pico } from './money';

/** One layer of a stack; `name` is null for all others together.  A value is
 *  null where there is none: no calls, or none with a price. */
export interface Layer {
  name: string | null;
  values: (Pico | null)[];
  total: Pico;
}

export interface Part {
  period: string;
  name: string;
  amount: Pico | null;
}

/** `names` in the order of the stack; what `wholes` (one a period) has beyond
 *  them becomes the last layer, if there is any. */
export function stack(periods: string[], names: string[], parts: Part[],
  wholes: (Pico | null)[]): Layer[] {
  const column = new Map(periods.map((period, i) => [period, i]));
  const layers = names.map((name) => emptyLayer(name, periods.length));
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const rest = wholes.map((whole) => whole ?? 0n);
  for (const { period, name, amount } of parts) {
    const i = column.get(period);
    const layer = byName.get(name);
    if (i !== undefined && layer && amount !== null) {
      layer.values[i] = amount;
      rest[i] = (rest[i] ?? 0n) - amount;
    }
  }
  const others = emptyLayer(null, periods.length);
  // Below zero: a call came in after the wholes were asked for.
  others.values = rest.map((amount) => (amount > 0n ? amount : null));
  if (others.values.some((amount) => amount !== null)) {
    layers.push(others);
  }
  for (const layer of layers) {
    layer.total = sum(layer.values.map((amount) => amount ?? 0n));
  }
  return layers;
}

function emptyLayer(name: string | null, n: number): Layer {
  return { name, values: new Array<Pico | null>(n).fill(null), total: 0n };
}
