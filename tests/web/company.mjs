// A small company's calls: a few weeks, with names that are hard to show.

export const HTML_NAME = '<img src=x onerror="window.hacked=1"><b>bold</b>';
export const LONG_NAME = 'release-notes-for-internal-and-external-readers-' +
  'in-every-language-that-the-product-speaks';

/** Letters from right to left, with a sign that turns all that follows. */
export const TURNED_NAME = 'ملخص\u202e-txet';
/** 256 bytes of signs that each are several. */
export const LOUD_NAME = '\u{1f469}\u200d\u{1f680}'.repeat(23) + 'abc';

/** More than the eight that charts show, and with the signs of a filter. */
export const FEATURES = ['ticket-summary', TURNED_NAME, LOUD_NAME, 'search',
  'chat', HTML_NAME, '', LONG_NAME, 'a|b', '!not', '*', 'zürich–東京',
  'drafts & "quotes"'];

const MODELS = [
  ['openai', 'gpt-4o-mini'],
  ['openai', 'gpt-4o'],
  ['anthropic', 'claude-3-5-haiku-20241022'],
];
const DAY_S = 86_400;

/** `n` calls up to `now_s`, the same ones every time. */
export function company(now_s, n) {
  return Array.from({ length: n }, (_, i) => {
    const which = i % FEATURES.length;
    const [provider, model] = MODELS[(i + which) % MODELS.length];
    const input = 400 + (i * 37) % 3000 + which * 150;
    const output = 50 + (i * 13) % 400;
    return {
      id: `web-${i}`,
      ts: now_s - 60 - Math.floor((i / n) * 20 * DAY_S),
      provider,
      model,
      feature: FEATURES[which],
      customer: `customer-${(i * 7) % 300}`,
      owner: which % 2 === 0 ? 'search-team' : 'support-team',
      environment: i % 10 === 9 ? 'staging' : 'production',
      status: i % 40 === 0 ? 'error' : 'ok',
      input_tokens: input,
      cache_read_tokens: i % 3 === 0 ? Math.floor(input / 2) : 0,
      output_tokens: output,
      reasoning_tokens: i % 4 === 0 ? Math.floor(output / 4) : 0,
    };
  });
}

/** Calls of a model that no price list has. */
export function unpriced(now_s, n) {
  return Array.from({ length: n }, (_, i) => ({
    id: `unpriced-${i}`,
    ts: now_s - 3 * DAY_S - i,
    provider: 'openai',
    model: 'house-model-without-price',
    feature: i % 2 === 0 ? 'search' : 'only-unpriced',
    input_tokens: 1000,
    output_tokens: 100,
  }));
}
