// POST /v1/outcomes, /v1/releases, /v1/invoices, PUT /v1/customers: every form they take,
// everything they must refuse without losing a neighbour, and that what was
// acknowledged outlives a kill.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { countAt, event, freshDir, get, post, serve, toll, tollOk, until } from "./toll.mjs";

const TS = "2026-11-01T12:00:00Z";
const outcome = (i, more = {}) =>
  ({ id: `o-${i}`, ts: TS, name: "ticket-resolved", value: 1, user: `u-${i % 3}`, ...more });
const ndjson = (list) => list.map((x) => JSON.stringify(x)).join("\n");

async function send(url, kind, body, headers = {}, method) {
  const r = await fetch(`${url}/v1/${kind}`, {
    method: method ?? (kind === "customers" ? "PUT" : "POST"), body, headers,
  });
  const text = await r.text();
  return { status: r.status, json: text.startsWith("{") ? JSON.parse(text) : undefined, text, headers: r.headers };
}

const sendCsv = (url, kind, lines) =>
  send(url, kind, lines.join("\n") + "\n", { "content-type": "text/csv" });

async function records(url, kind, more = "range=all") {
  const r = await get(url, `/api/records?kind=${kind}&${more}`);
  assert.equal(r.status, 200, r.text);
  return r.json.records;
}

/** Waits until the server's store has so many of the kind. */
const untilN = (url, kind, n, more) =>
  until(async () => {
    const list = await records(url, kind, more);
    return list.length === n && list;
  }, `${n} ${kind}`);

test("outcomes: object, array, NDJSON, gzip and CSV are taken, and counted once", async (t) => {
  const s = await serve(t, freshDir(t));
  const one = await send(s.url, "outcomes", JSON.stringify(outcome(0)));
  assert.equal(one.status, 200, one.text);
  assert.deepEqual(one.json, { accepted: 1, duplicates: 0, rejected: [] });
  const array = await send(s.url, "outcomes", JSON.stringify([outcome(0), outcome(1), outcome(2)], null, 2));
  assert.deepEqual([array.json.accepted, array.json.duplicates], [2, 1]);
  const lines = await send(s.url, "outcomes", ndjson([outcome(3), outcome(3), outcome(4)]));
  assert.deepEqual([lines.json.accepted, lines.json.duplicates], [2, 1]);
  const zipped = await send(s.url, "outcomes", gzipSync(ndjson([outcome(5), outcome(4)])), { "content-encoding": "gzip" });
  assert.deepEqual([zipped.json.accepted, zipped.json.duplicates], [1, 1]);
  const csv = await sendCsv(s.url, "outcomes", ["id,ts,name,value", `o-6,${TS},score,0.25`]);
  assert.deepEqual([csv.json.accepted, csv.json.duplicates], [1, 0], csv.text);
  const list = await untilN(s.url, "outcomes", 7);
  assert.deepEqual(list[0], { id: "o-0", ts: TS, name: "ticket-resolved", value: 1, user: "u-0" });
  assert.equal(list[6].value, 0.25);
  assert.equal((await records(s.url, "outcomes", "range=all&name=score")).length, 1);
  assert.equal((await records(s.url, "outcomes", "range=all&user=u-1")).length, 2);
  // Events are counted apart, and their ids are others.
  assert.equal((await post(s.url, JSON.stringify(event(0, { id: "o-0" })))).json.accepted, 1);
  await until(async () => (await countAt(s.url)) === 1, "the event");
  assert.match((await get(s.url, "/metrics")).text, /^toll_records_accepted_total 7$/m);
  assert.match((await get(s.url, "/metrics")).text, /^toll_events_accepted_total 1$/m);
});

test("an outcome without value, ts or id gets them", async (t) => {
  const s = await serve(t, freshDir(t));
  const r = await send(s.url, "outcomes", '{"name":"thumbs-up","experiment":"x","variant":"a"}');
  assert.equal(r.json.accepted, 1, r.text);
  const [o] = await untilN(s.url, "outcomes", 1);
  assert.equal(o.value, 1);
  assert.match(o.id, /^toll-/);
  assert.ok(Math.abs(Date.parse(o.ts) - Date.now()) < 60000);
});

