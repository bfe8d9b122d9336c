// Numbers for people, other than money.

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en-US', {
  notation: 'compact',
  minimumSignificantDigits: 3,
  maximumSignificantDigits: 3,
});
const axis = new Intl.NumberFormat('en-US', {
  notation: 'compact',
  maximumFractionDigits: 6,
  maximumSignificantDigits: 3,
});

/** "301,442" */
export function formatCount(n: number): string {
  return whole.format(n);
}

/** "482M", "9.42M"; below ten thousand all digits, where they still fit. */
export function formatCompact(n: number): string {
  return Math.abs(n) < 10_000 ? whole.format(n) : compact.format(n);
}

/** A mean of counts: "28,082", below a hundred "12.4". */
export function formatMean(n: number): string {
  return n < 100 ? n.toFixed(1) : whole.format(n);
}

/** A share from 0 to 1 as "63.4%"; unknown is a dash, not zero. */
export function formatRatio(share: number | null): string {
  if (share === null || !Number.isFinite(share)) {
    return '–';
  }
  return `${(share * 100).toFixed(1)}%`;
}

/** A change of a share of one as "+12.3%", "−4.0%"; twice and more as "3.4×",
 *  which says more than "+240%". */
export function formatChange(change: number): string {
  if (change >= 1) {
    const times = 1 + change;
    if (times >= 1000) {
      return '>1,000×';
    }
    return `${times >= 100 ? whole.format(times) : times.toFixed(1)}×`;
  }
  const percent = (Math.abs(change) * 100).toFixed(1);
  const sign = change < 0 ? '−' : '+';
  return percent === '0.0' ? '0.0%' : `${sign}${percent}%`;
}

/** Ticks of an axis that reaches to `max`: below four, they have cents (or
 *  finer) all alike, as in "0.10", "0.15". */
export function tickFormat(max: number): (n: number) => string {
  if (max >= 4 || max <= 0) {
    return (n) => axis.format(n);
  }
  const places = Math.max(2, 1 - Math.floor(Math.log10(max)));
  return (n) => n.toFixed(places);
}

/** "1 request", "2 requests" */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${formatCount(n)} ${n === 1 ? one : many}`;
}
