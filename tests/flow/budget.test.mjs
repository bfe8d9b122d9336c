// Budgets with the real gateway before a provider that is not one: what binds,
// what passes, what the caller is told, and that the counters are the ledger.
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import OpenAI from "openai";
import { events, provider } from "./provider.mjs";
import { httpReceiver } from "./receivers.mjs";
import { freshDir, get, post, serve, toll, tollSoon, until } from "./toll.mjs";

// gpt-4o: $2.50 and $10 for a million: a call is $0.0125.
const usage = { prompt_tokens: 1000, completion_tokens: 1000, total_tokens: 2000 };
let n = 0;
const answer = (model) => JSON.stringify({
  id: `chatcmpl-${"0".repeat(12)}${++n}abcdefgh`, object: "chat.completion", model,
  choices: [{ index: 0, message: { role: "assistant", content: "hello" }, finish_reason: "stop" }], usage,
});
const body = (more = {}) => JSON.stringify({
  model: "gpt-4o", max_tokens: 1000, messages: [{ role: "user", content: "x".repeat(1200) }], ...more,
});
const path = "/openai/v1/chat/completions";
const rounds = Number(process.env.TOLL_TORTURE ?? 3);
const CALL = 0.0125; // and its bound is a little more: 1,300 bytes of input

const usual = (req, res, call) => {
  res.setHeader("Content-Type", "application/json");
  res.end(answer(JSON.parse(call.body).model));
};

/** toll with budgets before a provider; {toll, p, file, dir, write}. */
async function world(t, budgets, { reply = usual, more = {}, upstreams } = {}) {
  const p = await provider(t, reply);
  const dir = freshDir(t);
  const file = join(dir, "toll.yaml");
  const write = (list, extra = more) => writeFileSync(file, JSON.stringify({
    upstreams: upstreams?.(p.url) ?? { openai: { url: p.url } }, budgets: list, ...extra,
  }));
  write(budgets);
  const start = () => serve(t, dir, ["--config", file]);
  return { p, dir, file, write, start, toll: await start() };
}

async function ask(toll, headers = {}, more = {}, route = path) {
  const r = await fetch(toll.url + route, { method: "POST", body: typeof more === "string" ? more : body(more),
    headers: { "Content-Type": "application/json", ...headers } });
  const text = await r.text();
  return { status: r.status, headers: r.headers, text, json: () => JSON.parse(text) };
}

const budgetsOf = async (toll) => {
  const r = await get(toll.url, "/api/budgets");
  assert.equal(r.status, 200, r.text);
  return r.json.budgets;
};
const spent = async (toll) => Number((await get(toll.url,
  "/api/query?metrics=cost&range=all&where=environment:*")).json.totals.cost);

test("64 clients at once pass a limit of $1.00 by one call at most", async (t) => {
  const { toll } = await world(t, [{ name: "all", period: "day", limit: 1, at: [{ percent: 100, do: "block" }] }]);
  const statuses = [];
  let usedAtFirst429 = null;
  await Promise.all(Array.from({ length: 64 }, async () => {
    for (let i = 0; i < 4; i++) {
      const r = await ask(toll);
      statuses.push(r.status);
      if (r.status === 429 && usedAtFirst429 === null) {
        usedAtFirst429 = Number(/used=([\d.]+)/.exec(r.headers.get("x-toll-budget"))[1]);
      }
    }
  }));
  const passed = statuses.filter((s) => s === 200).length;
  assert.equal(passed + statuses.filter((s) => s === 429).length, 256);
  await events(toll, passed);
  const cost = await spent(toll);
  assert.ok(cost >= 1 && cost <= 1 + CALL, `spent ${cost}`);
  assert.ok(usedAtFirst429 >= 1, `refused at ${usedAtFirst429}`);
  const [b] = await budgetsOf(toll);
  assert.equal(Number(b.used), cost);
  assert.equal(Number(b.reserved), 0);
});

