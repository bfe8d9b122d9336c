// toll's prices against the reference calculation, to the last digit, over
// every model of the catalogue.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { calcPrice } from "@pydantic/genai-prices";
import { decimal as written, pattern, providers } from "../../tools/price-book.mjs";
import { reference, referenceOverride } from "./price-reference.mjs";

const BUILD = process.env.TOLL_BUILD ?? new URL("../../build", import.meta.url).pathname;
const CLI = join(BUILD, "tests/unit/price/price_cli");
const ROOT = new URL("../..", import.meta.url).pathname;
const SEED = 20261122n;
const N_CALLS = 10_000;

const catalogue = await providers();

function ask(lines) {
  const out = execFileSync(CLI, {
    input: lines.map((line) => JSON.stringify(line)).join("\n"),
    maxBuffer: 1 << 28,
    encoding: "utf8",
  });
  return out.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

// SplitMix64: the same calls on every machine.
function random(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn;
    let z = state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & 0xffffffffffffffffn;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & 0xffffffffffffffffn;
    return z ^ (z >> 31n);
  };
  return {
    below: (n) => Number(next() % BigInt(n)),
    pick(list) {
      return list[this.below(list.length)];
    },
  };
}

// Names that a model's match is meant for, made from the match itself.
function namesOf(model) {
  const names = [model.id];
  for (const alternative of pattern(model.match)) {
    const term = alternative.split("&")[0];
    const text = term.slice(1).replaceAll("#", "1");
    names.push(text);
    if (term[0] === "^" || term[0] === "*") {
      names.push(`${text}-x`);
    }
    if (term[0] === "$" || term[0] === "*") {
      names.push(`x-${text}`);
    }
  }
  return names;
}

const DAY = 86_400_000;
const now = Date.UTC(2026, 10, 22);

// Moments at which a price may change, and just before them.
function moments(model) {
  const list = [now - 30 * DAY, Date.UTC(2024, 6, 1, 12), Date.UTC(2026, 4, 5, 3)];
  const rows = Array.isArray(model.prices) ? model.prices : [];
  for (const { constraint: c } of rows) {
    if (c?.start_date) {
      const start = Date.parse(c.start_date);
      list.push(start, start - 1, start + 1);
    } else if (c) {
      for (const time of [c.start_time, c.end_time]) {
        const at = Date.parse(`2026-09-01T${time}`);
        list.push(at, at - 1, at + 1);
      }
    }
  }
  return list;
}

// Lengths of input at which a price may change, one off on either side.
function lengths(model) {
  const list = [0, 1, 1_000, 12_345, 199_999, 200_000, 200_001, 1_000_003];
  const rows = Array.isArray(model.prices) ? model.prices : [{ prices: model.prices }];
  for (const { prices } of rows) {
    for (const price of Object.values(prices)) {
      for (const { start } of price.tiers ?? []) {
        list.push(start - 1, start, start + 1, start + 2);
      }
    }
  }
  return list;
}

function randomCall(r, provider, model) {
  const input = r.pick(lengths(model));
  let left = input;
  const share = () => {
    const n = r.below(3) === 0 ? 0 : r.below(left + 1);
    left -= n;
    return n;
  };
  const call = {
    provider: provider.id,
    model: r.pick(namesOf(model)),
    ts: new Date(r.pick(moments(model))).toISOString(),
    input_tokens: input,
    cache_read_tokens: share(),
    cache_write_tokens: share(),
    service_tier: r.pick(["standard", "standard", "batch", "flex", "priority"]),
    web_searches: r.pick([0, 0, 1, 7]),
  };
  call.cache_write_1h_tokens = r.below(call.cache_write_tokens + 1);
  if (r.below(4) === 0) {
    call.input_audio_tokens = share();
    call.input_image_tokens = share();
  }
  const output = r.below(50_000);
  left = output;
  call.output_tokens = output;
  call.reasoning_tokens = share();
  if (r.below(4) === 0) {
    call.output_audio_tokens = share();
    call.output_image_tokens = share();
  }
  return call;
}

function show(result) {
  return JSON.stringify(result, (key, value) =>
    typeof value === "bigint" ? String(value) : value);
}

function assertSame(call, got, want) {
  const about = `${show(call)}\ngot  ${show(got)}\nwant ${show(want)}`;
  assert.equal(got.priced, want.priced, about);
  if (!want.priced) {
    return;
  }
  for (const part of ["total", "input", "cache", "output", "tools"]) {
    assert.equal(got[part], String(want[part]), `${part} of ${about}`);
  }
}

test("data/prices.txt is what the pinned package gives", () => {
  execFileSync(process.execPath, ["tools/price-book.mjs", "--check"], { cwd: ROOT });
});

test("prices are written as plain decimals, digit for digit", () => {
  assert.equal(written(0.1), "0.1");
  assert.equal(written(5e-7), "0.0000005");
  assert.equal(written(1.25e-7), "0.000000125");
  assert.equal(written(1e21), "1000000000000000000000");
  assert.equal(written(1.5e22), "15000000000000000000000");
  assert.equal(written(0.08333333333333334), "0.08333333333333334");
  assert.throws(() => written(-1));
  assert.throws(() => written(NaN));
});

