// The plan of a launch, reckoned by hand to the last pico-dollar, and its
// guardrail as configuration.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { event, freshDir, toll, tollOk } from "./toll.mjs";
import { micro, times } from "./reckon.mjs";

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
const plan = (data, args) => JSON.parse(tollOk(["plan", "--data", data, "--json", ...args]));
const stated = ["--name", "help", "--input-tokens", "3000", "--output-tokens", "400",
  "--cache-share", "50", "--users", "2000", "--requests-per-user-day", "3"];
const CALL = 1500 * 0.15 + 1500 * 0.075 + 400 * 0.6; // gpt-4o-mini

test("stated tokens: users x adoption x requests x price, exactly", (t) => {
  const data = ledger(t, []);
  const r = plan(data, [...stated, "--adoption", "10..30",
    "--model", "gpt-4o-mini,gpt-4o", "--price-per-user-month", "2"]);
  const [mini, big] = r.models;
  assert.equal(mini.cost_per_request, micro(CALL));
  // 2,000 users, 3 a day, 30.4375 days: 182,625 requests if all took it up.
  assert.equal(mini.low, times(CALL, 1826250, 100));
  assert.equal(mini.expected, times(CALL, 3652500, 100));
  assert.equal(mini.high, times(CALL, 5478750, 100));
  assert.equal(big.cost_per_request, micro(1500 * 2.5 + 1500 * 1.25 + 400 * 10));
  assert.deepEqual(r.cases.map((c) => c.users), [200, 400, 600]);
  assert.deepEqual(r.cases.map((c) => c.requests_per_month), [18262, 36525, 54788]);
  const perUser = (CALL * 3 * 30.4375) / 1e6;
  assert.ok(Math.abs(r.break_even[0].margin_expected - (1 - perUser / 2)) < 1e-9);
  assert.ok(Math.abs(r.break_even[0].break_even_requests_per_user_day -
    2 / ((CALL / 1e6) * 30.4375)) < 1e-9);
  assert.match(r.notes.join(" "), /low and high come from adoption alone/);
});

test("a like feature gives tokens, rate and spread", (t) => {
  const events = [];
  const perUserCalls = { u1: 14, u2: 28, u3: 42, u4: 140 }; // 14 days: 1, 2, 3, 10
  for (const [user, n] of Object.entries(perUserCalls)) {
    for (let i = 0; i < n; i++) {
      events.push(event(`${user}-${i}`, {
        user, feature: "old", ts: `2026-11-${String(1 + (i % 14)).padStart(2, "0")}T08:00:00Z`,
        input_tokens: 2000, output_tokens: i % 2 === 0 ? 100 : 300 }));
    }
  }
  const data = ledger(t, events);
  const r = plan(data, ["--name", "new", "--like", "old", "--users", "100",
    "--adoption", "50", "--model", "gpt-4o", "--from", "2026-11-01", "--to", "2026-11-15",
    "--price-per-user-month", "1"]);
  const call = 2000 * 2.5 + 200 * 10;
  assert.equal(r.models[0].cost_per_request, micro(call));
  assert.deepEqual(r.cases.map((c) => c.requests_per_user_day), ["1.000", "4.000", "4.000"]);
  assert.equal(r.models[0].expected, times(call, 50 * 4 * 304375, 10000));
  assert.equal(r.models[0].low, times(call, 50 * 304375, 10000));
  assert.equal(r.like_users, 4);
  assert.equal(r.input_tokens_per_request, 2000);
  // A dollar a month is 4.69 requests a day: one user of four makes more.
  assert.equal(r.break_even[0].users_above_the_price, 0.25);
  assert.match(r.sentence, /On gpt-4o new would cost/);
});

