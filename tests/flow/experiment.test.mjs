// Experiments compared: the demo company's two, and ledgers in which something
// is lacking.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { freshDir, get, serve, toll, tollOk, until } from "./toll.mjs";

const START = Date.parse("2026-10-05T00:00:00Z");
const DAY = 86400e3;

// Calls of `n` users each, three a user, spread over `days`.
function calls(name, variant, n, { days = 14, first = 0, ...more } = {}) {
  return Array.from({ length: 3 * n }, (_, i) => ({
    id: `${name}-${variant}-${first}-${i}`,
    ts: new Date(START + Math.floor((i * days * DAY) / (3 * n))).toISOString(),
    model: "gpt-4o-mini", experiment: name, variant,
    user: `${variant}-${first + (i % n)}`,
    input_tokens: 1000 + 700 * ((i % n) % 3), output_tokens: 100, ...more,
  }));
}

function load(t, ...events) {
  const dir = freshDir(t);
  const lines = events.flat().map((e) => JSON.stringify(e)).join("\n") + "\n";
  tollOk(["import", "--data", dir, "-"], { input: lines });
  return dir;
}

const ask = (dir, name, ...args) =>
  JSON.parse(tollOk(["experiment", "--data", dir, name, "--json", ...args]));

const of = (report, measure, variant = "treatment") =>
  report.comparisons.find((r) => r.measure === measure && r.variant === variant);

test("the demo's experiments: what was planted is found, and no more", (t) => {
  const dir = freshDir(t);
  tollOk(["demo", "--data", dir, "--events", "120000", "--end", "2026-11-23"]);

  const short = ask(dir, "reply-short");
  assert.equal(short.status, "rolled out");
  assert.equal(short.rolled_out, "treatment");
  assert.equal(short.rolled_out_on, "2026-10-11");
  assert.ok(short.requests_since > 1000);
  assert.equal(short.sample_ratio, "ok");
  assert.equal(short.users_in_several, 0);
  assert.ok(short.days > 27.5 && short.days <= 28);
  const less = of(short, "cost_per_request");
  assert.equal(less.verdict, "less");
  assert.ok(less.low < -1 / 6 && -1 / 6 < less.high, JSON.stringify(less));
  assert.ok(less.anytime_low < less.low && less.high < less.anytime_high);
  // What users cost before tells per user what chance would hide.
  const user = of(short, "cost_per_user_adjusted");
  assert.ok(user.low < -1 / 6 && -1 / 6 < user.high, JSON.stringify(user));
  const plain = of(short, "cost_per_user");
  assert.ok(user.high - user.low < 0.7 * (plain.high - plain.low));
  const [control, treatment] = short.variants;
  assert.ok(treatment.output_per_request < 0.7 * control.output_per_request);
  assert.match(short.sentence, /rolled out on 2026-10-11/);
  // The parts add up to the difference, to the last pico-dollar but rounding.
  const pico = (usd) => BigInt(usd.replace(".", ""));
  const sum = short.causes.reduce((s, c) => s + pico(c.difference), 0n);
  const off = sum - pico(short.differences[0].difference);
  assert.ok(off >= -1000n && off <= 1000n, String(off));
  const biggest = short.causes.filter((c) => c.cause !== "requests_per_user")
    .sort((a, b) => Number(a.difference) - Number(b.difference))[0];
  assert.equal(biggest.cause, "output_tokens");

  const cited = ask(dir, "answer-citations", "--split", "control:70,treatment:30");
  assert.equal(cited.rolled_out, undefined);
  assert.ok(Number(cited.causes.find((c) => c.cause === "output_tokens").difference) > 0);
  assert.equal(cited.sample_ratio, "ok");
  const more = of(cited, "cost_per_request");
  assert.equal(more.verdict, "more");
  assert.ok(more.low < 0.2 && 0.2 < more.high + 0.02, JSON.stringify(more));
  assert.equal(ask(dir, "answer-citations").sample_ratio, "not checked");
  assert.equal(
    ask(dir, "answer-citations", "--split", "control:1,treatment:1").verdict,
    "sample_ratio_mismatch",
  );

  const list = JSON.parse(tollOk(["experiment", "--data", dir, "--json"]));
  assert.deepEqual(list.experiments.map((e) => e.experiment), ["answer-citations", "reply-short"]);
  assert.equal(list.experiments[1].variants, 2);
  assert.equal(list.experiments[1].status, "rolled out");
  const running = list.experiments.filter((e) => e.status === "running").length;
  assert.equal(list.sentence, `2 experiments, ${running} of them running.`);
});