test("below half of a limit nothing is refused, however many come", async (t) => {
  const { toll } = await world(t, [{ name: "all", period: "day", limit: 4, at: [{ percent: 100, do: "block" }] }]);
  const all = await Promise.all(Array.from({ length: 64 }, async () => [await ask(toll), await ask(toll)]));
  assert.ok(all.flat().every((r) => r.status === 200));
  await until(async () => Number((await budgetsOf(toll))[0].used) === 128 * CALL, "all are counted");
});

test("a refusal speaks as the provider does, says why, until when and whom to ask", async (t) => {
  const { toll, p } = await world(t, [{ name: "search-month", where: { feature: "search" }, period: "month", limit: "0.01",
    contact: "search-team", at: [{ percent: 100, do: "block" }] }],
  { upstreams: (url) => ({ openai: { url }, anthropic: { url }, gemini: { url } }) });
  const search = { "X-Toll-Feature": "search" };
  assert.equal((await ask(toll, search)).status, 200);
  await until(async () => Number((await budgetsOf(toll))[0].used) > 0.01, "it counts");
  const before = p.calls.length;
  const r = await ask(toll, search, { stream: true });
  assert.equal(r.status, 429);
  assert.equal(r.json().error.type, "rate_limit_error");
  assert.match(r.json().error.message, /^toll: budget 'search-month' is spent: \$0\.0125 of \$0\.01 a month; calls are refused at 100 % until 20\d\d-\d\d-01T00:00:00Z\. Ask search-team\.$/);
  assert.match(r.headers.get("x-toll-budget"), /^search-month; used=0\.0125; limit=0\.01; unit=usd; resets=/);
  assert.ok(Number(r.headers.get("retry-after")) > 0);
  assert.equal(r.headers.get("x-should-retry"), "false");
  const a = await ask(toll, search, { model: "claude-sonnet-4-5" }, "/anthropic/v1/messages");
  assert.equal(a.status, 429);
  assert.equal(a.json().type, "error");
  assert.equal(a.json().error.type, "rate_limit_error");
  const g = await ask(toll, search, { contents: [] }, "/gemini/v1beta/models/gemini-2.5-flash:generateContent");
  assert.equal(g.status, 429);
  assert.deepEqual([g.json().error.code, g.json().error.status], [429, "RESOURCE_EXHAUSTED"]);
  assert.equal(p.calls.length, before, "nobody was asked");
  assert.equal((await ask(toll, { "X-Toll-Feature": "chat" })).status, 200, "another feature goes on");
});

test("a run that loops stops at its brake, and others go on", async (t) => {
  const { toll } = await world(t, [
    { name: "per-run", per: "run", period: "day", limit: 5, unit: "requests", at: [{ percent: 100, do: "block" }] },
    { name: "per-user", per: "user", period: "rolling", window: "24h", limit: "0.05", at: [{ percent: 100, do: "block" }] },
  ]);
  const statuses = [];
  for (let i = 0; i < 8; i++) statuses.push((await ask(toll, { "X-Toll-Run": "r-1" })).status);
  assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429, 429, 429]);
  assert.equal((await ask(toll, { "X-Toll-Run": "r-2" })).status, 200);
  assert.equal((await ask(toll)).status, 200, "a call without a run is in nobody's counter");
  for (let i = 0; i < 4; i++) {
    await ask(toll, { "X-Toll-User": "ann" });
    await until(async () => Number((await budgetsOf(toll))[1].used) > CALL * (i + 1) - 1e-9, "it counts");
  }
  const r = await ask(toll, { "X-Toll-User": "ann" });
  assert.equal(r.status, 429);
  assert.match(r.json().error.message, /in 24h for each user/);
  const [runs, users] = await budgetsOf(toll);
  assert.deepEqual(runs.worst.map((w) => [w.value, w.used]), [["r-1", 5], ["r-2", 1]]);
  assert.deepEqual(users.worst, [{ value: "ann", used: "0.05" }]);
});

const pick = (list) => list.map((b) => [b.name, b.used, b.requests, b.worst ?? null]);

