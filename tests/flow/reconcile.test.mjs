// toll reconcile: what a provider billed beside what toll counted; the
// difference comes in parts that add up to it, to the cent and beyond.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { event, freshDir, get, serve, toll, tollOk } from "./toll.mjs";

// gpt-4o-mini: 0.15 dollars a million of input; gpt-4o: 2.50.
const call = (i, day, model, millions, more = {}) => event(i, {
  ts: `2026-10-${day}T12:00:00Z`, provider: "openai", model, input_tokens: millions * 1_000_000, output_tokens: 0, ...more,
});
const line = (day, amount, more = {}) => ({
  provider: "openai", from: `2026-10-${day}`, to: `2026-10-${String(Number(day) + 1).padStart(2, "0")}`, amount, ...more,
});

function ledger(t, calls, lines, conf = "") {
  const dir = freshDir(t);
  const own = ["--data", join(dir, "data"), "--config", join(dir, "toll.yaml")];
  writeFileSync(join(dir, "toll.yaml"), conf);
  const take = (name, list) => {
    const file = join(dir, name);
    writeFileSync(file, list.map((x) => JSON.stringify(x)).join("\n"));
    tollOk(["import", ...own, file]);
  };
  if (calls.length > 0) take("calls.ndjson", calls);
  if (lines.length > 0) take("lines.ndjson", lines);
  const ask = (...args) => JSON.parse(tollOk(["reconcile", ...own, "--month", "2026-10", "--json", ...args]));
  return { own, dir, take, ask };
}

const pico = (text) => BigInt(text.replace(".", ""));
const sum = (rows, name) => rows.reduce((s, r) => s + pico(r[name]), 0n);
const causes = (r) => Object.fromEntries(r.causes.map((c) => [c.cause, c.usd.replace(/0{10}$/, "")]));

/** What must hold of every answer. */
function check(r) {
  assert.equal(pico(r.invoice) - pico(r.toll), pico(r.difference));
  assert.equal(sum(r.causes, "usd"), pico(r.difference), "the causes add up to the difference");
  assert.equal(sum(r.providers.filter((p) => p.invoice !== null), "unexplained"), pico(r.unexplained));
  return r;
}

test("a bill that agrees says so, whatever the models are called", (t) => {
  const { ask } = ledger(t,
    [call(1, "01", "gpt-4o-mini-2024-07-18", 2), call(2, "02", "gpt-4o", 1), call(3, "02", "gpt-4o", 1, { environment: "test" })],
    [line("01", "0.30", { model: "gpt-4o-mini", line: "gpt-4o-mini, input", charge: "tokens" }), line("02", "5.00", { model: "gpt-4o-2024-08-06", charge: "tokens" })]);
  const r = check(ask());
  assert.equal(r.difference, "0.000000000000");
  assert.match(r.sentence, /openai billed \$5\.30 for 2026-10 and toll counted \$5\.30: they agree\./);
  assert.deepEqual(r.days.map((d) => [d.day, d.invoice, d.difference]), [
    ["2026-10-01", "0.300000000000", "0.000000000000"], ["2026-10-02", "5.000000000000", "0.000000000000"]]);
  assert.match(r.notes.join(" "), /for 2 of 31 days; toll counted \$0\.00/);
});

test("each cause is named with its amount, and they add up", (t) => {
  const { ask, take, own } = ledger(t, [
    call(1, "01", "gpt-4o", 1), // as billed
    call(2, "01", "gpt-4o-mini", 10, { tags: { estimated: "true" } }), // 1.50, billed 1.60
    call(3, "01", "nobody-knows-1", 1), // unpriced, billed 0.70
    call(4, "01", "gpt-4.1", 1), // 2.00, on no line
    call(5, "02", "gpt-4o", 4), // a day without a line
    call(6, "01", "o3", 1), // 2.00, billed 2.25: nothing explains that
  ], [
    line("01", "2.50", { model: "gpt-4o", charge: "tokens" }),
    line("01", "1.60", { model: "gpt-4o-mini", charge: "tokens" }),
    line("01", "0.70", { model: "nobody-knows-1", charge: "tokens" }),
    line("01", "2.25", { model: "o3", charge: "tokens" }),
    line("01", "9.00", { model: "text-embedding-3-large", charge: "tokens" }), // toll saw none
    line("01", "0.05", { line: "code interpreter sessions" }),
    line("01", "0.40", { line: "vector store", charge: "gibibyte_hours" }),
    line("01", "-3.00", { line: "promotional credit" }),
  ]);
  const r = check(ask());
  assert.deepEqual(causes(r), {
    credits: "-3.00", fees: "0.45", unseen_usage: "9.00", not_on_invoice: "-2.00",
    unpriced_calls: "0.70", estimated_calls: "0.10", unexplained: "0.25",
  });
  assert.equal(r.causes.find((c) => c.cause === "estimated_calls").certainty, "at most");
  assert.equal(r.causes.find((c) => c.cause === "unpriced_calls").certainty, "exact");
  assert.equal(r.unexplained, "0.250000000000");
  assert.match(r.sentence, /\$5\.50 more was billed, \$0\.25 of which nothing explains\./);
  assert.match(r.notes.join(" "), /1 of 31 days; toll counted \$10\.00 on the others/);
  // The same lines again, one amount mended: a line counts once.
  take("again.ndjson", [line("01", "2.00", { model: "o3", charge: "tokens" })]);
  assert.equal(check(ask()).unexplained, "0.000000000000");
  assert.match(ask().sentence, /all of it explained/);
  const text = tollOk(["reconcile", ...own, "--month", "2026-10", "--provider", "openai"]);
  assert.match(text, /unseen_usage/);
  assert.match(tollOk(["reconcile", ...own, "--month", "2026-10", "--csv"]), /^provider,cause,usd/);
});

