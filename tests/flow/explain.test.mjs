// explain and movers: the demo company's planted incidents are told as what
// they are, lines add up to the last digit, and little data is no trouble.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { countAt, event, freshDir, get, serve, toll, tollOk, until } from "./toll.mjs";

// docs/demo.md, for a history that ends with 2026-11-22.
const company = mkdtempSync(join(tmpdir(), "toll-test-"));
before(() => tollOk(["demo", "--data", company, "--end", "2026-11-23",
  "--events", "80000"]));
after(() => rmSync(company, { recursive: true, force: true }));

const ask = (command, ...args) =>
  JSON.parse(tollOk([command, "--data", company, "--json", ...args]));

/** "12.034500000000" in pico-dollars. */
function pico(usd) {
  assert.match(usd, /^-?\d+\.\d{12}$/);
  return BigInt(usd.replace(".", ""));
}
const sum = (rows, name) => rows.reduce((n, r) => n + pico(r[name]), 0n);
const abs = (n) => (n < 0n ? -n : n);

/** The factor with the largest line, which must hold most of the change. */
function largest(r) {
  return [...r.factors].sort((a, b) =>
    abs(pico(a.usd)) < abs(pico(b.usd)) ? 1 : -1)[0].name;
}

function assertSums(r) {
  assert.equal(pico(r.delta), pico(r.after) - pico(r.before));
  assert.equal(sum(r.factors, "usd"), pico(r.delta));
}

test("a silent switch to a premium model", () => {
  const r = ask("explain", "--at", "2026-11-06T13:00:00Z",
    "--where", "feature:ticket-summary");
  assertSums(r);
  assert.equal(largest(r), "model_mix");
  const top = r.cells[0];
  assert.equal(top.factor, "model_mix");
  assert.equal(top.scope, "ticket-summary");
  assert.equal(top.model, "claude-sonnet-4-5");
  assert.equal(top.since, "2026-11-06 13:00");
  assert.equal(top.coincides_with, null, "no release went out");
  assert.match(r.sentence, /^Spend on ticket-summary rose \$[\d.]+ \(\+\d+ %\): moved from claude-haiku-4-5 to claude-sonnet-4-5 since 2026-11-06/);
  assert.deepEqual(r.filters,
    ["feature:ticket-summary", "environment:production"]);
});

test("a prompt that grew with a release", () => {
  const r = ask("explain", "--at", "2026-11-14T09:00:00Z",
    "--where", "feature:reply-draft");
  assertSums(r);
  assert.equal(largest(r), "input_tokens");
  assert.equal(r.cells[0].factor, "input_tokens");
  assert.match(r.cells[0].moved, /^input tokens per request [\d,]+ -> [\d,]+$/);
  assert.ok(Math.abs(r.cells[0].after / r.cells[0].before - 1.9) < 0.15);
  assert.match(r.cells[0].coincides_with, /^release 2026\.11\./);
  assert.match(r.sentence, /prompts grew (1\.[89]|2\.0)x since release 2026\.11\./);
});

test("a runaway loop, and whose it is", () => {
  const r = ask("explain", "--from", "2026-11-17", "--to", "2026-11-18",
    "--where", "feature:support-agent");
  assertSums(r);
  assert.equal(largest(r), "requests_per_user");
  assert.equal(r.runaway_customer, "bergamot-retail");
  assert.equal(r.runaway_requests, 960); // 1.2 % of the calls
  assert.match(r.sentence, /One run of bergamot-retail alone made 960 calls/);
});

test("a healthy launch is users, and new at first", () => {
  const more = ask("explain", "--from", "2026-11-04", "--to", "2026-11-11",
    "--where", "feature:shop-copilot");
  assert.equal(largest(more), "users");
  assertSums(more);
  const first = ask("explain", "--from", "2026-10-23", "--to", "2026-10-30",
    "--where", "feature:shop-copilot");
  assert.equal(largest(first), "new_features");
  assert.match(first.sentence, /there were no calls before\.$/);
  assertSums(first);
});