test("counters are the ledger: whatever door, kill -9 and reload lose and double nothing", async (t) => {
  const budgets = [
    { name: "money", period: "day", limit: 1000 },
    { name: "tokens", where: { feature: "search" }, period: "month", unit: "tokens", limit: 1000000 },
    { name: "users", per: "user", period: "day", unit: "requests", limit: 100 },
    { name: "rolling", period: "rolling", window: "24h", limit: 100 },
    { name: "short", period: "rolling", window: "2h", limit: 100, where: { "tag.team": ["a", "b"] } },
    { name: "guess", period: "day", limit: 100, unpriced: "estimate", estimate_as: "openai/gpt-4o" },
  ];
  const w = await world(t, budgets);
  let { toll } = w;
  for (let i = 0; i < 3; i++) await ask(toll, { "X-Toll-Feature": "search", "X-Toll-User": "ann", "X-Toll-Tag-team": "a" });
  await events(toll, 3);
  const ts = new Date().toISOString();
  const sent = { ts, model: "gpt-4o", input_tokens: 100000, output_tokens: 1000, feature: "search", user: "bob" };
  await post(toll.url, JSON.stringify([{ id: "a", ...sent, tags: { team: "b" } }, { id: "a", ...sent }, { id: "b", ...sent },
    { id: "old", ...sent, ts: "2026-01-05T00:00:00Z" },
    { id: "no-price", ...sent, provider: "acme", model: "ours" }]));
  const live = pick(await budgetsOf(toll));
  assert.deepEqual(live.map((b) => [b[0], b[1]]), [
    ["money", "0.5575"], ["tokens", 6000 + 3 * 101000], ["users", 3], ["rolling", "0.5575"],
    ["short", "0.2975"], ["guess", "0.8175"]]);
  await toll.kill();
  toll = await w.start();
  assert.deepEqual(pick(await budgetsOf(toll)), live, "after kill -9");
  // A budget whose scope changes is counted anew, the others are not touched.
  w.write([...budgets.slice(0, 5), { name: "new", period: "day", limit: 7, where: { user: "bob" } }]);
  toll.signal("SIGHUP");
  await until(async () => (await budgetsOf(toll)).some((b) => b.name === "new"), "the reload");
  const after = pick(await budgetsOf(toll));
  assert.deepEqual(after.slice(0, 5), live.slice(0, 5));
  assert.deepEqual(after[5].slice(0, 3), ["new", "0.52", 3]);
  await post(toll.url, JSON.stringify({ id: "c", ...sent }));
  assert.deepEqual((await budgetsOf(toll)).map((b) => b.used).slice(0, 3), ["0.8175", 6000 + 4 * 101000, 4]);
  // A wrong file is refused whole.
  w.write([{ name: "bad", limit: -1 }]);
  toll.signal("SIGHUP");
  await until(() => toll.log().includes("'-1' is no limit"), "the refusal");
  assert.equal((await budgetsOf(toll)).length, 6);
});

/** Spends by an event, so that the named share of `all` is reached. */
async function spend(toll, dollars, more = {}) {
  const r = await post(toll.url, JSON.stringify({ model: "gpt-4o", output_tokens: Math.round(dollars * 1e5), ...more }));
  assert.equal(r.json.accepted, 1, r.text);
}

