// toll review: one week of the demo company on a page, held against the other
// insights and against plain questions.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { event, freshDir, tollOk, toll } from "./toll.mjs";

let dir;
before(() => {
  dir = mkdtempSync(join(tmpdir(), "toll-review-"));
  tollOk(["demo", "--data", dir, "--end", "2026-11-23", "--events", "60000"]);
});
after(() => rmSync(dir, { recursive: true, force: true }));

const json = (args) => JSON.parse(tollOk([...args, "--data", dir, "--json"]));
const review = (...args) => json(["review", ...args]);
const week = ["--week", "2026-W47"]; // 16 to 22 November 2026

test("the totals are those of a query, the parts those of the insights", () => {
  const r = review(...week);
  const q = json(["query", "--metrics", "cost,requests,users", "--from", "2026-11-16", "--to", "2026-11-23"]);
  const b = json(["query", "--metrics", "cost", "--from", "2026-11-09", "--to", "2026-11-16"]);
  assert.equal(r.cost, q.totals.cost);
  assert.equal(r.cost_before, b.totals.cost);
  assert.equal(Number(r.change).toFixed(9), (Number(r.cost) - Number(r.cost_before)).toFixed(9));
  assert.equal(r.title, "Week 2026-W47, 2026-11-16 to 2026-11-22");
  assert.match(r.sentence, /^The week cost \$[\d,.]+, [+-]\$[\d,.]+ \([+-]?[\dx.]+( %)?\) against the week before\. /);
  const movers = json(["movers", "--from", "2026-11-16", "--to", "2026-11-23", "--vs", "2026-11-09..2026-11-16"]);
  assert.deepEqual(r.movers.map((m) => m.why), movers.rows.slice(0, 5).map((m) => m.sentence));
  const shares = r.features.reduce((s, f) => s + f.share, 0);
  assert.ok(shares > 0.95 && shares < 1.0000001);
  assert.equal(r.features[0].owner, "support-ai");
  assert.ok(Math.abs(r.models.reduce((s, m) => s + Number(m.cost), 0) - Number(r.cost)) < 1e-6);
});

test("three actions with owners and dollars, and what became of those before", () => {
  const r = review(...week);
  assert.ok(r.actions.length >= 1 && r.actions.length <= 3);
  for (const a of r.actions) {
    assert.ok(a.owner && a.action && Number(a.saves_a_month) > 0, JSON.stringify(a));
  }
  for (const a of r.last_actions) {
    assert.ok(Number(a.expected_a_week) < 0);
    assert.match(a.became, /^(done|begun|not yet|worse)$/);
  }
  assert.equal(r.experiments.length, 2);
  for (const x of r.experiments) assert.ok(x.verdict.length > 10);
  assert.ok(r.dear_customers.length > 0);
  assert.ok(r.coverage.length > 0);
});

test("the alerts of the week are on it", () => {
  const r = review(...week);
  const { alerts } = json(["alerts", "--all"]);
  const from = Date.parse("2026-11-16");
  const to = Date.parse("2026-11-23");
  const own = alerts.filter((a) => Date.parse(a.opened) < to && !(a.closed && Date.parse(a.closed) < from));
  assert.ok(own.some((a) => a.cause === "input_tokens" || a.cause === "requests_per_workflow"), "none of the demo's");
  assert.deepEqual(r.alerts.map((a) => a.alert).sort(), own.map((a) => a.sentence).sort());
  // A filter is not theirs.
  assert.equal(review(...week, "--where", "feature:reply-draft").alerts, undefined);
});

