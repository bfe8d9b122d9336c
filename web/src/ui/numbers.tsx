// Numbers on the page carry their exact value with them, for whoever points
// at one and for whatever reads the page.

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

import { formatCompact, formatCount } from '../lib/format';
import { exactUsd, formatUsd, type Pico } from '../lib/money';

/** The decimal places in which a page writes its money. */
export const PlacesContext = createContext(2);

export function Money({ amount, places }:
  { amount: Pico | null; places?: number }) {
  const usual = useContext(PlacesContext);
  if (amount === null) {
    return <span class="none" title="No price is known for these calls">
      no price
    </span>;
  }
  const exact = exactUsd(amount);
  return (
    <data class="money" value={exact} title={`$${exact}`}>
      {formatUsd(amount, places ?? usual)}
    </data>
  );
}

export function Count({ n }: { n: number }) {
  return <data value={n}>{formatCount(n)}</data>;
}

export function Compact({ n }: { n: number }) {
  return <data value={n} title={formatCount(n)}>{formatCompact(n)}</data>;
}