const golden = (name) => readFileSync(new URL(`../golden/import/${name}`, import.meta.url));
const DAY = { from: "2026-10-01T00:00:00Z", to: "2026-10-02T00:00:00Z" };

test("invoices: providers' reports and tables are lines, kept once, the last amount counts", async (t) => {
  const dir = freshDir(t);
  const s = await serve(t, dir);
  const claude = await send(s.url, "invoices", golden("anthropic-cost-report.json"));
  assert.deepEqual(claude.json, { accepted: 2, duplicates: 0, rejected: [] });
  const openai = await send(s.url, "invoices", gzipSync(golden("openai-costs.json")), { "content-encoding": "gzip" });
  assert.equal(openai.json.accepted, 2, openai.text);
  const [web, tokens] = await untilN(s.url, "invoices", 2, "range=all&provider=anthropic");
  assert.deepEqual(web, {
    provider: "anthropic", ...DAY, account: "wrkspc_fx", line: "Web Search Usage", charge: "web_search",
    amount: "0.040000000000", currency: "USD",
  });
  assert.deepEqual([tokens.model, tokens.amount, tokens.charge], ["claude-opus-5", "1.237891200000", "tokens"]);
  const lines = await untilN(s.url, "invoices", 2, "range=all&provider=openai");
  assert.deepEqual(lines.map((l) => [l.model, l.amount]), [["gpt-4o-mini-2024-07-18", "0.060000000000"], [undefined, "1.250000000000"]]);
  // Again, with another amount: the line is the same.
  const again = golden("openai-costs.json").toString().replace('"1.2500"', '"1.75"');
  assert.equal((await send(s.url, "invoices", again)).json.accepted, 2);
  await until(async () => (await records(s.url, "invoices", "range=all&provider=openai"))[1].amount === "1.750000000000", "the later amount");
  assert.equal((await records(s.url, "invoices")).length, 4);
  // A table, by its form; the wrong line is told.
  const csv = await send(s.url, "invoices", "provider;from;to;line;amount;currency\nMistral;2026-10-01;2026-11-01;October;-12.5;usd\nmistral;2026-10-01;2026-10-01;x;1;USD\nmistral;2026-10-01;2026-11-01;y;1;EUR\n");
  assert.deepEqual([csv.json.accepted, csv.json.rejected.map((r) => r.index)], [1, [1, 2]], csv.text);
  assert.match(csv.json.rejected[0].error, /line 3: to must be behind from/);
  assert.match(csv.json.rejected[1].error, /currency must be USD/);
  // A report of usage has no amounts.
  const usage = await send(s.url, "invoices", golden("openai-usage-completions.json"));
  assert.equal(usage.status, 422);
  assert.match(usage.json.rejected[0].error, /no amount/);
  assert.equal((await send(s.url, "invoices", '{"data":[{"x":1}]}')).status, 422);
  assert.equal((await send(s.url, "invoices", "[]", {}, "PUT")).status, 405);
  // What was acknowledged outlives a kill.
  await s.kill();
  const s2 = await serve(t, dir);
  assert.equal((await untilN(s2.url, "invoices", 5)).length, 5);
});

test("toll import takes reports of costs, twice without harm, and by a server", async (t) => {
  const dir = freshDir(t);
  const data = join(dir, "data");
  const files = ["openai-costs.json", "anthropic-cost-report.json"].map((f) => new URL(`../golden/import/${f}`, import.meta.url).pathname);
  assert.match(tollOk(["import", "--data", data, ...files]), /4 records beside the calls added/);
  assert.match(tollOk(["import", "--data", data, ...files]), /4 records beside the calls added/);
  const table = join(dir, "bill.csv");
  writeFileSync(table, "provider,from,to,amount\nacme,2026-10-01,2026-11-01,7\nacme,2026-10-01,2026-11-01,much\n");
  const s = await serve(t, data);
  assert.equal((await untilN(s.url, "invoices", 4)).length, 4);
  const r = toll(["import", "--data", data, table]);
  assert.equal(r.code, 3);
  assert.match(r.err, /amount must be dollars/);
  assert.equal((await untilN(s.url, "invoices", 5)).find((l) => l.provider === "acme").amount, "7.000000000000");
});

