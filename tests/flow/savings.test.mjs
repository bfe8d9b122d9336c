// Savings: planted causes are found, each amount reckoned by hand, and nothing
// is summed but by the overlap rule.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { event, freshDir, toll, tollOk } from "./toll.mjs";
import { micro, perMonth } from "./reckon.mjs";

const DAY = 86400000;
const today = Math.floor(Date.now() / DAY) * DAY;
/** Minute m of the day that was d days ago, as a time. */
const at = (d, m = 0) => new Date(today - d * DAY + m * 60000).toISOString();

function ledger(t, events) {
  const dir = freshDir(t);
  const data = join(dir, "data");
  if (events.length > 0) {
    const file = join(dir, "events.ndjson");
    writeFileSync(file, events.map((e) => JSON.stringify(e)).join("\n") + "\n");
    tollOk(["import", "--data", data, file]);
  }
  return data;
}
const ask = (data, args = []) =>
  JSON.parse(tollOk(["savings", "--data", data, "--json", ...args]));
const line = (r, kind, feature = "f") => {
  const i = r.savings.findIndex((s) => s.kind === kind && s.feature === feature);
  return i < 0 ? undefined : { ...r.savings[i], ...r.reasons[i], rank: i + 1 };
};
const month = (microDollars) => perMonth(microDollars, 28);

test("failed calls: what the best week would spare, and at most all of it", (t) => {
  const events = [];
  const add = (d, n, failed) => {
    for (let i = 0; i < n; i++) {
      events.push(event(events.length, { feature: "f", model: "gpt-4o", ts: at(d, i),
        input_tokens: 100, output_tokens: 10, status: i < failed ? "error" : "ok",
        attempt: i > 0 && i <= failed ? 2 : 1 }));
    }
  };
  for (let d = 60; d < 67; d++) add(d, 20, 1); // 5 %
  for (let d = 1; d <= 28; d++) add(d, 10, 1); // 10 %
  const r = ask(ledger(t, events));
  const l = line(r, "retries");
  const waste = 28 * (100 * 2.5 + 10 * 10);
  assert.equal(l.high, month(waste));
  assert.ok(Math.abs(Number(l.point) - Number(month(waste)) / 2) < 1e-6);
  assert.equal(l.low, l.point);
  assert.match(l.arithmetic, /28 of 280 calls failed \(10\.00 %\).*28 calls were a second try.*5\.00 %/);
  assert.ok(l.check_first.length > 0 && l.falsified_by.length > 0);
  assert.equal(r.cost_per_month, month(280 * (100 * 2.5 + 10 * 10)));
});

test("a run that did not end: beyond the usual length, and at most all of it", (t) => {
  const events = [];
  const run = (name, n, d) => {
    for (let i = 0; i < n; i++) {
      events.push(event(events.length, { feature: "f", workflow: "w", run: name,
        model: "gpt-4o", ts: at(d, i), input_tokens: 100, output_tokens: 10 }));
    }
  };
  for (let i = 0; i < 50; i++) run(`usual-${i}`, 4, 1 + (i % 28));
  run("wild", 100, 3);
  const r = ask(ledger(t, events));
  const l = line(r, "runaway_runs");
  const each = 100 * 2.5 + 10 * 10;
  assert.equal(l.high, month(100 * each));
  assert.equal(l.point, month(96 * each));
  assert.equal(l.low, micro(0));
  assert.match(l.arithmetic, /1 run went far beyond the 4 calls.*\(wild\) made 100/);
  assert.match(l.confidence, /may not recur/);
});

test("cache: between the best days, a shared prefix, and its dearer writes", (t) => {
  const events = [];
  // Every day 25 calls a minute apart, of 2,100 to 2,124 tokens on claude.
  for (let d = 1; d <= 28; d++) {
    for (let i = 0; i < 25; i++) {
      events.push(event(events.length, { feature: "f", model: "claude-sonnet-4-5",
        ts: at(d, 600 + i), input_tokens: 2100 + i, output_tokens: 10 }));
    }
  }
  // Long ago seven days read half of it.
  for (let d = 50; d < 57; d++) {
    for (let i = 0; i < 25; i++) {
      events.push(event(events.length, { feature: "f", model: "claude-sonnet-4-5",
        ts: at(d, 600 + i), input_tokens: 2000, cache_read_tokens: 1000, output_tokens: 10 }));
    }
  }
  const l = line(ask(ledger(t, events)), "cache");
  const input = 28 * (25 * 2100 + 300);
  assert.equal(l.low, month((input / 2) * (3 - 0.3)));
  // 2,101 and a bit is the 5 % quantile: 2,048 in whole blocks.
  const warm = 28 * 24;
  const mid = warm * 2048 * (3 - 0.3) - 28 * 2048 * (3.75 - 3);
  assert.equal(l.point, month(mid));
  assert.equal(l.high, month(warm * 2048 * (3 - 0.3)));
  assert.match(l.arithmetic, /0\.0 % of the input of 700 long calls.*672 of which follow/);
  assert.match(l.arithmetic, /best days had 50\.0 %/);
  assert.equal(l.confidence, "reached before");
});

