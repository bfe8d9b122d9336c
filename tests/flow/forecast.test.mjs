// The forecast of a month: of ledgers whose answer is known, of the demo
// company as it stood before the month was over, and of too little.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { event, freshDir, get, serve, toll, tollOk } from "./toll.mjs";

const DAY = 86_400_000;

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
const forecast = (data, ...args) =>
  JSON.parse(tollOk(["forecast", "--data", data, "--json", ...args]));

/** `calls` a day, spread over the day, from `from` for so many days. */
function steady(from, days, calls, more = {}) {
  const start = Date.parse(from);
  return Array.from({ length: days * calls }, (_, i) => ({
    id: `${more.feature ?? ""}${i}`,
    ts: new Date(start + (i * DAY) / calls).toISOString(),
    model: "gpt-4o-mini", input_tokens: 1_000_000, output_tokens: 0, ...more,
  }));
}
const PER_CALL = 0.15;
const near = (text, dollars, share = 1e-9) =>
  assert.ok(Math.abs(Number(text) - dollars) <= share * dollars, `${text}, not ${dollars}`);

test("a steady ledger goes on as it was", (t) => {
  const data = ledger(t, steady("2026-01-01", 70, 24));
  const r = forecast(data, "--at", "2026-03-11T06:00:00Z", "--budget", "100", "--backtest");
  const day = 24 * PER_CALL;
  assert.equal(r.month, "2026-03");
  near(r.so_far, 10.25 * day + PER_CALL); // the call at six is over
  near(r.expected, 31 * day, 0.01);
  near(r.run_rate, 31 * day, 0.01);
  assert.ok(Number(r.low) < Number(r.expected) && Number(r.expected) < Number(r.high));
  assert.ok(Number(r.low) >= Number(r.so_far));
  assert.equal(r.days.length, 31);
  assert.equal(r.days[9].actual, "3.600000000000");
  assert.equal(r.days[9].forecast, null);
  assert.equal(r.days[30].actual, null);
  assert.equal(r.days[30].month_so_far, r.expected);
  // 100 dollars are 27.8 days of 3.60.
  assert.equal(r.breach_date, "2026-03-28");
  assert.ok(r.breach_probability > 0.9);
  assert.deepEqual(r.backtest.map((b) => b.day), [3, 7, 10, 15, 20, 25]);
  for (const b of r.backtest) assert.ok(b.error < 1e-6 && b.interval_held === 1);
  assert.match(r.sentence, /^2026-03 will come to about \$111\.\d\d \(80 %: \$/);

  const wide = forecast(data, "--at", "2026-03-11T06:00:00Z", "--level", "95");
  assert.ok(Number(wide.high) > Number(r.high) && Number(wide.low) < Number(r.low));
  const safe = forecast(data, "--at", "2026-03-11T06:00:00Z", "--budget", "500");
  assert.equal(safe.breach_date, null);
  assert.ok(safe.breach_probability < 0.01);
  const gone = forecast(data, "--at", "2026-03-11T06:00:00Z", "--budget", "10");
  assert.equal(gone.breach_date, "2026-03-03");
  assert.equal(gone.breach_probability, 1);
});

test("months to come and months gone", (t) => {
  const data = ledger(t, steady("2026-01-01", 70, 24));
  const at = ["--at", "2026-03-11T00:00:00Z"];
  const next = forecast(data, ...at, "--month", "2026-04");
  near(next.expected, 30 * 24 * PER_CALL, 0.01);
  assert.equal(Number(next.so_far), 0);
  assert.equal(next.run_rate, null);
  const gone = forecast(data, ...at, "--month", "2026-02");
  near(gone.so_far, 28 * 24 * PER_CALL);
  assert.match(gone.sentence, /is over: it came to \$100\.80/);
  for (const wrong of ["2026-13", "soon", "2027-01", "2024-01"]) {
    assert.equal(toll(["forecast", "--data", data, ...at, "--month", wrong]).code, 2, wrong);
  }
  assert.equal(toll(["forecast", "--data", data, "--at", "2199-01-01"]).code, 2);
  assert.equal(toll(["forecast", "--data", data, "--level", "100"]).code, 2);
  assert.equal(toll(["forecast", "--data", data, "--by", "feature,model"]).code, 2);
});

test("each feature apart, and the total on its own", (t) => {
  const data = ledger(t, [
    ...steady("2026-01-01", 70, 24, { feature: "old" }),
    ...steady("2026-02-20", 20, 12, { feature: "new" }),
  ]);
  const r = forecast(data, "--at", "2026-03-12T00:00:00Z", "--by", "feature");
  assert.deepEqual(r.scopes.map((s) => s.name), ["old", "new"]);
  near(r.scopes[0].expected, 31 * 24 * PER_CALL, 0.01);
  near(r.scopes[1].expected, 31 * 12 * PER_CALL, 0.02);
  near(r.sum_of_scopes, 31 * 36 * PER_CALL, 0.02);
  assert.ok(r.notes.some((n) => n.includes("not as the sum")));
  const one = forecast(data, "--at", "2026-03-12T00:00:00Z", "--where", "feature:new");
  near(one.expected, Number(r.scopes[1].expected), 0.02);
});

test("of many features the dearest are forecast, not the newest", (t) => {
  const data = ledger(t, [
    ...steady("2026-03-01", 20, 4, { feature: "dear" }),
    ...Array.from({ length: 70 }, (_, i) =>
      steady("2026-03-20T12:00:00Z", 1, 1, { feature: `f${i}`, input_tokens: 1000 + i })).flat(),
  ]);
  const r = forecast(data, "--at", "2026-03-21T12:00:00Z", "--by", "feature");
  assert.equal(r.scopes.length, 64);
  near(r.scopes.find((s) => s.name === "dear").so_far, 80 * PER_CALL);
  assert.ok(!r.scopes.some((s) => s.name === "f0"), "the cheapest");
  assert.match(r.notes.join(" "), /Only the 64 that cost most/);
});

test("days that were not recorded are not days without cost", (t) => {
  const kept = steady("2026-01-01", 70, 24).filter((e) =>
    !["2026-02-17", "2026-03-04"].includes(e.ts.slice(0, 10)));
  const r = forecast(ledger(t, kept), "--at", "2026-03-12T00:00:00Z");
  near(r.to_come, 20 * 24 * PER_CALL, 0.01);
  assert.ok(r.notes.some((n) => /^2 days without any call/.test(n)));
});

test("too little says what it lacks", (t) => {
  const at = ["--at", "2026-03-12T00:00:00Z"];
  const none = forecast(ledger(t, []), ...at);
  assert.match(none.sentence, /no calls/);
  const one = ledger(t, [event(1, { ts: "2026-03-11T23:00:00Z" })]);
  const r = forecast(one, ...at, "--backtest", "--by", "feature", "--budget", "1");
  assert.ok(Number(r.expected) > 0);
  assert.ok(r.notes.some((n) => /Only 1 whole days? (is|are) known/.test(n)));
  assert.ok(r.notes.some((n) => n.includes("back-test needs 60")));
  const today = forecast(one, "--at", "2026-03-11T23:30:00Z");
  assert.match(today.sentence, /of today/);
  const unpriced = ledger(t, Array.from({ length: 40 }, (_, i) =>
    event(i, { ts: new Date(Date.parse("2026-02-01") + i * DAY).toISOString(), provider: "ours", model: "our-own-7" })));
  assert.match(forecast(unpriced, ...at).sentence, /None of the 40 calls has a price/);
  const free = forecast(ledger(t, [event(1, { ts: "2026-03-10T23:00:00Z", input_tokens: 0, output_tokens: 0 })]), ...at);
  assert.match(free.sentence, /cost anything/);
  assert.equal(free.so_far, "0.000000000000");
});

test("the demo company's month, foretold on its tenth day", async (t) => {
  const data = join(freshDir(t), "data");
  tollOk(["demo", "--data", data, "--end", "2026-03-01", "--events", "60000"]);
  const r = forecast(data, "--at", "2026-02-11T00:00:00Z", "--by", "feature", "--backtest");
  const actual = JSON.parse(tollOk(["query", "--data", data, "--json", "--metrics", "cost",
    "--from", "2026-02-01", "--to", "2026-03-01"])).totals.cost;
  assert.ok(Math.abs(r.expected / actual - 1) < 0.25, `${r.expected} of ${actual}`);
  assert.ok(r.scopes.length > 5);
  assert.ok(Math.abs(r.sum_of_scopes / r.expected - 1) < 0.2);
  assert.ok(r.backtest.length === 6 && r.backtest[0].blocks >= 1);
  const server = await serve(t, data);
  const answer = await get(server.url, "/api/forecast?by=feature&backtest=1&at=2026-02-11T00:00:00Z");
  assert.deepEqual(answer.json, r);
  const text = tollOk(["forecast", "--data", data, "--at", "2026-02-11T00:00:00Z"]);
  assert.match(text, /2026-02 will come to about/);
});

test("what the month comes to as is, and if calls cost what they did", (t) => {
  const at = ["--at", "2026-03-11T00:00:00Z"];
  const per = { input_tokens: 2_000_000 };
  const before = [...steady("2026-01-01", 69, 24, { feature: "a" }), ...steady("2026-01-01", 60, 24, { feature: "b" })];
  const more = (days, extra = {}) => steady("2026-03-02", days, 24, { feature: "b", ...extra })
    .map((e) => ({ ...e, id: `more${e.id}` }));

  // b costs twice as much since March 2: 7.20 of 10.80 a day are b's, half of that is new.
  const r = forecast(ledger(t, [...before, ...more(9, per)]), ...at);
  assert.deepEqual(r.open.map((o) => [o.feature, o.since]), [["b", "2026-03-02"]]);
  near(r.open[0].cost_per_request_before, 0.15);
  near(r.open[0].cost_per_request, 0.3);
  near(r.open[0].to_come, Number(r.to_come) / 3, 1e-6);
  near(r.expected_if_fixed, Number(r.expected) - Number(r.to_come) / 3, 1e-6);
  assert.match(r.if_fixed_said, /about \$[\d.]+: those of b since 2026-03-02 cost more/);

  // Already undone; more calls, each as cheap as before; cheaper ones.
  const undone = [...more(6, per), ...steady("2026-03-08", 3, 24, { feature: "b" }).map((e) => ({ ...e, id: `u${e.id}` }))];
  const traffic = [...more(9), ...more(9).map((e) => ({ ...e, id: `x${e.id}` }))];
  for (const after of [undone, traffic, more(9, { input_tokens: 500_000 })]) {
    const same = forecast(ledger(t, [...before, ...after]), ...at);
    assert.equal(same.open, undefined);
    assert.equal(same.expected_if_fixed, undefined);
  }
});