test("a fallback rewrites the model where the request names it, and nothing else", async (t) => {
  const gemini = (req, res, call) => {
    res.setHeader("Content-Type", "application/json");
    if (call.url.startsWith("/v1beta")) {
      res.end(JSON.stringify({ candidates: [{ content: { parts: [{ text: "hi" }] } }], responseId: `g${++n}-abcdefghijkl`,
        modelVersion: "gemini-2.5-flash-lite", usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 } }));
    } else {
      usual(req, res, call);
    }
  };
  const { toll, p } = await world(t, [
    { name: "o", where: { feature: "o" }, period: "day", limit: 1, at: [{ percent: 100, do: "fallback", model: "gpt-4o-mini" }, { percent: 200, do: "block" }] },
    { name: "g", where: { feature: "g" }, period: "day", limit: 1, at: [{ percent: 100, do: "fallback", model: "gemini-2.5-flash-lite" }] },
  ], { reply: gemini, upstreams: (url) => ({ openai: { url }, gemini: { url }, anthropic: { url } }) });
  await spend(toll, 1, { feature: "o" });
  await spend(toll, 1, { feature: "g" });
  const text = `{ "messages":[{"role":"user","content":"the \\"model\\": gpt-4o"}],  "model" : "gpt-4o" ,"max_tokens":10,"x":1.50}`;
  const r = await ask(toll, { "X-Toll-Feature": "o" }, text);
  assert.equal(r.status, 200);
  assert.equal(p.calls.at(-1).body, text.replace('"model" : "gpt-4o"', '"model" : "gpt-4o-mini"'));
  assert.equal((await ask(toll, { "X-Toll-Feature": "g" }, { contents: [] },
    "/gemini/v1beta/models/gemini-2.5-pro:generateContent?alt=json")).status, 200);
  assert.equal(p.calls.at(-1).url, "/v1beta/models/gemini-2.5-flash-lite:generateContent?alt=json");
  // What is another vendor's, or no cheaper, stays as it is.
  await ask(toll, { "X-Toll-Feature": "o" }, { model: "claude-sonnet-4-5" }, "/anthropic/v1/messages");
  assert.equal(JSON.parse(p.calls.at(-1).body).model, "claude-sonnet-4-5");
  await ask(toll, { "X-Toll-Feature": "o" }, { model: "gpt-4.1-nano" });
  assert.equal(JSON.parse(p.calls.at(-1).body).model, "gpt-4.1-nano");
  assert.match(toll.log(), /budget 'o' cannot send a call to gpt-4o-mini: anthropic does not serve it/);
  assert.match((await get(toll.url, "/metrics")).text, /^toll_gateway_unfallen_total 2$/m);
  const list = (await events(toll, 6)).filter((e) => e.source === "gateway");
  assert.deepEqual(list.map((e) => [e.model, e.requested_model ?? e.model, e.fallback_from ?? ""]).slice(0, 2), [
    ["gpt-4o-mini", "gpt-4o-mini", "gpt-4o"],
    ["gemini-2.5-flash-lite", "gemini-2.5-flash-lite", "gemini-2.5-pro"]]);
});

test("a call that is slowed down waits, others do not, and one whose client leaves is never made", async (t) => {
  const { toll, p } = await world(t, [
    { name: "s", where: { feature: "s" }, period: "day", limit: 1, at: [{ percent: 100, do: "slow", delay: "400ms" }] },
    { name: "l", where: { feature: "l" }, period: "day", limit: 1, at: [{ percent: 100, do: "slow", delay: "60s" }] },
  ]);
  await spend(toll, 1, { feature: "s" });
  await spend(toll, 1, { feature: "l" });
  const order = [];
  await Promise.all([
    ask(toll, { "X-Toll-Feature": "s" }).then((r) => order.push(`slow ${r.status}`)),
    ask(toll, { "X-Toll-Feature": "f" }).then((r) => order.push(`fast ${r.status}`)),
  ]);
  assert.deepEqual(order, ["fast 200", "slow 200"]);
  const before = p.calls.length;
  const away = new AbortController();
  const gone = fetch(toll.url + path, { method: "POST", body: body(), signal: away.signal, headers: { "X-Toll-Feature": "l" } });
  await until(async () => Number((await budgetsOf(toll))[1].reserved) > 0, "it is reserved");
  away.abort();
  await assert.rejects(gone);
  await until(async () => Number((await budgetsOf(toll))[1].reserved) === 0, "it is given back");
  assert.equal(p.calls.length, before);
  // Who waits when toll ends is told so, and toll ends.
  const late = fetch(toll.url + path, { method: "POST", body: body(), headers: { "X-Toll-Feature": "l" } });
  late.catch(() => {});
  await until(async () => Number((await budgetsOf(toll))[1].reserved) > 0, "it is reserved");
  assert.equal(await toll.stop(), 0);
});

