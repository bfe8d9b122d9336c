// Numbers on the page carry their exact value with them, for whoever points
// at one and for whatever reads the page.

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

import { formatCompact, formatCount } from '../lib/format';
import { exactUsd, formatUsd, formatUsdChange, parseUsd, type Pico }
  from '../lib/money';

/** The decimal places in which a page writes its money. */
export const PlacesContext = createContext(2);

interface MoneyProps {
  /** As the API writes it, or already read; null where no price is known. */
  amount: Pico | string | null;
  places?: number;
  /** With its sign: a difference. */
  change?: boolean;
}

export function Money({ amount, places, change }: MoneyProps) {
  const usual = useContext(PlacesContext);
  if (amount === null) {
    return <span class="none" title="No price is known for these calls">
      no price
    </span>;
  }
  const pico = typeof amount === 'string' ? parseUsd(amount) : amount;
  const exact = exactUsd(pico);
  return (
    <data class="money" value={exact} title={`$${exact}`}>
      {(change ? formatUsdChange : formatUsd)(pico, places ?? usual)}
    </data>
  );
}

export function Count({ n }: { n: number }) {
  return <data value={n}>{formatCount(n)}</data>;
}

export function Compact({ n }: { n: number }) {
  return <data value={n} title={formatCount(n)}>{formatCompact(n)}</data>;
}
