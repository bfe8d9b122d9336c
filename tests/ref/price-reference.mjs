// What a call costs, the slow and obvious way: exact fractions of BigInts,
// straight from the data of @pydantic/genai-prices and the rules written down
// in docs/pricing.md.  It shares nothing with src/price, nor with
// data/prices.txt or data/price-rules.txt: which model a name means and which
// of its rows is in force is the package's own answer.
import { calcPrice } from "@pydantic/genai-prices";

// ---- exact fractions ----

const gcd = (a, b) => (b === 0n ? a : gcd(b, a % b));

export function fraction(n, d = 1n) {
  const g = gcd(n < 0n ? -n : n, d);
  return g > 1n ? { n: n / g, d: d / g } : { n, d };
}
const ZERO = fraction(0n);
const add = (a, b) => fraction(a.n * b.d + b.n * a.d, a.d * b.d);
const times = (a, b) => fraction(a.n * b.n, a.d * b.d);

// "0.30", "1e-7" or a number, which prints as the shortest such text.
export function decimal(x) {
  const parts = /^(\d+)(?:\.(\d*))?(?:e([+-]?\d+))?$/.exec(String(x));
  if (!parts) {
    throw new Error(`no decimal: ${x}`);
  }
  const digits = BigInt(parts[1] + (parts[2] ?? ""));
  const power = Number(parts[3] ?? 0) - (parts[2] ?? "").length;
  return power < 0
    ? fraction(digits, 10n ** BigInt(-power))
    : fraction(digits * 10n ** BigInt(power));
}

export function floor(x) {
  return x.n / x.d; // never negative here
}

export function roundHalfEven(x) {
  const whole = x.n / x.d;
  const twice = 2n * (x.n % x.d);
  if (twice > x.d || (twice === x.d && whole % 2n === 1n)) {
    return whole + 1n;
  }
  return whole;
}

// ---- the rules ----

// Factor on token prices by the tier that served; by the seller.
const half = fraction(1n, 2n);
const TIERS = {
  anthropic: { batch: half, priority: fraction(1n) },
  aws: { batch: half, flex: half, priority: fraction(7n, 4n) },
  azure: { batch: half },
  google: { batch: half, flex: half, priority: fraction(9n, 5n) },
  groq: { batch: half, flex: fraction(1n), priority: fraction(1n) },
  mistral: { batch: half },
  openai: { batch: half, flex: half },
};

// OpenAI's list for priority processing: longest input, input, cached input,
// output.
const PRIORITY = {
  "gpt-4.1": [128000, "3.5", "0.875", "14"],
  "gpt-4.1-mini": [128000, "0.7", "0.175", "2.8"],
  "gpt-4.1-nano": [128000, "0.2", "0.05", "0.8"],
  "gpt-4o": [Infinity, "4.25", "2.125", "17"],
  "gpt-4o-2024-05-13": [Infinity, "8.75", undefined, "26.25"],
  "gpt-4o-mini": [Infinity, "0.25", "0.125", "1"],
  "gpt-5": [128000, "2.5", "0.25", "20"],
  "gpt-5-mini": [128000, "0.45", "0.045", "3.6"],
  "gpt-5.1": [128000, "2.5", "0.25", "20"],
  "gpt-5.2": [128000, "3.5", "0.35", "28"],
  "gpt-5.4": [128000, "5", "0.5", "30"],
  "gpt-5.4-mini": [128000, "1.5", "0.15", "9"],
  o3: [Infinity, "3.5", "0.875", "14"],
  "o4-mini": [Infinity, "2", "0.5", "8"],
};

const FREE = new Set([
  "google/gemma-3",
  "google/gemma-3n",
  "google/gemma-4-26b-a4b-it",
  "google/gemma-4-31b-it",
  "openai/moderation",
  "github-copilot/gpt-3.5-turbo",
  "github-copilot/gpt-4.1",
  "github-copilot/gpt-4o",
  "github-copilot/gpt-4o-mini",
]);