test("a clear difference is told, in every form", async (t) => {
  const dir = load(t, calls("x", "control", 300),
    calls("x", "treatment", 300, { output_tokens: 2000 }));
  const report = ask(dir, "x");
  assert.equal(report.verdict, "differs");
  assert.equal(report.cheapest, "control");
  assert.match(report.sentence, /^treatment costs \d+ % to \d+ % more per user than control/);
  const unit = of(report, "cost_per_user");
  const dollars = report.differences.find((d) => d.measure === "cost_per_user");
  assert.ok(unit.low > 0 && Number(dollars.low) > 0);
  // Money adds up: 600 users a fortnight, of which half had each variant.
  const month = report.per_month.find((m) => m.variant === "treatment");
  const each = Number(report.variants[1].cost_per_user);
  assert.ok(Math.abs(Number(month.cost_per_month) / ((600 * each * 30.4375) / report.days) - 1) < 1e-6);

  assert.match(tollOk(["experiment", "--data", dir, "x"]), /Variants side by side/);
  assert.match(tollOk(["experiment", "--data", dir, "x", "--csv"]), /^variant,/);

  const server = await serve(t, dir);
  assert.deepEqual((await get(server.url, "/api/experiments/x")).json, report);
  assert.equal((await get(server.url, "/api/experiments")).json.experiments.length, 1);
  assert.equal((await get(server.url, "/api/experiments/y")).status, 404);
  await server.stop();
});

test("what is lacking is said in words", (t) => {
  const empty = freshDir(t);
  assert.match(JSON.parse(tollOk(["experiment", "--data", empty, "--json"])).sentence,
    /^There are no experiments: a call names its experiment/);
  const none = toll(["experiment", "--data", empty, "x"]);
  assert.notEqual(none.code, 0);
  assert.match(none.err, /no call of this range belongs to an experiment/);

  const dir = load(t,
    calls("one-variant", "control", 50),
    calls("one-user", "control", 1), calls("one-user", "treatment", 1),
    calls("no-price", "control", 50, { model: "in-house-1", provider: "openai" }),
    calls("no-price", "treatment", 50, { model: "in-house-1", provider: "openai" }),
    calls("free", "control", 50, { model: "in-house-1", provider: "vllm" }),
    calls("free", "treatment", 50, { model: "in-house-1", provider: "vllm" }),
    calls("nobody", "control", 50, { user: "" }),
    calls("nobody", "treatment", 50, { user: "" }),
    calls("early", "control", 50, { days: 3 }),
    calls("early", "treatment", 50, { days: 3, output_tokens: 5000 }),
    calls("no-variant", "", 50));
  const unknown = toll(["experiment", "--data", dir, "onevariant"]);
  assert.notEqual(unknown.code, 0);
  assert.match(unknown.err, /no experiment 'onevariant' .* early, free, no-price/);
  const noVariant = toll(["experiment", "--data", dir, "no-variant"]);
  assert.match(noVariant.err, /name no variant/);
  for (const [name, verdict, words] of [
    ["one-variant", "one_variant", /nothing to compare/],
    ["one-user", "too_few_units", /Too few users/],
    ["no-price", "no_cost", /No call of this experiment has a price/],
    ["free", "no_cost", /No call of this experiment costs anything/],
    ["nobody", "no_units", /No call names a user or a customer/],
    ["early", "too_early", /3\.0 of 7 days/],
  ]) {
    const report = ask(dir, name);
    assert.equal(report.verdict, verdict, name);
    assert.match(report.sentence, words);
    assert.equal(report.cheapest, null);
    tollOk(["experiment", "--data", dir, name]);
  }
});