test("one wrong record never costs its neighbours, and is kept", async (t) => {
  const dir = freshDir(t);
  const s = await serve(t, dir);
  const wrong = [
    ["no name", { name: undefined }, /name is missing/],
    ["a value as text", { value: "1" }, /value must be a number/],
    ["an infinite value", { value: 1 }, /value|number/],
    ["a misspelt member", { custmer: "x" }, /did you mean customer/],
    ["a time in 1970", { ts: "1970-01-01T00:00:00Z" }, /ts/],
    ["a time without offset", { ts: "2026-11-01T12:00:00" }, /offset/],
    ["a long id", { id: "x".repeat(129) }, /id/],
    ["a long dimension", { customer: "y".repeat(257) }, /customer/],
    ["a wrong type", { feature: { name: "x" } }, /feature must be a string/],
  ];
  const body = [outcome(1), ...wrong.map(([, w], i) => outcome(100 + i, w)), outcome(2)]
    .map((x, i) => (i === 3 ? JSON.stringify(x).replace('"value":1', '"value":1e999') : JSON.stringify(x)));
  const r = await send(s.url, "outcomes", [...body, "{broken"].join("\n"));
  assert.equal(r.status, 200, r.text);
  assert.equal(r.json.accepted, 2, r.text);
  assert.equal(r.json.rejected.length, wrong.length + 1);
  wrong.forEach(([name, , reason], i) => {
    assert.equal(r.json.rejected[i].index, i + 1, name);
    assert.match(r.json.rejected[i].error, reason, name);
  });
  const [file] = readdirSync(join(dir, "rejects"));
  const kept = readFileSync(join(dir, "rejects", file), "utf8").trim().split("\n").map((l) => JSON.parse(l));
  assert.equal(kept.length, wrong.length + 1);
  assert.equal(kept[3].event.custmer, "x");
  const all = await send(s.url, "outcomes", "{}");
  assert.equal(all.status, 422);
});

test("what cannot be parsed as a whole is told with the fitting status", async (t) => {
  const s = await serve(t, freshDir(t));
  for (const [name, kind, body, status] of [
    ["empty", "outcomes", "", 400],
    ["not JSON", "outcomes", "hello", 400],
    ["a cut array", "releases", '[{"release":"1"},', 400],
    ["an empty table", "customers", "", 400],
    ["truncated gzip", "outcomes", gzipSync("{}").subarray(0, 15), 400],
  ]) {
    const r = await send(s.url, kind, body);
    assert.equal(r.status, status, `${name}: ${r.text}`);
    assert.ok(r.json.error.message, name);
  }
  assert.equal((await send(s.url, "outcomes", "x", { "content-encoding": "br" })).status, 415);
  for (const [kind, wrong, right] of [["outcomes", "PUT", "POST"], ["releases", "DELETE", "POST"], ["customers", "POST", "PUT"]]) {
    const r = await send(s.url, kind, "{}", {}, wrong);
    assert.equal(r.status, 405, kind);
    assert.equal(r.headers.get("allow"), right);
  }
  assert.equal((await get(s.url, "/api/records?kind=events")).status, 400);
  assert.equal((await get(s.url, "/api/records?kind=outcomes&range=soon")).status, 400);
  assert.equal((await get(s.url, "/api/records?kind=customers&month=may")).status, 400);
});

test("releases: the first time of a release and feature stays", async (t) => {
  const s = await serve(t, freshDir(t));
  const first = await send(s.url, "releases", ndjson([
    { ts: TS, release: "2026.11.1", note: "the first" },
    { ts: TS, release: "2026.11.1", feature: "search" },
  ]));
  assert.equal(first.json.accepted, 2, first.text);
  const again = await send(s.url, "releases", JSON.stringify({ ts: "2026-11-02T00:00:00Z", release: "2026.11.1" }));
  assert.deepEqual(again.json, { accepted: 0, duplicates: 1, rejected: [] });
  assert.match((await send(s.url, "releases", '{"ts":1793491200}')).json.rejected[0].error, /release is missing/);
  assert.deepEqual(await untilN(s.url, "releases", 2), [
    { ts: TS, release: "2026.11.1", note: "the first" },
    { ts: TS, release: "2026.11.1", feature: "search" },
  ]);
  assert.equal((await records(s.url, "releases", "range=all&feature=chat")).length, 1);
});