test("everything at once: lines and cells add up, and it turns round", () => {
  const periods = ["2026-11-09", "2026-11-16", "2026-11-23"];
  const there = ask("explain", "--from", periods[1], "--to", periods[2],
    "--vs", `${periods[0]}..${periods[1]}`);
  const back = ask("explain", "--from", periods[0], "--to", periods[1],
    "--vs", `${periods[1]}..${periods[2]}`);
  assertSums(there);
  assertSums(back);
  const other = Object.fromEntries(back.factors.map((f) => [f.name, f.usd]));
  for (const f of there.factors) {
    assert.equal(pico(f.usd), -pico(other[f.name]), f.name);
  }
  for (const f of there.factors) {
    const cells = there.cells.filter((c) => c.factor === f.name);
    assert.ok(cells.length <= 5);
    if (pico(f.usd) !== 0n && cells.length > 0 && cells.length < 5) {
      assert.ok(abs(sum(cells, "usd")) * 5n >= abs(pico(f.usd)) * 4n, f.name);
    }
  }
});

test("months of different length have a line of their own", () => {
  const r = ask("explain", "--from", "2026-10-01", "--to", "2026-11-01");
  assertSums(r);
  assert.equal(r.before_from, "2026-09-01T00:00:00Z");
  const days = r.factors.find((f) => f.name === "days");
  // A thirtieth of about what a month costs.
  const share = Number(pico(days.usd)) / Number(pico(r.before));
  assert.ok(share > 1 / 31 && share < 1 / 20, `${share}`);
  assert.match(r.notes.join(), /30 and 31 days/);
});

test("variants are held against each other in one period", () => {
  const r = ask("explain", "--from", "2026-10-20", "--to", "2026-11-17",
    "--where", "feature:search-answer", "--where", "variant:treatment",
    "--against", "variant:control");
  assertSums(r);
  const factor = Object.fromEntries(r.factors.map((f) => [f.name, f.usd]));
  assert.ok(pico(factor.output_tokens) > 0n, "citations are longer");
  assert.ok(pico(factor.users) < 0n, "three users in ten");
  assert.equal(r.against, "variant:control");
  assert.match(r.sentence, /lower .* than with variant:control/);
  // Without a filter of its own the other side is all the rest.
  const rest = ask("explain", "--from", "2026-10-20", "--to", "2026-11-17",
    "--where", "experiment:answer-citations", "--against", "variant:control");
  assert.equal(rest.after, r.after);
});

test("movers: the largest first, each with its main cause", () => {
  const r = ask("movers", "--from", "2026-11-16", "--to", "2026-11-23");
  assert.equal(pico(r.delta), sum(r.rows, "delta"));
  assert.equal(pico(r.before), sum(r.rows, "before"));
  assert.deepEqual(r.rows.slice(0, 2).map((x) => [x.name, x.cause]), [
    ["support-agent", "requests_per_user"], ["reply-draft", "input_tokens"],
  ]);
  const size = r.rows.map((x) => abs(pico(x.delta)));
  assert.ok(size.every((n, i) => i === 0 || n <= size[i - 1]));
  assert.match(r.rows[1].sentence, /^reply-draft rose .*since release/);
  assert.match(r.sentence, /Most of all: support-agent rose/);
  const few = ask("movers", "--from", "2026-11-16", "--to", "2026-11-23",
    "--by", "customer", "--limit", "3");
  assert.equal(few.rows.length, 3);
  assert.equal(few.rows[0].name, "bergamot-retail");
  assert.equal(few.delta, r.delta);
});

test("the same for a terminal", () => {
  const text = tollOk(["explain", "--data", company, "--from", "2026-11-16",
    "--to", "2026-11-23"]);
  assert.match(text, /^Spend rose \$/);
  assert.match(text, /requests_per_user +\+\$/);
  const rows = tollOk(["movers", "--data", company, "--csv", "--from",
    "2026-11-16", "--to", "2026-11-23"]).trim().split("\n");
  assert.match(rows[0], /^name,before,after,delta,share_of_change,cause,cause_usd,sentence/);
  assert.equal(rows.length, 10);
});