test("searches are held against searches, not against tokens", (t) => {
  const { ask } = ledger(t,
    [event(1, { ts: "2026-10-01T12:00:00Z", provider: "anthropic", model: "claude-sonnet-4-5", input_tokens: 100_000, output_tokens: 0, web_searches: 3 })],
    [{ provider: "anthropic", from: "2026-10-01", to: "2026-10-02", amount: "0.30", model: "claude-sonnet-4-5", charge: "tokens" },
      { provider: "anthropic", from: "2026-10-01", to: "2026-10-02", amount: "0.04", line: "Web Search Usage", charge: "web_search" }]);
  assert.deepEqual(causes(check(ask())), { searches: "0.01" });
});

test("a negotiated discount that the lines do not have is a cause, up to its size", (t) => {
  const conf = "prices: {discounts: [{provider: openai, percent: 20, from: 2026-01-01}]}\n";
  const { ask } = ledger(t, [call(1, "01", "gpt-4o", 4)], [line("01", "10.50", { model: "gpt-4o", charge: "tokens" })], conf);
  const r = check(ask()); // 4 x 2.50 less a fifth is 8
  assert.equal(r.toll, "8.000000000000");
  assert.deepEqual(causes(r), { discounts: "2.00", unexplained: "0.50" });
});

test("days are the provider's; what another zone's clock moves is a cause", (t) => {
  const { ask } = ledger(t, [
    call(1, "31", "gpt-4o", 1, { ts: "2026-10-31T23:30:00Z" }), // November in Berlin
    call(2, "01", "gpt-4o", 2, { ts: "2026-09-30T22:30:00Z" }), // October there
    call(3, "15", "gpt-4o", 4),
  ], [{ provider: "openai", from: "2026-10-01", to: "2026-11-01", amount: "12.50" }], "timezone: Europe/Berlin\n");
  const r = check(ask());
  assert.equal(r.toll, "15.000000000000");
  assert.deepEqual(causes(r), { time_zone: "-2.50" });
  assert.deepEqual(r.days, []);
  assert.match(r.notes.join(" "), /more than a day/);
});

test("totals alone are compared as a whole; a total beside its parts counts once", (t) => {
  const one = ledger(t, [call(1, "01", "gpt-4o", 1), call(2, "03", "nobody-knows-1", 1)],
    [{ provider: "openai", from: "2026-10-01", to: "2026-11-01", amount: "3.00", line: "October" }]);
  const r = check(one.ask());
  assert.deepEqual(causes(r), { unpriced_calls: "0.50" });
  assert.equal(r.causes[0].certainty, "at most");
  assert.equal(r.models[0].invoice, null);
  const two = ledger(t, [call(1, "01", "gpt-4o", 1)], [line("01", "2.50"), line("01", "2.50", { model: "gpt-4o" })]);
  assert.equal(check(two.ask()).difference, "0.000000000000");
  assert.match(two.ask().notes.join(" "), /1 totals of openai are left out/);
});

test("what is not there is said in words", async (t) => {
  const { ask, own } = ledger(t, [call(1, "01", "gpt-4o", 1)],
    [{ provider: "acme", from: "2026-09-15", to: "2026-10-15", amount: "3.00" }]);
  const r = ask();
  assert.match(r.sentence, /no lines of an invoice for 2026-10: import/);
  assert.match(r.notes.join(" "), /1 lines reach out of the month/);
  assert.deepEqual(r.providers, [{ provider: "openai", invoice: null, toll: "2.500000000000", difference: null,
    unexplained: null, share_unexplained: null, days_covered: 0, lines: 0 }]);
  assert.match(ask("--provider", "Mistral").sentence, /of an invoice of mistral/);
  const wrong = toll(["reconcile", ...own, "--month", "October"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /2026-10/);
  const s = await serve(t, freshDir(t));
  assert.match((await get(s.url, "/api/reconcile")).json.sentence, /no lines of an invoice/);
});