test("a regular expression that cannot be written stops the tool", () => {
  assert.deepEqual(pattern({ regex: "^gpt-5\\.4-\\d{4}$" }), ["=gpt-5.4-####"]);
  assert.deepEqual(pattern({ regex: "^gemini-3-\\d" }), ["^gemini-3-#"]);
  assert.throws(() => pattern({ regex: "^gpt-5.4$" }));
  assert.throws(() => pattern({ regex: "^gpt-(5|6)$" }));
  assert.throws(() => pattern({ regex: "^gpt-5+$" }));
  assert.throws(() => pattern({ equals: "two words" }));
  assert.throws(() => pattern({ sounds_like: "gpt" }));
});

test("every name finds the model that the package finds", () => {
  const asked = [];
  for (const provider of catalogue) {
    for (const model of provider.models) {
      for (const name of namesOf(model)) {
        for (const form of [name, name.toUpperCase(), `${name}-20250929`,
          `${name}-2025-09-29`, ` ${name} `]) {
          asked.push({ provider: provider.id, model: form });
        }
      }
    }
  }
  const answers = ask(asked.map((match) => ({ match })));
  let n_found = 0;
  asked.forEach(({ provider, model }, i) => {
    const want = calcPrice({}, model, { providerId: provider, timestamp: new Date(now) });
    if (want) {
      n_found += 1;
      assert.equal(answers[i].model, want.model.id, `${provider} ${model}`);
    }
  });
  assert.ok(n_found > 5 * 1694, `only ${n_found} of ${asked.length} names were known`);
});

test(`${N_CALLS} random calls cost what the reference says`, () => {
  const r = random(SEED);
  const models = catalogue.flatMap((provider) =>
    provider.models.map((model) => [provider, model]));
  const changing = models.filter(([, { prices }]) =>
    /tiers|constraint/.test(JSON.stringify(prices)));
  // Every model comes up; those with dates and context tiers more often.
  const calls = Array.from({ length: N_CALLS }, (_, i) => {
    const [provider, model] =
      i >= models.length && i % 3 === 0 ? r.pick(changing) : models[i % models.length];
    return randomCall(r, provider, model);
  });
  const answers = ask(calls);
  const seen = { priced: 0, unpriced: 0, unknown: 0 };
  calls.forEach((call, i) => {
    const want = reference(call);
    // Where the package knows no such name, toll may know it in another
    // spelling; the reference has nothing to say about it.
    seen[want.id ? (want.priced ? "priced" : "unpriced") : "unknown"] += 1;
    if (want.id) {
      assertSame(call, answers[i], want);
    }
  });
  assert.ok(seen.priced > 0.95 * N_CALLS && seen.unpriced > 0, show(seen));
});

test("every model that has a price comes up priced", () => {
  const calls = [];
  for (const provider of catalogue) {
    for (const model of provider.models) {
      const row = Array.isArray(model.prices) ? model.prices.at(-1).prices : model.prices;
      if (Object.keys(row).some((key) => key === "input_mtok")) {
        calls.push({ provider: provider.id, model: model.id, input_tokens: 10, ts: now,
          output_tokens: 5 });
      }
    }
  }
  const answers = ask(calls);
  const known = calls.map(({ provider, model }) =>
    calcPrice({}, model, { providerId: provider, timestamp: new Date(now) }));
  calls.forEach((call, i) => {
    if (known[i]) {
      assert.equal(answers[i].priced, true, show(call));
    }
  });
  assert.ok(calls.length > 1400);
});

test("discounts come off book prices, exactly and from their day on", () => {
  const r = random(SEED + 1n);
  const discounts = catalogue.flatMap((provider) => [
    { provider: provider.id, percent: r.pick(["12", "7.5", "0.0001", "33.3333"]) },
    { provider: provider.id, percent: "50", from: "2026-05-05" },
    { provider: provider.id, percent: "100", from: "2026-10-23" },
  ]);
  const calls = Array.from({ length: 2000 }, () => {
    const provider = r.pick(catalogue);
    return randomCall(r, provider, r.pick(provider.models));
  });
  const answers = ask([...discounts.map((discount) => ({ discount })), ...calls]);
  calls.forEach((call, i) => {
    const want = reference(call, { discounts });
    if (want.id) {
      assertSame(call, answers[i], want);
    }
  });
});

test("a price that the user states is what is charged, without discount", () => {
  const r = random(SEED + 2n);
  const names = ["input", "cache_read", "cache_write", "cache_write_1h", "input_audio",
    "input_image", "output", "reasoning", "output_audio", "output_image", "web_search", "request"];
  const price = () => String(r.below(100_000) / 10 ** r.below(6));
  const rowsOf = (model) => ["2020-01-01", "2025-01-01", "2026-09-01"].map((from) => {
    const row = { provider: "openai", model, from, input: price(), output: price() };
    for (const name of names) {
      if (r.below(2) === 0) {
        row[name] = price();
      }
    }
    return row;
  });
  const rows = Object.fromEntries(["gpt-4o", "my-own", "claude-mine"].map((m) => [m, rowsOf(m)]));
  const openai = catalogue.find(({ id }) => id === "openai");
  const calls = Array.from({ length: 1000 }, () => ({
    ...randomCall(r, openai, r.pick(openai.models)),
    model: r.pick(Object.keys(rows)),
  }));
  const answers = ask([
    ...Object.values(rows).flat().map((override) => ({ override })),
    { discount: { provider: "openai", percent: "40" } },
    ...calls,
  ]);
  calls.forEach((call, i) => {
    assertSame(call, answers[i], referenceOverride(call, rows[call.model]));
  });
});
