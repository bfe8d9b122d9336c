// Exact money.  Dollars travel as decimal strings and are held here as whole
// pico-dollars (10^-12 dollar), like everywhere else in toll.  Floating point
// is for drawing only: see toFloat.

export type Pico = bigint;

const DIGITS = 12;
const ONE_DOLLAR = 10n ** BigInt(DIGITS);

/** Reads "12.034500000000"; throws on anything that is not a decimal, or that
 *  has more places than money has. */
export function parseUsd(text: string): Pico {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) {
    throw new Error(`not an amount of money: ${JSON.stringify(text)}`);
  }
  const [, sign, whole = '', given = ''] = match;
  if (/[^0]/.test(given.slice(DIGITS))) {
    throw new Error(`finer than 10^-${DIGITS} dollar: ${text}`);
  }
  const places = given.slice(0, DIGITS).padEnd(DIGITS, '0');
  const pico = BigInt(whole) * ONE_DOLLAR + BigInt(places);
  return sign === '-' ? -pico : pico;
}

/** The amount in full, as the API writes it. */
export function exactUsd(pico: Pico): string {
  const abs = pico < 0n ? -pico : pico;
  const places = String(abs % ONE_DOLLAR).padStart(DIGITS, '0');
  return `${pico < 0n ? '-' : ''}${abs / ONE_DOLLAR}.${places}`;
}

export function sum(amounts: Iterable<Pico>): Pico {
  let total = 0n;
  for (const amount of amounts) {
    total += amount;
  }
  return total;
}

/** a / b to the nearest whole number, ties to even; b > 0. */
export function divideRounded(a: bigint, b: bigint): bigint {
  const negative = a < 0n;
  const abs = negative ? -a : a;
  let quotient = abs / b;
  const twice = (abs % b) * 2n;
  if (twice > b || (twice === b && quotient % 2n === 1n)) {
    quotient += 1n;
  }
  return negative ? -quotient : quotient;
}

/** For people: "$12,034.50".  An amount too small for the places is "<$0.01",
 *  never "$0.00", which would say that it was free. */
export function formatUsd(pico: Pico, places = 2): string {
  const unit = 10n ** BigInt(DIGITS - places);
  const abs = pico < 0n ? -pico : pico;
  const sign = pico < 0n ? '−' : '';
  let units = divideRounded(abs, unit);
  let less = '';
  if (units === 0n && abs > 0n) {
    units = 1n;
    less = '<';
  }
  const scale = 10n ** BigInt(places);
  const whole = groupThousands(String(units / scale));
  const rest = String(units % scale).padStart(places, '0');
  return `${sign}${less}$${whole}${places > 0 ? `.${rest}` : ''}`;
}

/** A change: "+$12.50", "−$3.00", "$0.00". */
export function formatUsdChange(pico: Pico, places = 2): string {
  return `${pico > 0n ? '+' : ''}${formatUsd(pico, places)}`;
}

/** Places that show `digits` significant digits of the smallest amount in a
 *  column, so that all its rows can be written alike: 2 to 6. */
export function placesFor(amounts: Iterable<Pico>, digits = 2): number {
  let places = 2;
  for (const amount of amounts) {
    const abs = amount < 0n ? -amount : amount;
    if (abs > 0n && abs < ONE_DOLLAR) {
      const zeros = DIGITS - String(abs).length;
      places = Math.max(places, zeros + digits);
    }
  }
  return Math.min(places, 6);
}

/** Places for a sum and its parts: cents, and finer below a dollar, so that
 *  one's first few calls are not all "<$0.01". */
export function placesForSum(total: Pico | null): number {
  return placesFor([total ?? 0n], 3);
}

/** Share of a whole, "12.3%"; what has no price has none, nor has nothing of
 *  nothing. */
export function shareOf(part: Pico | null, whole: Pico): string {
  if (part === null || whole <= 0n || part < 0n) {
    return '–';
  }
  const permille = divideRounded(part * 1000n, whole);
  if (permille === 0n && part > 0n) {
    return '<0.1%';
  }
  if (permille === 1000n && part < whole) {
    return '>99.9%';
  }
  return `${permille / 10n}.${permille % 10n}%`;
}

/** For the length of a bar, nothing else. */
export function toFloat(pico: Pico): number {
  return Number(pico) / 1e12;
}

function groupThousands(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ',');
}