// The disjoint classes of a call in the public form, whose totals include
// their parts.
export function classes(call) {
  const get = (name) => BigInt(call[name] ?? 0);
  const write = get("cache_write_tokens") - get("cache_write_1h_tokens");
  return {
    input:
      get("input_tokens") -
      get("cache_read_tokens") -
      get("cache_write_tokens") -
      get("input_audio_tokens") -
      get("input_image_tokens"),
    cache_read: get("cache_read_tokens"),
    cache_write: write,
    cache_write_1h: get("cache_write_1h_tokens"),
    input_audio: get("input_audio_tokens"),
    input_image: get("input_image_tokens"),
    output:
      get("output_tokens") -
      get("reasoning_tokens") -
      get("output_audio_tokens") -
      get("output_image_tokens"),
    reasoning: get("reasoning_tokens"),
    output_audio: get("output_audio_tokens"),
    output_image: get("output_image_tokens"),
    web_search: get("web_searches"),
  };
}

const PARTS = {
  input: ["input", "input_audio", "input_image"],
  cache: ["cache_read", "cache_write", "cache_write_1h"],
  output: ["output", "reasoning", "output_audio", "output_image"],
  tools: ["web_search", "request"],
};

const KEYS = {
  input: "input_mtok",
  cache_read: "cache_read_mtok",
  cache_write: "cache_write_mtok",
  cache_write_1h: "cache_write_1h_mtok",
  input_audio: "input_audio_mtok",
  input_image: "input_image_mtok",
  output: "output_mtok",
  reasoning: "output_reasoning_mtok",
  output_audio: "output_audio_mtok",
  output_image: "output_image_mtok",
  web_search: "web_searches_kcount",
  request: "requests_kcount",
};
const TOKENS = Object.keys(KEYS).slice(0, 10);

// The row of the package as dollars for a million (fees: a thousand), at
// this length of input.
function listed(modelPrice, inputTokens) {
  const row = {};
  for (const [name, key] of Object.entries(KEYS)) {
    const price = modelPrice[key];
    if (price === undefined) {
      continue;
    }
    if (typeof price === "number") {
      row[name] = decimal(price);
      continue;
    }
    row[name] = decimal(price.base);
    for (const tier of [...price.tiers].sort((a, b) => a.start - b.start)) {
      if (inputTokens > BigInt(tier.start)) {
        row[name] = decimal(tier.price);
      }
    }
  }
  return row;
}

// The table "Missing prices": what stands in.
function standIn(row, name, { isClaude, isOverride }) {
  if (row[name]) {
    return row[name];
  }
  const input = row.input;
  switch (name) {
    case "cache_read":
    case "input_audio":
    case "input_image":
      return input;
    case "cache_write":
      return isClaude && input ? times(input, fraction(5n, 4n)) : input;
    case "cache_write_1h":
      return isClaude && input
        ? times(input, fraction(2n))
        : (row.cache_write ?? input);
    case "output":
    case "reasoning":
    case "output_audio":
    case "output_image": {
      const outputs = ["output", "reasoning", "output_audio", "output_image"];
      if (!isOverride && input && outputs.every((o) => !row[o])) {
        return ZERO; // bills input only
      }
      return row.output;
    }
    case "web_search":
      return ZERO;
    default:
      return undefined;
  }
}

function unpriced() {
  return { priced: false };
}

// row: prices; factor: on tokens; keep: what a discount leaves of all.
function sum(call, row, factor, keep, kind) {
  const counts = classes(call);
  counts.request = row.request ? 1n : 0n;
  const parts = {};
  let total = ZERO;
  for (const [part, names] of Object.entries(PARTS)) {
    let amount = ZERO;
    for (const name of names) {
      if (counts[name] === 0n) {
        continue;
      }
      const price = standIn(row, name, kind);
      if (!price) {
        return unpriced();
      }
      const isToken = TOKENS.includes(name);
      const per = isToken ? 1000000n : 1000n;
      let cost = times(price, fraction(counts[name], per));
      if (isToken) {
        cost = times(cost, factor);
      }
      amount = add(amount, times(cost, keep));
    }
    parts[part] = times(amount, fraction(10n ** 12n)); // pico-dollars
    total = add(total, parts[part]);
  }
  return rounded(total, parts);
}

