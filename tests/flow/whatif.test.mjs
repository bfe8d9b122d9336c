// What if: real calls at another model's prices, reckoned by hand to the last
// pico-dollar, and what is said when there is nothing to reckon with.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { event, freshDir, get, post, serve, toll, tollOk, until } from "./toll.mjs";
import { micro, perMonth } from "./reckon.mjs";

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
const range = ["--from", "2026-11-01", "--to", "2026-11-15"]; // 14 days
const ask = (data, args, r = range) =>
  JSON.parse(tollOk(["whatif", "--data", data, "--json", ...r, ...args]));
const call = (i, more) => event(i, {
  ts: `2026-11-${String(1 + (i % 14)).padStart(2, "0")}T12:00:00Z`,
  feature: "f", ...more,
});

// A is short and partly cached, B longer than the 200,000 tokens above which
// claude-sonnet-4-5 costs more.
const A = { input_tokens: 1000, cache_read_tokens: 400, output_tokens: 100 };
const B = { input_tokens: 250000, output_tokens: 1000 };
const HERE = 600 * 0.15 + 400 * 0.075 + 100 * 0.6 + 250000 * 0.15 + 1000 * 0.6;
const THERE = 600 * 3 + 400 * 0.3 + 100 * 15 + 250000 * 6 + 1000 * 22.5;

test("each call is priced by itself: cache classes and the long context's price", (t) => {
  const data = ledger(t, [call(0, A), call(1, B)]);
  const r = ask(data, ["--feature", "f", "--to-model", "claude-sonnet-4-5"]);
  assert.equal(r.actual_cost, micro(HERE));
  assert.equal(r.cost_there, micro(THERE));
  assert.equal(r.difference, micro(THERE - HERE));
  assert.equal(r.days, 14);
  assert.equal(r.compared_requests, 2);
  assert.equal(r.to_provider, "anthropic");
  assert.equal(r.difference_per_month, perMonth(THERE - HERE, 14));
  assert.deepEqual(r.classes.map((c) => [c.class, c.actual, c.there]), [
    ["input", micro(600 * 0.15 + 250000 * 0.15), micro(600 * 3 + 250000 * 6)],
    ["cache", micro(400 * 0.075), micro(400 * 0.3)],
    ["output", micro(100 * 0.6 + 1000 * 0.6), micro(100 * 15 + 1000 * 22.5)],
    ["fees", micro(0), micro(0)],
  ]);
  assert.match(r.sentence, /It would cost more/);
  assert.equal(r.verdict, "costs_more");
  assert.equal(r.break_even_outcome_drop, null);
  // 400 cached tokens are below what the other cache takes; low ignores it.
  const [low, expected, high] = r.estimates.map((e) => e.cost_there);
  assert.equal(expected, micro(THERE + 400 * (3 - 0.3)));
  // 85 %: 212,500 tokens are still long, 340 cached.
  assert.equal(low, micro(510 * 3 + 340 * 0.3 + 85 * 15 + 212500 * 6 + 850 * 22.5));
  assert.equal(high, micro(1150 * 3 + 115 * 15 + 287500 * 6 + 1150 * 22.5));
  assert.match(r.notes.join(" "), /15 %/);
  assert.match(r.notes.join(" "), /1 call has a cached part below/);
});

test("a cheaper model is a price difference, and a saving only by somebody's word", (t) => {
  const data = ledger(t, [call(0, { model: "gpt-4o", ...B })]);
  const args = ["--feature", "f", "--to-model", "gpt-4o-mini"];
  const r = ask(data, args);
  assert.match(r.sentence, /Price difference, quality unknown/);
  assert.deepEqual([r.verdict, r.experiment], ["quality_unknown", null]);
  assert.doesNotMatch(r.sentence, /saving/);
  const here = 250000 * 2.5 + 1000 * 10;
  const there = 250000 * 0.15 + 1000 * 0.6;
  assert.equal(r.cost_there, micro(there));
  assert.ok(Math.abs(r.break_even_outcome_drop - (1 - there / here)) < 1e-12);
  assert.match(r.break_even, /94\.0 % of the outcomes may be lost/);
  assert.match(ask(data, [...args, "--quality-holds"]).sentence, /A saving, if quality holds/);
});

test("the batch tier halves the price of the same model, and a share of it a part", (t) => {
  const data = ledger(t, [call(0, { model: "gpt-4o", ...B })]);
  const here = 250000 * 2.5 + 1000 * 10;
  const r = ask(data, ["--feature", "f", "--tier", "batch"]);
  assert.equal(r.cost_there, micro(here / 2));
  assert.match(r.sentence, /A saving: the model stays the same/);
  assert.equal(r.verdict, "same_model");
  assert.equal(ask(data, ["--feature", "f", "--tier", "batch", "--share", "25"]).cost_there,
    micro(here * 0.875));
});