test("the guardrail is configuration that toll reads", (t) => {
  const dir = freshDir(t);
  const r = plan(join(dir, "data"), [...stated, "--name", 'he"lp: \\x', "--adoption", "25",
    "--model", "gpt-4o,gpt-4o-mini"]);
  assert.equal(r.guardrail, [
    "budgets:",
    '  - name: "he\\"lp: \\\\x-month"',
    '    where: {feature: "he\\"lp: \\\\x"}',
    "    period: month",
    `    limit: ${Math.ceil(((1500 * 2.5 + 1500 * 1.25 + 400 * 10) / 1e6) * 45656.25)}`,
    "    at:",
    "      - {percent: 80, do: notify}",
    '      - {percent: 100, do: fallback, model: "gpt-4o-mini"}',
    "      - {percent: 120, do: block}",
    "",
  ].join("\n"));
  const file = join(dir, "toll.yaml");
  writeFileSync(file, r.guardrail);
  const checked = toll(["check-config", "--config", file]);
  assert.equal(checked.code, 0, checked.err);
  const one = plan(join(dir, "data"), [...stated, "--adoption", "25", "--model", "gpt-4o"]);
  assert.doesNotMatch(one.guardrail, /fallback/);
  assert.match(one.notes.join(" "), /has no fallback/);
});

test("what is lacking is said, and wrong input refused", (t) => {
  const data = ledger(t, []);
  const like = ["--name", "n", "--like", "old", "--users", "10", "--adoption", "5"];
  assert.match(plan(data, like).sentence, /no calls of old in this range to plan by/);
  const some = ledger(t, [event(1, { feature: "old", model: "gpt-4o" })]);
  const range = ["--from", "2026-11-01", "--to", "2026-11-02"];
  for (const [args, words] of [
    [["--like", "old"], /name=NAME/],
    [["--name", "n", "--users", "5", "--adoption", "5", "--model", "gpt-4o"], /like=FEATURE, or input_tokens/],
    [[...like, "--input-tokens", "5"], /leave out input_tokens/],
    [[...like, ...range], /name no users; say requests_per_user_day/],
    [["--name", "n", "--like", "odl", "--users", "10", "--adoption", "5", ...range], /did you mean old\?/],
    [[...stated, "--adoption", "30..10", "--model", "gpt-4o"], /adoption must be/],
    [[...stated, "--model", "gpt-4o"], /adoption must be/],
    [[...stated, "--adoption", "30"], /on which models/],
    [[...stated, "--adoption", "30", "--model", "gtp-4o"], /did you mean gpt-4o/],
    [[...stated, "--adoption", "30", "--model", "gpt-4o", "--users", "0"], /users must be a whole number from 1/],
    [[...stated, "--adoption", "30", "--model", "gpt-4o", "--price-per-user-month", "x"], /amount in dollars/],
  ]) {
    const r = toll(["plan", "--data", some, ...args]);
    assert.notEqual(r.code, 0, args.join(" "));
    assert.match(r.err, words);
  }
  // One call, one day, priced or not where it was made.
  const one = plan(some, [...like, ...range, "--requests-per-user-day", "2"]);
  assert.equal(one.models[0].model, "gpt-4o");
  assert.equal(one.like_requests, 1);
  const unpriced = ledger(t, [event(1, { feature: "old", provider: "acme", model: "own" })]);
  const r = toll(["plan", "--data", unpriced, ...like, ...range, "--requests-per-user-day", "2"]);
  assert.match(r.err, /no price for the model own/);
  assert.equal(plan(unpriced, [...like, ...range, "--requests-per-user-day", "2",
    "--model", "gpt-4o"]).like_requests, 1);
});

test("all users of the like feature are its spread, however many", (t) => {
  const ts = new Date(Date.now() - 2 * 86400000).toISOString();
  const data = ledger(t, Array.from({ length: 100012 }, (_, i) => // an answer holds 100,000
    event(i, { ts, feature: "busy", user: i < 11 ? "heavy" : `u${i}` })));
  assert.equal(plan(data, ["--name", "help", "--like", "busy", "--users", "100", "--adoption", "10"]).like_users, 100002);
});