test("units that went astray, or have two variants, are told", (t) => {
  const dir = load(t,
    calls("lost", "control", 1650), calls("lost", "treatment", 1350, { output_tokens: 1 }),
    calls("mixed", "control", 100),
    calls("mixed", "treatment", 100),
    calls("mixed", "treatment", 5, { first: 1000 }).map((e, i) => ({ ...e, user: `control-${i % 5}` })),
    calls("astray", "control", 40), calls("astray", "treatment", 40),
    calls("astray", "control", 10, { first: 500, user: "" }),
    calls("astray", "", 2));
  const lost = ask(dir, "lost");
  assert.equal(lost.sample_ratio, "mismatch");
  assert.equal(lost.cheapest, null);
  assert.match(lost.sentence, /^No winner can be named: users went 1,650 to control/);
  assert.equal(of(lost, "cost_per_user").verdict, "no verdict");

  const mixed = ask(dir, "mixed");
  assert.equal(mixed.users_in_several, 5);
  assert.ok(mixed.notes.some((n) => /2\.5 % of users had more than one variant/.test(n)));

  const astray = ask(dir, "astray");
  assert.ok(astray.notes.some((n) => /^30 calls name no user/.test(n)), astray.notes.join("\n"));
  assert.ok(astray.notes.some((n) => /^6 calls of the experiment name no variant/.test(n)));
});

test("a split that changed on the way is told, one that did not is not", (t) => {
  const half = (name, variant, n, first, late) => calls(name, variant, n, { first, days: 7 })
    .map((e) => ({ ...e, id: `${e.id}-${late}`, ts: new Date(Date.parse(e.ts) + (late ? 7 * DAY : 0)).toISOString() }));
  const dir = load(t,
    // 50 to 50 in the first week, 80 to 20 in the second; as many as meant in all of "even".
    half("ramp", "control", 200, 0, false), half("ramp", "treatment", 200, 0, false),
    half("ramp", "control", 60, 1000, true), half("ramp", "treatment", 240, 1000, true),
    half("even", "control", 200, 0, false), half("even", "treatment", 200, 0, false),
    half("even", "control", 150, 1000, true), half("even", "treatment", 150, 1000, true),
    // Who came in the first week comes again: the same units, not others.
    half("back", "control", 200, 0, false), half("back", "treatment", 200, 0, false),
    half("back", "control", 200, 0, true), half("back", "treatment", 40, 0, true),
    calls("few", "control", 15), calls("few", "treatment", 15));
  const ramp = ask(dir, "ramp");
  assert.equal(ramp.split_over_time, "changed");
  assert.equal(ramp.split_changed_on, "2026-10-12");
  assert.match(ramp.notes.join("\n"), /users that came until 2026-10-12 50 % had (control|treatment), of those since then (20|80) %/);
  for (const name of ["even", "back"]) {
    const r = ask(dir, name);
    assert.equal(r.split_over_time, "steady", name);
    assert.equal(r.split_changed_on, undefined);
    assert.ok(!r.notes.some((n) => /split changed/.test(n)));
  }
  assert.equal(ask(dir, "few").split_over_time, null);
});

test("customers are the units where no users are known, or when asked", (t) => {
  const by = (variant) => calls("x", variant, 60).map((e, i) => ({
    ...e, user: undefined, customer: `${variant}-shop-${i % 30}` }));
  const dir = load(t, by("control"), by("treatment"));
  const report = ask(dir, "x");
  assert.equal(report.unit, "customer");
  assert.equal(report.customers_in_several, 0);
  assert.equal(report.variants[0].customers, 30);
  assert.ok(of(report, "cost_per_customer"));
  assert.equal(toll(["experiment", "--data", dir, "x", "--unit", "shop"]).code, 2);
  assert.match(toll(["experiment", "--data", dir, "x", "--control", "treatmet"]).err, /did you mean treatment/);
  assert.equal(ask(dir, "x", "--control", "treatment").control, "treatment");
  assert.match(toll(["experiment", "--data", dir, "x", "--split", "control:1"]).err, /split must be like/);
});

test("what is registered is held to, and outlives the rollout", (t) => {
  const after = calls("x", "treatment", 90, { days: 28, feature: "draft" })
    .map(({ experiment, variant, ...e }, i) => ({ ...e, id: `after-${i}`,
      ts: new Date(Date.parse(e.ts) + 21 * DAY).toISOString() }));
  const dir = load(t,
    calls("x", "control", 270, { days: 21, feature: "draft" }),
    calls("x", "treatment", 30, { days: 21, feature: "draft", output_tokens: 900 }), after);
  const config = join(dir, "toll.yaml");
  writeFileSync(config, `experiments:
  x: {feature: draft, start: 2026-10-06, end: 2026-10-20, rolled_out: treatment,
      split: {control: 9, treatment: 1, third: 1}}
  later: {feature: draft}
`);
  const report = ask(dir, "x", "--config", config);
  assert.equal(report.feature, "draft");
  assert.equal(report.status, "rolled out");
  assert.equal(report.rolled_out_on, "2026-10-20");
  assert.equal(report.days, 14);
  assert.equal(report.sample_ratio, "ok");
  // Six days with the name (of 900 calls in 21), the rest without.
  assert.ok(Math.abs(report.requests_since - 270 - (900 * 6) / 21) < 3);
  assert.ok(report.notes.some((n) => /third is registered and has no call/.test(n)));
  assert.ok(report.notes.some((n) => /planned end has come/.test(n)));

  const list = JSON.parse(tollOk(["experiment", "--data", dir, "--json", "--config", config]));
  assert.deepEqual(list.experiments.map((e) => [e.experiment, e.status]),
    [["x", "rolled out"], ["later", "registered"]]);
  assert.match(ask(dir, "later", "--config", config).sentence, /^later is registered, but no call/);
});