// An experiment with so many users an arm, whose outcomes differ by `worse`.
async function experiment(t, worse) {
  const server = await serve(t, freshDir(t));
  const day = new Date(Date.now() - 2 * 86400000).toISOString();
  const calls = [];
  const outcomes = [];
  for (let i = 0; i < 400; i++) {
    const arm = { experiment: "x", variant: i % 2 ? "mini" : "big", user: `u${i}` };
    calls.push(event(i, { feature: "f", ts: day, ...arm,
      model: i % 2 ? "gpt-4o-mini" : "gpt-4o" }));
    outcomes.push({ id: `o${i}`, ts: day, name: "score", ...arm,
      value: 0.8 + (i % 10) / 1000 - (i % 2 ? worse : 0) });
  }
  assert.equal((await post(server.url, JSON.stringify(calls))).status, 200);
  const sent = await fetch(`${server.url}/v1/outcomes`, { method: "POST", body: JSON.stringify(outcomes) });
  assert.equal(sent.status, 200, await sent.text());
  const path = "/api/whatif?feature=f&to_model=gpt-4o-mini&range=7d";
  const answer = await until(async () => {
    const r = await get(server.url, path);
    return /score/.test(r.text) ? r.json : null;
  }, "the outcomes are told");
  const savings = await get(server.url, "/api/savings");
  return { answer, savings: savings.json };
}

test("a saving when an experiment's outcomes hold, and none when they fall", async (t) => {
  const held = await experiment(t, 0);
  assert.match(held.answer.sentence, /A saving: quality held in the experiment x/);
  assert.deepEqual([held.answer.verdict, held.answer.experiment], ["quality_held", "x"]);
  const i = held.savings.savings.findIndex((s) => s.kind === "cheaper_model");
  assert.equal(held.savings.savings[i].confidence, "quality held in an experiment");
  assert.equal(held.savings.reasons[i].what, "a cheaper model");
  assert.equal(held.savings.combined, held.savings.combined_if_quality_holds);
  const fell = await experiment(t, 0.2);
  assert.match(fell.answer.sentence, /Cheaper, but quality fell in the experiment x/);
  assert.deepEqual([fell.answer.verdict, fell.answer.experiment], ["quality_fell", "x"]);
  const k = fell.savings.savings.findIndex((s) => s.kind === "cheaper_model");
  assert.equal(fell.savings.savings[k].confidence, "quality fell in an experiment");
  assert.equal(fell.savings.reasons[k].what, "price difference, quality unknown");
  assert.equal(fell.savings.savings[k].low, micro(0));
});

test("tokens there for one here come from features that ran on both models", (t) => {
  const both = [];
  for (let i = 0; i < 60; i++) {
    both.push(call(i, { model: "gpt-4o", input_tokens: 1000, output_tokens: 100 }));
    both.push(call(100 + i, {
      feature: "g", model: "gpt-4o", input_tokens: 2000, output_tokens: 100 }));
    both.push(call(200 + i, {
      feature: "g", model: "gpt-4o-mini", input_tokens: 2500, output_tokens: 80 }));
  }
  const data = ledger(t, both);
  const r = ask(data, ["--feature", "f", "--to-model", "gpt-4o-mini"]);
  const expected = r.estimates[1];
  assert.equal(expected.input_tokens_for_one, "1.250");
  assert.equal(expected.output_tokens_for_one, "0.800");
  assert.equal(expected.cost_there, micro(60 * (1250 * 0.15 + 80 * 0.6)));
  assert.match(r.notes.join(" "), /median of 1 feature that ran on both/);
});

test("what is lacking is said in words", (t) => {
  const none = ask(ledger(t, []), ["--feature", "f", "--tier", "batch"]);
  assert.match(none.sentence, /no calls of f in this range/);
  const unpriced = ledger(t, [call(0, { provider: "acme", model: "house-model", ...A })]);
  const r = ask(unpriced, ["--feature", "f", "--to-model", "gpt-4o-mini"]);
  assert.match(r.sentence, /None of the calls of f can be compared: 1 have no price now/);
  assert.match(r.notes.join(" "), /there it would cost \$0\.00018/);
  const one = ledger(t, [call(0, A)]);
  const day = ask(one, ["--feature", "f", "--to-model", "gpt-4o"],
    ["--from", "2026-11-01", "--to", "2026-11-02"]);
  assert.equal(day.days, 1);
  assert.equal(day.compared_requests, 1);
});

test("wrong input is refused with the right word", (t) => {
  const data = ledger(t, [call(0, A)]);
  for (const [args, words] of [
    [["--to-model", "gpt-4o"], /say which feature/],
    [["--feature", "f"], /to_model, tier or both/],
    [["--feature", "f", "--tier", "bach"], /no tier bach; tiers are standard, batch/],
    [["--feature", "f", "--to-model", "gtp-4o"], /no price for the model gtp-4o; did you mean gpt-4o/],
    [["--feature", "f", "--to-model", "gpt-4o", "--to-provider", "anthropic"], /no price for the model gpt-4o of anthropic/],
    [["--feature", "f", "--to-model", "gpt-4o", "--share", "101"], /share must be a number from 0 to 100/],
    [["--feature", "ff", "--to-model", "gpt-4o"], /no calls of a feature "ff".*did you mean f\?/],
    [["--feature", "f", "--to-model", "gpt-4o", "--range", "9x"], /range/],
  ]) {
    const r = toll(["whatif", "--data", data, ...args,
      ...(args.includes("--range") ? [] : range)]);
    assert.notEqual(r.code, 0, args.join(" "));
    assert.match(r.err, words);
  }
});