test("customers: CSV and JSON upsert by customer and month, money is exact", async (t) => {
  const s = await serve(t, freshDir(t));
  const csv = await sendCsv(s.url, "customers", [
    "customer,segment,tier,revenue,from",
    "aurelia,enterprise,plus,1200.50,2026-10",
    'acorn,free,,0,2026-10-01',
    'bad,pro,,12 dollars,2026-10',
    'late,pro,"a, b",0.000000000001,2026-11',
    "short,pro",
    'torn,"pro"x,,1,2026-10',
  ]);
  assert.equal(csv.status, 200, csv.text);
  assert.equal(csv.json.accepted, 3);
  assert.deepEqual(csv.json.rejected.map((x) => x.index), [2, 4, 5]);
  assert.match(csv.json.rejected[0].error, /line 4: revenue must be dollars/);
  assert.match(csv.json.rejected[1].error, /line 6: it has 2 cells/);
  assert.match(csv.json.rejected[2].error, /^line 7: text after a closing quote/);
  await untilN(s.url, "customers", 3, "month=2026-11");
  assert.equal((await records(s.url, "customers", "month=2026-10")).length, 2);
  const json = await send(s.url, "customers", JSON.stringify([
    { customer: "aurelia", segment: "enterprise", tier: "max", revenue: 1300.25, from: "2026-11" },
    { customer: "acorn", revenue: "9", from: "2026-10" },
  ]));
  assert.equal(json.json.accepted, 2, json.text);
  await until(async () => (await records(s.url, "customers", "month=2026-11"))
    .some((c) => c.tier === "max"), "the second row");
  const by = (list) => Object.fromEntries(list.map((c) => [c.customer, c.revenue]));
  assert.deepEqual(by(await records(s.url, "customers", "month=2026-10")),
    { acorn: "9.000000000000", aurelia: "1200.500000000000" });
  assert.deepEqual(by(await records(s.url, "customers", "month=2026-12")),
    { acorn: "9.000000000000", aurelia: "1300.250000000000", late: "0.000000000001" });
});

test("a table of customers with wrong columns is refused with what is expected", async (t) => {
  const s = await serve(t, freshDir(t));
  for (const [header, words] of [
    ["customer,mrr,from", /unknown column "mrr".*customer, segment, tier, revenue, from/],
    ["customer,segment,tier", /missing column "revenue".*customer, segment, tier, revenue, from/],
    ["customer,customer,revenue,from", /a second column "customer"/],
    ["aurelia,enterprise,plus,10,2026-10", /unknown column "aurelia"/],
  ]) {
    const r = await sendCsv(s.url, "customers", [header, "a,b,c"]);
    assert.equal(r.status, 422, r.text);
    assert.match(r.json.error.message, words);
  }
  const semicolons = await send(s.url, "customers", gzipSync("from;revenue;customer\r\n2026-10;5;x\r\n"));
  assert.equal(semicolons.json.accepted, 1, semicolons.text);
});

test("aliases of the configuration apply to records", async (t) => {
  const dir = freshDir(t);
  writeFileSync(join(dir, "toll.yaml"), 'attribution: {aliases: {feature: {"Search Box": search}, customer: {ACME: acme}}}\n');
  const s = await serve(t, dir);
  await send(s.url, "outcomes", JSON.stringify(outcome(1, { feature: "Search Box", customer: "ACME" })));
  await sendCsv(s.url, "customers", ["customer,revenue,from", "ACME,5,2026-10"]);
  const [o] = await untilN(s.url, "outcomes", 1);
  assert.deepEqual([o.feature, o.customer], ["search", "acme"]);
  const [c] = await untilN(s.url, "customers", 1);
  assert.equal(c.customer, "acme");
});