// Once, on the sum; what the parts lose by rounding down, the largest gets.
function rounded(total, parts) {
  const result = { priced: true, total: roundHalfEven(total) };
  let rest = result.total;
  let largest = "input";
  for (const part of Object.keys(PARTS)) {
    result[part] = floor(parts[part]);
    rest -= result[part];
    const bigger =
      parts[part].n * parts[largest].d > parts[largest].n * parts[part].d;
    largest = bigger ? part : largest;
  }
  result[largest] += rest;
  return result;
}

const NOTHING = { total: 0n, input: 0n, cache: 0n, output: 0n, tools: 0n };

function inForce(rows, ts) {
  return rows
    .filter((row) => !row.from || ts >= Date.parse(row.from))
    .sort((a, b) => Date.parse(a.from ?? 0) - Date.parse(b.from ?? 0))
    .at(-1);
}

// The cost of a call in the public form; its provider is one of the
// package's ids.  `discounts`: {provider, percent, from}.
export function reference(call, { discounts = [] } = {}) {
  const ts = Date.parse(call.ts);
  const found = calcPrice({}, call.model, {
    providerId: call.provider,
    timestamp: new Date(ts),
  });
  if (!found) {
    return unpriced();
  }
  const id = `${found.provider.id}/${found.model.id}`;
  const hosted = found.model.id !== undefined && !ownModel(found);
  if (call.model.toLowerCase().endsWith(":free") || FREE.has(id)) {
    return { priced: true, ...NOTHING, id };
  }
  const inputTokens = BigInt(call.input_tokens ?? 0);
  const tier = call.service_tier ?? "standard";
  const kind = { isClaude: found.model.id.includes("claude") };
  let row = listed(found.model_price, inputTokens);
  let factor = TIERS[call.provider]?.[tier] ?? fraction(1n);
  const own = PRIORITY[found.model.id];
  if (
    tier === "priority" &&
    call.provider === "openai" &&
    own &&
    !hosted &&
    inputTokens <= own[0]
  ) {
    factor = fraction(1n);
    row = { web_search: row.web_search, request: row.request };
    row.input = decimal(own[1]);
    row.cache_read = own[2] && decimal(own[2]);
    row.output = decimal(own[3]);
  }
  if (TOKENS.every((name) => !row[name])) {
    return { ...unpriced(), id };
  }
  const discount = inForce(
    discounts.filter((d) => d.provider === call.provider),
    ts,
  );
  const keep = discount
    ? times(
        fraction(100n * 10n ** 6n - decimal(discount.percent).n * 10n ** 6n /
          decimal(discount.percent).d),
        fraction(1n, 100n * 10n ** 6n),
      )
    : fraction(1n);
  return { ...sum(call, row, factor, keep, kind), id };
}

// The package hands out the provider that was asked for, and the model that
// was found, which may be another provider's.
function ownModel(found) {
  return found.provider.models.includes(found.model);
}

// The same for a price that the user stated: rows {from, input, output, ...}.
export function referenceOverride(call, rows) {
  const row = inForce(rows, Date.parse(call.ts));
  const prices = {};
  for (const name of Object.keys(KEYS)) {
    if (row[name] !== undefined) {
      prices[name] = decimal(row[name]);
    }
  }
  const factor =
    TIERS[call.provider]?.[call.service_tier ?? "standard"] ?? fraction(1n);
  return sum(call, prices, factor, fraction(1n), {
    isClaude: call.model.includes("claude"),
    isOverride: true,
  });
}