test("a release marker and a registered experiment are linked", async (t) => {
  const dir = freshDir(t);
  writeFileSync(join(dir, "toll.yaml"), `experiments:
  longer: {feature: search, start: "2026-11-08T10:00:00Z"}
`);
  const s = await serve(t, dir, ["--config", join(dir, "toll.yaml")]);
  const start = Date.parse("2026-11-01T00:00:00Z");
  const hours = [...Array(14 * 24).keys()];
  const grown = 7 * 24 + 10;
  const events = hours.flatMap((h) => ["chat", "search"].map((feature) => ({
    id: `${feature}-${h}`, ts: new Date(start + h * 3600e3).toISOString(),
    feature, model: "gpt-4o-mini", output_tokens: 10,
    input_tokens: (h < grown ? 1000 : 2000) + (h % 7),
  })));
  const sent = await fetch(`${s.url}/v1/events`,
    { method: "POST", body: JSON.stringify(events) });
  assert.equal((await sent.json()).accepted, events.length);
  const ask = async () => (await get(s.url,
    "/api/explain?from=2026-11-08&to=2026-11-15")).json;
  const marker = { ts: "2026-11-08T09:50:00Z", release: "r7", feature: "chat" };
  const marked = await fetch(`${s.url}/v1/releases`,
    { method: "POST", body: JSON.stringify(marker) });
  assert.equal(marked.status, 200, await marked.text());
  const links = await until(async () => {
    const cells = (await ask()).cells.filter((c) => c.factor === "input_tokens");
    const found = Object.fromEntries(cells.map((c) => [c.scope, c]));
    return found.chat?.coincides_with && found.search?.coincides_with && found;
  }, "both links");
  assert.equal(links.chat.coincides_with, "release r7");
  assert.equal(links.search.coincides_with, "start of longer");
  assert.equal(links.search.since, "2026-11-08 10:00");
});

test("what cannot be asked is refused in words", () => {
  const fails = (args, words) => {
    const r = toll(["explain", "--data", company, ...args]);
    assert.notEqual(r.code, 0);
    assert.match(r.err, words);
  };
  fails(["--vs", "2026-11-02..2026-11-01"], /not before/);
  fails(["--vs", "last-fortnight"], /range/);
  fails(["--vs", "previous", "--at", "2026-11-01"], /exclude each other/);
  fails(["--at", "2099-01-01"], /between the beginning and the end/);
  fails(["--by", "featur"], /feature/);
  fails(["--against", "nonsense"], /nonsense/);
});

/** A ledger of `events`, asked over the API: {explain, movers}. */
async function little(t, events) {
  const s = await serve(t, freshDir(t));
  if (events.length > 0) {
    const r = await fetch(`${s.url}/v1/events`,
      { method: "POST", body: JSON.stringify(events) });
    assert.equal((await r.json()).accepted, events.length);
  }
  const query = "?from=2026-11-01&to=2026-11-03&vs=2026-10-30..2026-11-01";
  await until(async () => (await countAt(s.url)) === events.length, "the events");
  const answers = {};
  for (const name of ["explain", "movers"]) {
    const r = await get(s.url, `/api/${name}${query}`);
    assert.equal(r.status, 200, r.text);
    answers[name] = r.json;
  }
  return answers;
}

test("an empty ledger says so", async (t) => {
  const { explain, movers } = await little(t, []);
  assert.match(explain.sentence, /no calls in the ledger yet/);
  assert.match(movers.sentence, /no calls in the ledger yet/);
  assert.equal(explain.delta, "0.000000000000");
  assert.deepEqual(movers.rows, []);
  assertSums(explain);
});