test("a step is told once a period, also after a restart", async (t) => {
  const http = await httpReceiver(t);
  const w = await world(t, [{ name: "all", period: "month", limit: 1, contact: "us", at: [
    { percent: 50, do: "notify", notify: ["one"] }, { percent: 80, do: "notify" }, { percent: 100, do: "block", notify: ["two"] }] }],
  { more: { channels: { one: { webhook: { url: `${http.url}/one` } }, two: { webhook: { url: `${http.url}/two` } } } } });
  let { toll } = w;
  await spend(toll, 0.6);
  await spend(toll, 0.1);
  const told = () => http.taken.map((m) => `${m.path} ${JSON.parse(m.text).title}`).sort();
  await until(() => http.taken.length === 1, "the first step");
  await spend(toll, 0.4);
  await until(() => http.taken.length === 4, "the others");
  const want = ["/one Budget all has reached 50 %", "/one Budget all has reached 80 %",
    "/two Budget all has reached 100 %", "/two Budget all has reached 80 %"];
  assert.deepEqual(told(), want);
  assert.match(JSON.parse(http.taken.find((m) => /100/.test(m.text)).text).text,
    /\$1\.10 of \$1\.00 a month are used\. Calls are refused from now on\. It is us's\./);
  const quiet = () => until(async () => (await get(toll.url, "/metrics")).text.includes("\ntoll_messages_waiting 0\n"), "nothing waits");
  await quiet();
  await toll.kill();
  toll = await w.start();
  await spend(toll, 0.1);
  assert.ok((await budgetsOf(toll))[0].steps.every((s) => s.reached_at !== null));
  assert.match((await get(toll.url, "/metrics")).text, /^toll_budget_used_ratio\{budget="all"\} 1\.2\d+$/m);
  await quiet();
  assert.deepEqual(told(), want);
});

const plan = (dir, ...more) => toll(["plan", "--data", dir, "--name", "new", "--users", "100", "--adoption", "25",
  "--requests-per-user-day", "4", "--input-tokens", "100", "--output-tokens", "50", "--model", "gpt-4o,gpt-4o-mini", ...more]);

test("a plan becomes a budget that holds: plan | apply, restart, remove", async (t) => {
  const w = await world(t, [{ name: "mine", period: "day", limit: 5 }]);
  let server = w.toll;
  const budget = (args, input) => tollSoon(["budget", "--data", w.dir, "--config", w.file, ...args], { input });
  const text = plan(freshDir(t)).out;
  assert.match(text, /  budgets:/);
  const applied = await budget(["apply", "-"], text);
  assert.deepEqual([applied.code, applied.out], [0, "Budget new-month is applied.\n"], applied.err);
  const [, made] = await budgetsOf(server);
  assert.deepEqual([made.name, made.where, made.limit, made.source], ["new-month", { feature: "new" }, "3.00", "applied"]);
  assert.deepEqual(made.steps.map((s) => [s.percent, s.do, s.model]), [
    [80, "notify", undefined], [100, "fallback", "gpt-4o-mini"], [120, "block", undefined]]);
  await spend(server, 3.6, { feature: "new" });
  assert.equal((await ask(server, { "X-Toll-Feature": "new" })).status, 429);
  // The same in its other form takes its place; what was counted stays.
  assert.equal((await budget(["apply", "-"], plan(freshDir(t), "--json", "--users", "200").out)).code, 0);
  assert.deepEqual((await budgetsOf(server)).map((b) => [b.name, b.limit, b.used]),
    [["mine", "5.00", "3.60"], ["new-month", "5.00", "3.60"]]);
  await server.kill();
  server = await w.start();
  assert.deepEqual((await budgetsOf(server)).map((b) => [b.name, b.used]), [["mine", "3.60"], ["new-month", "3.60"]]);
  for (const [input, words] of [
    ["budgets: [{name: mine, limit: 1}]", /budget 'mine' stands in the configuration/],
    ["budgets: [{name: x, limit: 1, at: [{percent: 1, do: notify, notify: [ops]}]}]", /there is no channel "ops"/],
    ["budgets: [{name: x, limti: 1}]", /unknown key 'limti'; did you mean 'limit'/],
    ["listen: 8655", /unknown key 'listen'/], ["", /there are no budgets in it|must be/]]) {
    const r = await budget(["apply", "-"], input);
    assert.equal(r.code, 2, input);
    assert.match(r.err, words);
  }
  assert.equal((await budgetsOf(server)).length, 2);
  assert.match((await budget([])).out, /new-month +feature new +month +\$3\.60 +\$5\.00 +72\.0 %/);
  assert.match((await budget(["remove", "new-mnth"])).err, /did you mean new-month/);
  assert.match((await budget(["list", "--range", "7d"])).err, /--range goes with toll budget report/);
  assert.equal((await budget(["lst"])).code, 2);
  assert.equal((await budget(["remove", "new-month"])).code, 0);
  assert.deepEqual((await budgetsOf(server)).map((b) => b.name), ["mine"]);
  // Without a server the same files are used.
  await server.stop();
  assert.equal((await budget(["apply", "-"], text)).code, 0);
  assert.deepEqual(JSON.parse((await budget(["list", "--json"])).out).budgets.map((b) => [b.name, b.used]),
    [["mine", "3.60"], ["new-month", "3.60"]]);
  // No page in a browser changes budgets.
  const again = await w.start();
  const plain = await fetch(`${again.url}/api/budgets`, { method: "POST", body: "budgets: []", headers: { "Content-Type": "text/plain" } });
  assert.equal(plain.status, 415);
});

/** "2026-W49" */
function isoWeek(now) {
  const thursday = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 3 - ((now.getUTCDay() + 6) % 7)));
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 4);
  const monday = first - ((new Date(first).getUTCDay() + 6) % 7) * 864e5;
  return `${thursday.getUTCFullYear()}-W${String(1 + Math.floor((thursday - monday) / (7 * 864e5))).padStart(2, "0")}`;
}