test("every form says it, and the page needs nothing else", () => {
  const html = tollOk(["review", ...week, "--data", dir, "--format", "html"]);
  assert.match(html, /<h2>What to do next<\/h2>/);
  assert.doesNotMatch(html, /https?:|<script/);
  const slack = JSON.parse(tollOk(["review", ...week, "--data", dir, "--format", "slack"]));
  assert.ok(slack.blocks.length > 5 && slack.blocks.length <= 50);
  assert.match(tollOk(["review", ...week, "--data", dir, "--format", "markdown"]), /## What moved/);
  assert.match(tollOk(["review", ...week, "--data", dir]), /## Customers dear to serve/);
});

test("weeks are ISO's, wrong ones are told", () => {
  assert.equal(review("--week", "2026-W01").title, "Week 2026-W01, 2025-12-29 to 2026-01-04");
  assert.match(review("--week", "2026-W01").sentence, /nothing to review/);
  assert.equal(review("--week", "2026-W53").title, "Week 2026-W53, 2026-12-28 to 2027-01-03");
  for (const [wrong, said] of [["2026-47", /like 2026-W47/], ["2025-W53", /2025 has no week 53/], ["2026-W00", /no week 0/]]) {
    const r = toll(["review", "--data", dir, "--week", wrong]);
    assert.equal(r.code, 2);
    assert.match(r.err, said);
  }
  assert.match(review("--week", "2026-W36").sentence, /no week before|against the week before|nothing to review/);
});

test("a filter holds for all of it; an empty ledger says so", (t) => {
  const r = review(...week, "--where", "feature:search-answer");
  assert.deepEqual(r.features.map((f) => f.name), ["search-answer"]);
  for (const a of r.actions) assert.equal(a.feature, "search-answer");
  const empty = JSON.parse(tollOk(["review", "--data", join(freshDir(t), "d"), "--json"]));
  assert.match(empty.sentence, /nothing to review/);
});

const DAY = 86400000;
const monday = (Math.floor((Date.now() / DAY + 3) / 7) * 7 - 3) * DAY;
/** "2026-W47" of the week that begins at this Monday. */
function weekOf(ms) {
  const year = new Date(ms + 3 * DAY).getUTCFullYear();
  const jan4 = Date.UTC(year, 0, 4);
  const first = (Math.floor((jan4 / DAY + 3) / 7) * 7 - 3) * DAY;
  return `${year}-W${String((ms - first) / (7 * DAY) + 1).padStart(2, "0")}`;
}
function reviewOf(t, events, week) {
  const home = freshDir(t);
  const file = join(home, "e.ndjson");
  writeFileSync(file, events.map((e) => JSON.stringify(e)).join("\n"));
  tollOk(["import", "--data", join(home, "d"), file]);
  return JSON.parse(tollOk(["review", "--data", join(home, "d"), "--json", "--week", week]));
}

test("a week that is not over is held against the same part of the one before", (t) => {
  const now = Date.now();
  const at = (i, ms) => event(i, { ts: new Date(ms).toISOString(), input_tokens: 1000000, output_tokens: 1 });
  const events = [
    at(1, Math.max(monday, now - 60000)),
    at(2, Math.max(monday - 7 * DAY, now - 7 * DAY - 60000)),
    at(3, Math.min(monday - 1000, now - 7 * DAY + DAY / 8)), // after this time of the week
  ];
  const r = reviewOf(t, events, weekOf(monday));
  assert.equal(r.cost_before, r.cost, "one call each");
  assert.match(r.sentence, /^The week so far cost .* against the same part of the week before\./);
  assert.match(r.notes.join(" "), /not over: it counts up to now/);
  const next = reviewOf(t, events, weekOf(monday + 7 * DAY));
  assert.match(next.sentence, /has not begun/);
});

test("a week without prices cost nobody knows what", (t) => {
  const own = { provider: "inhouse", model: "own" };
  const r = reviewOf(t, [
    event(1, { ...own, ts: "2026-11-18T12:00:00Z" }),
    event(2, { ...own, ts: "2026-11-11T12:00:00Z" }),
  ], "2026-W47");
  assert.match(r.sentence, /^None of the week's calls has a price, so what it cost is not known/);
  assert.deepEqual([r.cost, r.cost_before, r.change], [null, null, null]);
});

test("what has no price costs nobody knows what, beside what has one", (t) => {
  const size = { input_tokens: 1000000, output_tokens: 1 };
  const own = { provider: "inhouse", model: "own", ...size };
  const priced = { provider: "openai", model: "gpt-4o-mini", ...size };
  const now = "2026-11-18T12:00:00Z";
  const before = "2026-11-11T12:00:00Z";
  const r = reviewOf(t, [
    event(1, { ...own, feature: "dark", ts: now }),
    event(2, { ...own, feature: "mixed", ts: now }),
    event(3, { ...priced, feature: "mixed", ts: now }),
    event(4, { ...priced, feature: "fresh", ts: now }),
    event(5, { ...own, feature: "fresh", ts: before }),
    event(6, { ...priced, feature: "mixed", ts: before }),
  ], "2026-W47");
  const rows = (list) => Object.fromEntries(list.map(({ name, cost, change, share, share_before: was }) =>
    [name, [cost, change, share, was]]));
  const each = (Number(r.cost) / 2).toFixed(12);
  assert.deepEqual(rows(r.models).own, [null, null, null, null]);
  assert.deepEqual(rows(r.models)["gpt-4o-mini"], [r.cost, r.change, 1, 1]);
  const features = rows(r.features);
  assert.deepEqual(features.dark, [null, null, null, 0], "before it was not there, and cost nothing");
  assert.deepEqual(features.fresh, [each, null, 0.5, null], "what it cost before is not known");
  assert.deepEqual(features.mixed, [each, "0.000000000000", 0.5, 1], "what of it has a price");
});

test("an experiment that cannot be compared does not take the review with it", (t) => {
  const at = (i, more) => event(i, { ts: "2026-11-18T12:00:00Z", model: "gpt-4o-mini", user: `u${i}`, ...more });
  const r = reviewOf(t, [
    at(1, { experiment: "bare" }),
    ...Array.from({ length: 17 }, (_, i) => at(10 + i, { experiment: "many", variant: `v${i}` })),
    at(50, { experiment: "two", variant: "a", user: "", provider: "inhouse", model: "own" }),
    at(51, { experiment: "two", variant: "b", user: "", provider: "inhouse", model: "own" }),
  ], "2026-W47");
  assert.deepEqual(r.experiments.map((x) => [x.experiment, x.status]),
    [["bare", "one variant"], ["many", "running"], ["two", "running"]]);
  assert.match(r.experiments[0].verdict, /^Its calls name no variant/);
  assert.match(r.experiments[1].verdict, /^It has more than 16 variants; toll experiment many/);
  assert.match(r.experiments[2].verdict, /has a price/);
  assert.equal(r.experiments[2].cost, null, "not known, and not 0");
});