test("calls elsewhere, but none here", async (t) => {
  const { explain } = await little(t, [event(1, { ts: "2026-09-01T00:00:00Z" })]);
  assert.match(explain.sentence, /no calls on either side/);
});

test("a side held against itself is the same", () => {
  const r = ask("explain", "--where", "feature:reply-draft", "--against", "feature:reply-draft",
    "--from", "2026-11-09", "--to", "2026-11-16");
  assert.equal(r.sentence, "Spend on reply-draft is the same as with feature:reply-draft.");
});

test("one event is new, or gone", async (t) => {
  const { explain, movers } = await little(t, [event(1)]);
  assertSums(explain);
  assert.equal(largest(explain), "new_features");
  assert.match(explain.sentence, /^Spend on chat rose \$[\d.]+: there were no calls before\.$/);
  assert.equal(movers.rows[0].cause, "new_features");
  const gone = await little(t, [event(1, { ts: "2026-10-31T12:00:00Z" })]);
  assertSums(gone.explain);
  assert.match(gone.explain.sentence, /there are no calls any more\.$/);
});

test("one user, two days", async (t) => {
  const one = { feature: "chat", user: "u" };
  const { explain } = await little(t, [
    event(1, { ...one, ts: "2026-10-31T12:00:00Z" }),
    event(2, { ...one, ts: "2026-11-01T12:00:00Z", input_tokens: 4000, output_tokens: 51 }),
  ]);
  assertSums(explain);
  assert.equal(largest(explain), "input_tokens");
  assert.match(explain.notes.join(), /No failed call is on record/);
  assert.ok(!explain.factors.some((f) => f.name === "retries"));
});

test("calls without a price, and without users", async (t) => {
  const unpriced = { model: "own-model", provider: "inhouse" };
  const { explain, movers } = await little(t, [
    event(1, { ...unpriced, ts: "2026-10-31T12:00:00Z" }), event(2, unpriced),
  ]);
  assert.match(explain.sentence, /None of the 2 calls has a price/);
  assert.match(movers.sentence, /None of the 2 calls has a price/);
  const some = await little(t, [
    event(3, { ts: "2026-10-31T12:00:00Z" }), event(3, { id: "x" }),
    event(6, unpriced),
  ]);
  assertSums(some.explain);
  assert.match(some.explain.notes.join(), /1 of 3 calls has no price/);
  assert.match(some.explain.notes.join(), /name their users/);
  assert.ok(!some.explain.factors.some((f) => f.name === "users"));
});