test("what budgets did is in the ledger, with whom it touched and what it saved", async (t) => {
  const w = await world(t, [
    { name: "stop", where: { feature: "s" }, period: "day", limit: 1, at: [{ percent: 100, do: "block" }] },
    { name: "down", where: { feature: "d" }, period: "day", limit: 1, at: [
      { percent: 100, do: "fallback", model: "gpt-4o-mini" }, { percent: 100, do: "slow", delay: "10ms" }] },
  ]);
  for (const feature of ["s", "d"]) await spend(w.toll, 1, { feature }); // calls of $1 on average
  for (let i = 0; i < 3; i++) {
    assert.equal((await ask(w.toll, { "X-Toll-Feature": "s", "X-Toll-User": "ann", "X-Toll-Run": `r${i}` })).status, 429);
  }
  assert.equal((await ask(w.toll, { "X-Toll-Feature": "d", "X-Toll-Customer": "acme" })).status, 200);
  const records = await until(async () => {
    const { records: r } = (await get(w.toll.url, "/api/records?kind=guardrails&range=today")).json;
    return r.length === 5 && r;
  }, "five records");
  const keys = ["budget", "action", "feature", "user", "run", "customer", "provider", "requested_model", "model"];
  assert.deepEqual(records.map((r) => keys.map((k) => r[k] ?? "")).sort(), [
    ["down", "fallback", "d", "", "", "acme", "openai", "gpt-4o", "gpt-4o-mini"],
    ["down", "slow", "d", "", "", "acme", "openai", "gpt-4o", "gpt-4o-mini"],
    ["stop", "block", "s", "ann", "r0", "", "openai", "gpt-4o", ""],
    ["stop", "block", "s", "ann", "r1", "", "openai", "gpt-4o", ""],
    ["stop", "block", "s", "ann", "r2", "", "openai", "gpt-4o", ""]]);
  assert.match(records.find((r) => r.action === "block").note, /^\$1\.00 of \$1\.00; step 100 %$/);
  // A usual call is taken to cost no more than this one's bound.
  const saved = records.filter((r) => r.action === "block").map((r) => Number(r.saved));
  assert.ok(saved.every((x) => x > CALL && x < 1.2 * CALL), `${saved}`);
  await w.toll.kill();
  const again = await w.start();
  const report = JSON.parse((await tollSoon(["budget", "report", "--json", "--data", w.dir, "--config", w.file])).out);
  assert.equal(report.sentence.replace(/\$[\d.]+\d/, "$"),
    "Budgets acted on 5 calls: 3 refused, 1 sent to a cheaper model, 1 slowed down; that saved about $.");
  assert.deepEqual(report.budgets.map((b) => [b.budget, b.action, b.calls]).sort(),
    [["down", "fallback", 1], ["down", "slow", 1], ["stop", "block", 3]]);
  assert.deepEqual(report.users, [{ budget: "stop", action: "block", value: "ann", calls: 3, saved: report.budgets.find((b) => b.action === "block").saved }]);
  assert.equal(report.runs.length, 3);
  assert.deepEqual((await get(again.url, "/api/budgets/report?budget=down")).json.budgets.map((b) => b.budget), ["down", "down"]);
  const week = (await get(again.url, `/api/review?week=${isoWeek(new Date())}`)).json;
  assert.equal(week.budgets_sentence, report.sentence);
  assert.deepEqual(week.budgets.map((b) => b.calls), report.budgets.map((b) => b.calls));
  // Nobody else writes them.
  assert.equal((await fetch(`${again.url}/v1/guardrails`, { method: "POST", body: "{}" })).status, 404);
});