test("batch: the same hours every day, or stated; never chains", (t) => {
  const events = [];
  for (let d = 1; d <= 10; d++) {
    for (let i = 0; i < 10; i++) {
      events.push(event(events.length, { feature: "f", model: "gpt-4o", ts: at(d, 120 + i * 20),
        input_tokens: 500, output_tokens: 100 }));
      events.push(event(events.length, { feature: "all-day", model: "gpt-4o", ts: at(d, i * 140),
        input_tokens: 500, output_tokens: 100 }));
      events.push(event(events.length, { feature: "chain", workflow: "nightly", model: "gpt-4o",
        run: `r-${d}`, ts: at(d, 120 + i * 20), input_tokens: 500, output_tokens: 100 }));
    }
    events.push(event(events.length, { feature: "eval", environment: "evaluation",
      model: "gpt-4o", ts: at(d), input_tokens: 5000, output_tokens: 100 }));
  }
  const data = ledger(t, events);
  const r = ask(data);
  const half = (100 * (500 * 2.5 + 100 * 10)) / 2;
  const l = line(r, "batch");
  assert.equal(l.point, month(half));
  assert.equal(l.low, micro(0));
  assert.match(l.arithmetic, /same four hours every day/);
  assert.equal(line(r, "batch", "all-day"), undefined);
  assert.equal(line(r, "batch", "chain"), undefined);
  assert.deepEqual([l.environment, l.to_model, l.to_tier], [null, null, "batch"]);
  assert.equal(line(r, "batch", "eval").point, month((10 * (5000 * 2.5 + 1000)) / 2));
  assert.equal(line(r, "batch", "eval").environment, "evaluation|test");
  const stated = line(ask(data, ["--batch", "all-day"]), "batch", "all-day");
  assert.equal(stated.low, month(half));
  assert.equal(stated.confidence, "stated by you");
});

test("the model that was asked for is a saving, another a price difference", (t) => {
  const events = [];
  for (let i = 0; i < 120; i++) {
    events.push(event(i, { feature: "f", model: "gpt-4o", requested_model: "gpt-4o-mini",
      ts: at(1 + (i % 28)), input_tokens: 1000, output_tokens: 100 }));
    events.push(event(1000 + i, { feature: "g", model: "gpt-4.1", ts: at(1 + (i % 28), i * 12),
      input_tokens: 1000, output_tokens: 100 }));
    events.push(event(2000 + i, { feature: "h", model: "gpt-4.1-nano", ts: at(1 + (i % 28), i * 12),
      input_tokens: 1000, output_tokens: 100 }));
  }
  const r = ask(ledger(t, events));
  const asked = line(r, "asked_model");
  const here = 120 * (1000 * 2.5 + 100 * 10);
  const there = 120 * (1000 * 0.15 + 100 * 0.6);
  assert.equal(asked.point, month(here - there));
  assert.equal(asked.low, month(here - there * 1.15));
  assert.equal(asked.high, month(here - there * 0.85));
  assert.equal(asked.what, "the model that was asked for");
  assert.deepEqual([asked.to_provider, asked.to_model, asked.to_tier], ["openai", "gpt-4o-mini", null]);
  const other = line(r, "cheaper_model", "g");
  assert.equal(other.what, "price difference, quality unknown");
  assert.equal(other.point, month(120 * (1000 * (2 - 0.1) + 100 * (8 - 0.4))));
  assert.deepEqual([other.to_provider, other.to_model], ["openai", "gpt-4.1-nano"]);
  assert.equal(other.low, micro(0));
  assert.match(other.arithmetic, /95\.0 % of the outcomes/);
  assert.ok(asked.rank < other.rank);
  // Together: the calls of f come in the same hours, so the batch tier takes
  // its half first and the model that was asked for its share of the rest;
  // the other model counts only if quality holds.
  assert.equal(line(r, "batch").point, month(here / 2));
  assert.equal(r.combined, month(here / 2 + (here - there) / 2));
  assert.ok(Number(r.combined_if_quality_holds) > Number(r.combined));
  const sum = r.savings.reduce((a, s) => a + Number(s.point), 0);
  assert.ok(Number(r.combined_if_quality_holds) < sum);
});