test("a score is a number, and a share of users percent", (t) => {
  const text = (value) => {
    const dir = load(t,
      calls("x", "control", 40, { feature: "draft" }),
      calls("x", "treatment", 40, { feature: "draft" }));
    const file = join(dir, "outcomes.ndjson");
    writeFileSync(file, ["control", "treatment"].flatMap((variant) =>
      Array.from({ length: 40 }, (_, i) => JSON.stringify({ name: "rating", value,
        ts: new Date(START + DAY).toISOString(), user: `${variant}-${i}`, experiment: "x" }))).join("\n"));
    tollOk(["import", "--data", dir, "--format", "outcomes", file]);
    return tollOk(["experiment", "x", "--data", dir, "--format", "markdown"]);
  };
  assert.match(text(4.5), /\| control \| rating \| 40 \| 180\.0 \| 4\.5 \|/);
  assert.match(text(1), /\| control \| rating \| 40 \| 40\.0 \| 100\.0 % \|/);
});

test("what came of it is held against what it cost", async (t) => {
  const dir = load(t,
    calls("x", "control", 300, { feature: "draft" }),
    calls("x", "treatment", 300, { feature: "draft", output_tokens: 2000 })
      .map((e, i) => ({ ...e, run: i === 2 ? "run-7" : i === 5 || i === 6 ? "run-of-two" : "" })),
    [{ ...calls("y", "", 1)[0], experiment: "", run: "run-elsewhere" }]);
  const server = await serve(t, dir);
  // A third of control's users, two thirds of treatment's; some nameless.
  const outcomes = ["control", "treatment"].flatMap((variant, v) =>
    Array.from({ length: 300 }, (_, i) => i).filter((i) => i % 3 <= v).map((i) => ({
      id: `${variant}-${i}`, ts: new Date(START + DAY).toISOString(), name: "resolved",
      user: `${variant}-${i}`, experiment: "x" })));
  // Of the run of a call, in which it also finds its user; of a run of no trial; of one of two users.
  outcomes.push(...["run-7", "run-elsewhere", "run-of-two"].map((run) => ({
    id: run, ts: new Date(START + 2 * DAY).toISOString(), name: "resolved", run })));
  outcomes.push({ id: "nobody", ts: new Date(START + DAY).toISOString(), name: "resolved", experiment: "x" });
  outcomes.push({ id: "other", ts: new Date(START + DAY).toISOString(), name: "resolved", user: "control-2" });
  const r = await fetch(`${server.url}/v1/outcomes`, { method: "POST", body: JSON.stringify(outcomes) });
  assert.equal((await r.json()).accepted, outcomes.length);
  const report = await until(async () => {
    const { json } = await get(server.url, "/api/experiments/x");
    return json.outcomes && json;
  }, "outcomes show");
  assert.deepEqual(report.outcomes.map((o) => [o.variant, o.with_it, o.value]),
    [["control", 100, 100], ["treatment", 201, 201]]);
  const cost = Number(report.variants[0].cost);
  assert.ok(Math.abs(Number(report.outcomes[0].cost_per_outcome) * 100 / cost - 1) < 1e-9);
  const [against] = report.outcome_comparisons;
  assert.ok(Math.abs(against.value_each - 101 / 300) < 1e-9);
  assert.ok(against.value_low > 0);
  assert.equal(against.verdict, "trade-off");
  assert.ok(Number(against.one_more_low) > 0);
  assert.ok(Number(against.one_more_low) < Number(against.cost_of_one_more));
  assert.ok(report.notes.some((n) => /^1 outcome names no user and is left out/.test(n)), report.notes.join("\n"));
  await server.stop();
});