test("a budget that will be over before its period ends is told of once", async (t) => {
  // A period that is neither just begun nor about to end.
  const now = new Date();
  const share = { hour: (now % 36e5) / 36e5, day: (now % 864e5) / 864e5,
    month: (now.getUTCDate() - 1) / 31, week: (((now / 864e5) + 3) % 7) / 7 };
  const [period, gone] = Object.entries(share).find(([, x]) => x > 0.1 && x < 0.9);
  const http = await httpReceiver(t);
  const at = [{ percent: 95, do: "notify", notify: ["one"] }, { percent: 100, do: "block" }];
  const w = await world(t, [{ name: "fast", where: { feature: "fast" }, period, limit: 10, at },
    { name: "slow", where: { feature: "slow" }, period, limit: 10, at }],
  { more: { channels: { one: { webhook: { url: `${http.url}/one` } }, two: { webhook: { url: `${http.url}/two` } } } } });
  await spend(w.toll, 10 * Math.min(gone * 1.2, 0.94), { feature: "fast" });
  await spend(w.toll, 10 * gone * 0.5, { feature: "slow" });
  const [fast, slow] = await budgetsOf(w.toll);
  assert.ok(Number(fast.pace.projected) > 10 && fast.pace.exceeds_at !== null);
  assert.ok(Number(slow.pace.projected) < 10 && slow.pace.exceeds_at === null);
  for (let i = 0; i < 2; i++) {
    await w.toll.kill();
    w.toll = await w.start(); // it looks when it starts
    await until(() => http.taken.length > 0, "the message");
    await until(async () => (await get(w.toll.url, "/metrics")).text.includes("\ntoll_messages_waiting 0\n"), "it is noted");
  }
  await until(async () => (await get(w.toll.url, "/metrics")).text.includes("\ntoll_messages_waiting 0\n"), "nothing waits");
  assert.deepEqual(http.taken.map((m) => `${m.path} ${JSON.parse(m.text).title}`),
    [`/one Budget fast will be over before its ${period} ends`]);
});