test("longer prompts and longer answers are told as something to check", (t) => {
  const events = [];
  for (let d = 1; d <= 60; d++) {
    for (let i = 0; i < 10; i++) {
      const late = d <= 8;
      events.push(event(events.length, { feature: "f", model: "gpt-4o", ts: at(d, i * 140),
        input_tokens: late ? 1900 : 1000, output_tokens: 50 }));
      events.push(event(events.length, { feature: "g", model: "gpt-4o", ts: at(d, i * 140),
        input_tokens: 1000, output_tokens: late ? 100 : 50 }));
    }
  }
  const r = ask(ledger(t, events));
  const l = line(r, "prompt_growth");
  assert.ok(Math.abs(Number(l.point) - Number(month(900 * 280 * 2.5))) < 1e-6, l.point);
  assert.equal(l.confidence, "to check");
  assert.match(l.arithmetic, /1,900 input tokens.*had 1,000 in its best month \(x1\.90\)/);
  const g = line(r, "output_growth", "g");
  assert.ok(Math.abs(Number(g.point) - Number(month(50 * 280 * 10))) < 1e-6, g.point);
  assert.equal(line(r, "prompt_growth", "g"), undefined);
  assert.match(r.sentence, /to check: prompts as short as before, f/);
});

test("savings of millions are put together, too", (t) => {
  const dear = [1, 2, 3, 4, 5, 6].map((i) => event(i, // 2^40 tokens: 2.7 million dollars
    { ts: at(i), feature: "f", model: "gpt-4o", input_tokens: 2 ** 40, output_tokens: 0 }));
  const r = ask(ledger(t, dear), ["--batch", "f"]);
  assert.ok(Number(r.cost_per_month) > 1.7e7);
  assert.ok(Math.abs(Number(r.combined) / Number(line(r, "batch").point) - 1) < 1e-9, r.combined);
});

test("of many workflows the newest days count as well", (t) => {
  const day = (d) => Array.from({ length: 1460 }, (_, i) =>
    ({ id: `${d}-${i}`, ts: at(d), model: "gpt-4o-mini", feature: `f${i}`, input_tokens: 9 }));
  const days = Array.from({ length: 70 }, (_, d) => day(d + 1)); // 102,200 rows of history
  const r = ask(ledger(t, days.flat()));
  assert.doesNotMatch(r.notes.join(" "), /of the 28 days/);
  assert.match(r.notes.join(" "), /Only the 512 dearest workflows/);
});

test("what is lacking is said in words", (t) => {
  assert.match(ask(ledger(t, [])).sentence, /no calls in the last 28 complete days/);
  const only = (more) => ledger(t, [event(1, { feature: "f", ...more })]);
  assert.match(ask(only({ ts: new Date().toISOString() })).sentence, /today does not count/);
  assert.match(ask(only({ ts: at(1), provider: "acme", model: "own" })).sentence,
    /None of the calls.*has a price.*1 call is without one/);
  const free = ask(only({ ts: at(1), input_tokens: 0, output_tokens: 0 }));
  assert.match(free.sentence, /^The calls of the last 28 days cost nothing/);
  const failed = ask(only({ ts: at(1), status: "error" }));
  assert.match(failed.sentence, /^No sure saving was found, at most \$[\d.]+ a month; first to look at: fewer failed calls, f/);
  const one = ask(only({ ts: at(1) }));
  assert.match(one.sentence, /Nothing was found to save/);
  assert.match(one.notes.join(" "), /Only 1 of the 28 days has calls/);
  const wrong = toll(["savings", "--data", only({ ts: at(1) }), "--where", "featur:x"]);
  assert.notEqual(wrong.code, 0);
  assert.match(wrong.err, /feature/);
});

test("the demo's incidents are among its savings", (t) => {
  const data = join(freshDir(t), "data");
  tollOk(["demo", "--data", data, "--events", "60000"]);
  const r = ask(data);
  assert.ok(line(r, "asked_model", "ticket-summary").rank <= 3);
  assert.ok(line(r, "prompt_growth", "reply-draft").rank <= 3);
  assert.ok(line(r, "runaway_runs", "support-agent").rank <= 4);
  assert.ok(Number(r.combined_low) <= Number(r.combined));
  assert.ok(Number(r.combined) <= Number(r.combined_high));
  assert.ok(Number(r.combined_high) < Number(r.cost_per_month));
});