test("what was acknowledged outlives a kill, and is there once", async (t) => {
  const dir = freshDir(t);
  const acked = new Set();
  for (let round = 0; round < 4; round++) {
    const s = await serve(t, dir);
    // What may have been cut off before is sent again: counted once.
    const again = await send(s.url, "outcomes", ndjson([...Array(20).keys()].map((i) => outcome(i))));
    assert.equal(again.json.accepted + again.json.duplicates, 20);
    assert.equal(again.json.accepted, round === 0 ? 20 : 0, "remembered over the kill");
    for (let i = 0; i < 20; i++) acked.add(`o-${i}`);
    for (let k = 0; k < 30; k++) {
      const id = `r${round}-${k}`;
      const r = await send(s.url, "outcomes", JSON.stringify(outcome(0, { id })));
      assert.equal(r.status, 200);
      acked.add(id);
    }
    await send(s.url, "releases", JSON.stringify({ ts: TS, release: `1.${round}` }));
    await send(s.url, "releases", JSON.stringify({ ts: TS, release: "1.0" }));
    await sendCsv(s.url, "customers", ["customer,revenue,from", `c,${round},2026-10`]);
    await s.kill();
  }
  const s = await serve(t, dir);
  const list = await untilN(s.url, "outcomes", acked.size, "range=all&limit=5000");
  assert.deepEqual(new Set(list.map((o) => o.id)), acked);
  assert.deepEqual((await untilN(s.url, "releases", 4)).map((r) => r.release), ["1.0", "1.1", "1.2", "1.3"]);
  const customers = await untilN(s.url, "customers", 1);
  assert.equal(customers[0].revenue, "3.000000000000");
});

test("the demo's records are the same with and without a server", async (t) => {
  const demo = ["demo", "--events", "2000", "--end", "2026-11-01"];
  const lists = [];
  for (const served of [false, true]) {
    const dir = freshDir(t);
    if (!served) tollOk([...demo, "--data", dir]);
    const s = await serve(t, dir);
    if (served) tollOk([...demo, "--data", dir]);
    lists.push(await Promise.all([
      records(s.url, "outcomes", "range=all&limit=5000"), records(s.url, "releases"),
      records(s.url, "customers", "month=2026-10")]));
    await s.stop();
  }
  const [outcomes, releases, customers] = lists[0];
  assert.ok(outcomes.length > 100);
  assert.ok(releases.length >= 12);
  assert.equal(customers.length, 60);
  assert.deepEqual(lists[1], lists[0]);
});

test("toll import takes records by their content, with and without a server", async (t) => {
  const files = freshDir(t);
  const file = (name, text) => (writeFileSync(join(files, name), text), join(files, name));
  const paths = [
    file("outcomes.ndjson", ndjson([outcome(1), outcome(2, { id: undefined }), outcome(3, { value: "no" })]) + "\n"),
    file("releases.json", JSON.stringify([{ ts: TS, release: "1" }, { ts: TS, release: "1" }])),
    file("customers.csv", "customer;revenue;from\na;5;2026-10\nb;five;2026-10\n"),
  ];
  for (const served of [false, true]) {
    const dir = freshDir(t);
    let s = served ? await serve(t, dir) : undefined;
    const r = toll(["import", "--data", dir, "--json", ...paths]);
    assert.equal(r.code, 3, r.err);
    const counts = JSON.parse(r.out);
    assert.deepEqual([counts.events, counts.records, counts.records_accepted, counts.records_duplicates, counts.rejected],
      [0, 5, 4, 1, 2], r.out);
    assert.match(r.err, /outcomes.ndjson line 3: value must be a number/);
    assert.match(r.err, /customers.csv line 3: revenue must be dollars/);
    const again = JSON.parse(toll(["import", "--data", dir, "--json", ...paths]).out);
    assert.deepEqual([again.records_accepted, again.records_duplicates], [1, 4], "customers are an upsert");
    // What was refused comes back mended.
    const kept = readFileSync(counts.reject_file, "utf8").replaceAll('"value":"no"', '"value":0').replaceAll('"five"', '"5.5"');
    const mended = JSON.parse(tollOk(["import", "--data", dir, "--json", file("mended.ndjson", kept)]));
    // Refused twice above, so it is there twice; the same id counts once.
    assert.equal(mended.records_accepted, 3, JSON.stringify(mended));
    s ??= await serve(t, dir);
    assert.equal((await untilN(s.url, "outcomes", 3)).length, 3);
    assert.equal((await untilN(s.url, "releases", 1)).length, 1);
    assert.deepEqual((await untilN(s.url, "customers", 2)).map((c) => c.revenue), ["5.000000000000", "5.500000000000"]);
    await s.stop();
  }
  const wrong = toll(["import", "--data", freshDir(t), file("wrong.csv", "customer,mrr,revenue\na,1,2\n")]);
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /unknown column "mrr".*customer, segment, tier, revenue, from/);
});