test("no side door: one id for all calls, other routes, batches; what is free or done passes", async (t) => {
  const reply = (req, res, call) => {
    res.setHeader("Content-Type", "application/json");
    res.end(call.url.endsWith("/chat/completions") ? answer("gpt-4o") : JSON.stringify({ id: "x", object: "batch" }));
  };
  const { toll } = await world(t, [{ name: "all", period: "day", limit: "0.05", at: [{ percent: 100, do: "block" }] }], { reply });
  const statuses = [];
  for (let i = 0; i < 8; i++) statuses.push((await ask(toll, { "X-Toll-Id": "always" })).status);
  assert.equal(statuses.filter((s) => s === 200).length, 4, `${statuses}`);
  assert.equal((await ask(toll, {}, { input_file_id: "f", endpoint: "/v1/chat/completions" }, "/openai/v1/batches")).status, 429);
  assert.equal((await ask(toll, {}, { input: "x", model: "text-embedding-3-small" }, "/openai/v1/embeddings")).status, 429);
  assert.equal((await ask(toll, {}, { input: "x" }, "/openai/v1/unheard/of")).status, 429);
  assert.equal((await ask(toll, {}, { input: "x" }, "/openai/v1/moderations")).status, 200);
  assert.equal((await fetch(`${toll.url}/openai/v1/batches/b1`)).status, 200);
  assert.equal((await fetch(`${toll.url}/openai/v1/models`)).status, 200);
});

test("whenever toll is killed, its counters come back as the ledger has them", async (t) => {
  const w = await world(t, [
    { name: "all", period: "day", limit: 1000 },
    { name: "users", per: "user", period: "day", unit: "requests", limit: 1000 },
    { name: "last-day", period: "rolling", window: "24h", unit: "tokens", limit: 1e9 },
  ]);
  for (let round = 0; round < rounds; round++) {
    let goes = true;
    const clients = Array.from({ length: 16 }, async (_, i) => {
      while (goes) await ask(w.toll, { "X-Toll-User": `u${i % 3}` }).catch(() => {});
    });
    await new Promise((r) => setTimeout(r, 150 + 50 * (round % 4)));
    await w.toll.kill();
    goes = false;
    await Promise.all(clients);
    w.toll = await w.start();
    const q = (await get(w.toll.url, "/api/query?metrics=cost,requests,input_tokens,output_tokens&by=user&range=all")).json;
    const [all, users, lastDay] = await budgetsOf(w.toll);
    assert.equal(Number(all.used), Number(q.totals.cost));
    assert.equal(all.requests, q.totals.requests);
    assert.deepEqual(Object.fromEntries(users.worst.map((x) => [x.value, x.used])),
      Object.fromEntries(q.rows.map((r) => [r[0], r[2]])));
    assert.equal(lastDay.used, q.totals.input_tokens + q.totals.output_tokens);
    assert.ok([all, users, lastDay].every((b) => Number(b.reserved) === 0));
  }
});

test("the SDKs see a refusal as their provider's, and do not try it again", async (t) => {
  const { toll } = await world(t, [{ name: "b", period: "day", limit: "0.001", contact: "us", at: [{ percent: 100, do: "block" }] }],
    { upstreams: (url) => ({ openai: { url }, anthropic: { url }, gemini: { url } }) });
  await spend(toll, 1);
  const refused = async () =>
    Number(/^toll_gateway_refused_total (\d+)$/m.exec((await get(toll.url, "/metrics")).text)[1]);
  const messages = [{ role: "user", content: "hello" }];
  const openai = new OpenAI({ apiKey: "k", baseURL: `${toll.url}/openai/v1` });
  const anthropic = new Anthropic({ apiKey: "k", baseURL: `${toll.url}/anthropic` });
  const gemini = new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl: `${toll.url}/gemini` } });
  await assert.rejects(openai.chat.completions.create({ model: "gpt-4o", messages, stream: true }),
    (e) => e instanceof OpenAI.RateLimitError && /budget 'b' is spent.*Ask us\./.test(e.message));
  assert.equal(await refused(), 1);
  await assert.rejects(anthropic.messages.create({ model: "claude-sonnet-4-5", max_tokens: 10, messages }),
    (e) => e instanceof Anthropic.RateLimitError && /budget 'b' is spent/.test(e.message));
  assert.equal(await refused(), 2);
  await assert.rejects(gemini.models.generateContent({ model: "gemini-2.5-flash", contents: "hello" }),
    (e) => e.status === 429 && /budget 'b' is spent/.test(e.message));
});