test("a measure that one side lacks is none, never a number that is none", async (t) => {
  const model = { model: "claude-sonnet-4-5", feature: "chat" };
  const { explain } = await little(t, [0, 1, 2].flatMap((i) => [
    event(i, { ...model, id: `b${i}`, user: `u${i}`, ts: "2026-10-31T12:00:00Z", input_tokens: 0 }),
    event(i, { ...model, id: `a${i}`, user: `u${i}`, input_tokens: 20000, cache_read_tokens: 19000 }),
  ]));
  assertSums(explain);
  assert.match(explain.sentence, /input read from cache none -> 95 %/);
  const failed = await little(t, [0, 1, 2].flatMap((i) => [
    event(i, { ...model, id: `b${i}`, user: `u${i}`, ts: "2026-10-31T12:00:00Z", input_tokens: 0, output_tokens: 0 }),
    event(i, { ...model, id: `a${i}`, user: `u${i}`, input_tokens: 20000, status: i === 0 ? "error" : "ok" }),
  ]));
  assert.match(failed.explain.sentence, /retries and failures \(none -> 1\.50x the tokens/);
});

test("calls that cost nothing stay at nothing", async (t) => {
  const free = { feature: "chat", user: "u", input_tokens: 0, output_tokens: 0 };
  const { explain, movers } = await little(t, [
    event(1, { ...free, ts: "2026-10-31T12:00:00Z" }), event(2, free),
  ]);
  assert.equal(explain.sentence, "Spend on chat stayed at $0.00.");
  assert.equal(movers.rows[0].sentence, "chat stayed at $0.00.");
});

test("one place is told once, whatever models it runs on", async (t) => {
  const models = ["gpt-4o-mini", "gpt-4o"];
  const { explain } = await little(t, [...Array(20).keys()].flatMap((i) => models.flatMap((model, m) => [
    event(i, { id: `b${i}${m}`, model, feature: "chat", user: `u${i}`, ts: "2026-10-31T12:00:00Z",
      input_tokens: m === 0 ? 12000 : 800, output_tokens: 1 }),
    event(i, { id: `a${i}${m}`, model, feature: "chat", user: `u${i}`,
      input_tokens: m === 0 ? 24000 : 1600, output_tokens: 1 }),
  ])));
  assertSums(explain);
  assert.equal(explain.cells.filter((c) => c.factor === "input_tokens").length, 2);
  assert.match(explain.sentence, /^Spend on chat rose \$0\.076 \(\+100 %\): prompts grew 2\.0x[^,(]*\(\+\$0\.076\)\.$/);
});

test("a runaway run is told beside calls that are of no run", async (t) => {
  const calls = [...Array(40).keys()].flatMap((i) => [
    event(i, { id: `b${i}`, feature: "chat", user: `u${i % 8}`, ts: "2026-10-31T12:00:00Z" }),
    event(i, { id: `a${i}`, feature: "chat", user: `u${i % 8}` }),
    event(i, { id: `r${i}`, feature: "chat", user: "u1", customer: "acme", run: "loop", input_tokens: 500, output_tokens: 1 }),
  ]);
  const { explain } = await little(t, calls);
  assert.equal(largest(explain), "requests_per_user");
  assert.equal(explain.runaway_run, "loop");
  assert.match(explain.sentence, /One run of acme alone made 40 calls/);
});

test("of more users than an answer has rows the dearest are told apart", (t) => {
  const dir = freshDir(t);
  const users = 100_100; // over QUERY_ROWS_MAX a side
  const lines = [];
  const add = (day, user, input) => lines.push(JSON.stringify({
    id: `c${lines.length}`, ts: `2026-11-${day}T10:00:00Z`, provider: "openai",
    model: "gpt-4o-mini", feature: "f", user, input_tokens: input, output_tokens: 10,
  }));
  for (let i = 0; i < users; i++) {
    add("10", `u${i}`, 1000);
    add("17", `u${i}`, 1100);
  }
  for (let i = 0; i < 50; i++) add("17", "loud", 100_000);
  const file = join(dir, "calls.ndjson");
  writeFileSync(file, lines.join("\n"));
  tollOk(["import", "--data", join(dir, "d"), file]);
  const on = (command, ...args) => JSON.parse(tollOk([command, "--data",
    join(dir, "d"), "--json", "--from", "2026-11-16", "--to", "2026-11-23", ...args]));
  const r = on("explain", "--by", "user");
  assertSums(r);
  assert.equal(r.after, on("query", "--metrics", "cost").totals.cost);
  const factor = (name) => pico(r.factors.find((f) => f.name === name).usd);
  // A call of gpt-4o-mini: $0.15 a million input tokens, $0.60 of output.
  assert.equal(factor("new_features"), 50n * (100_000n * 150_000n + 10n * 600_000n));
  assert.equal(factor("input_tokens"), BigInt(users) * 100n * 150_000n);
  assert.equal(factor("users"), 0n, "the others are as many as before");
  const told = r.cells.filter((c) => c.factor === "input_tokens");
  assert.equal(told[0].scope, "(all others)");
  assert.match(r.notes.join(), /more values of user than can be told apart/);
  const movers = on("movers", "--by", "user", "--limit", "3");
  assert.equal(movers.rows[0].name, "loud");
  assert.ok(movers.rows.every((m) => m.name !== "(all others)"));
});
