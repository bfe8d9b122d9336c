// Money by hand: exact, in whole pico-dollars, for tests to hold toll against.

function text(pico) {
  const sign = pico < 0n ? "-" : "";
  const digits = (pico < 0n ? -pico : pico).toString().padStart(13, "0");
  return `${sign}${digits.slice(0, -12)}.${digits.slice(-12)}`;
}
const picoOf = (microDollars) => BigInt(Math.round(microDollars * 1000)) * 1000n;

/** a / b, half to even. */
function divide(a, b) {
  const sign = a < 0n ? -1n : 1n;
  const x = a * sign;
  let q = x / b;
  const twice = 2n * (x % b);
  if (twice > b || (twice === b && q % 2n === 1n)) q += 1n;
  return q * sign;
}

/** Millionths of a dollar (tokens times dollars per million) as toll's text. */
export const micro = (x) => text(picoOf(x));

/** The same a month, from an amount of so many days. */
export const perMonth = (x, days) =>
  text(divide(picoOf(x) * 36525n, BigInt(days) * 1200n));

/** times n / d, half to even. */
export const times = (x, n, d) =>
  text(divide(picoOf(x) * BigInt(n), BigInt(d)));
