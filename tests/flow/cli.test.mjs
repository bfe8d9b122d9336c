// The command line, with and without a running server, on the same data.
import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bin, countAt, event, freshDir, get, post, serve, toll, tollOk, until } from "./toll.mjs";

const ndjson = (events) => events.map((e) => JSON.stringify(e)).join("\n") + "\n";
const many = (n, more) => Array.from({ length: n }, (_, i) => event(i, more));

function query(dir, args = []) {
  return JSON.parse(tollOk(["query", "--data", dir, "--json", "--range", "all",
    "--where", "environment:*", ...args]));
}

test("help for every command, and the nearest right word for a wrong one", () => {
  const overview = tollOk(["--help"]);
  const commands = [...overview.matchAll(/^ {2}([a-z-]+) {2,}/gm)].map((m) => m[1]);
  for (const c of ["serve", "import", "top", "query", "price", "demo", "export", "check-config", "version"]) {
    assert.ok(commands.includes(c), c);
  }
  for (const c of commands) {
    const help = tollOk([c, "--help"]);
    assert.match(help, /--help/);
    if (["top", "query", "price", "import", "version"].includes(c)) assert.match(help, /--json/);
  }
  assert.equal(toll([]).code, 2);
  const wrong = toll(["improt", "x"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /did you mean import/);
  const option = toll(["top", "--rnage", "7d"]);
  assert.equal(option.code, 2);
  assert.match(option.err, /did you mean --range/);
});

test("version tells the price book's date and count", () => {
  assert.match(tollOk(["version"]), /^toll \d+\.\d+\.\d+\nprices: .+ of \d{4}-\d\d-\d\d, \d+ models/);
  const json = JSON.parse(tollOk(["version", "--json"]));
  assert.ok(json.prices.models > 1000);
});

test("import, twice: the second adds nothing", (t) => {
  const dir = freshDir(t);
  const file = join(dir, "events.ndjson");
  writeFileSync(file, ndjson(many(500)));
  const data = join(dir, "data");
  const first = JSON.parse(tollOk(["import", "--data", data, "--json", file]));
  assert.deepEqual([first.accepted, first.duplicates, first.rejected], [500, 0, 0]);
  const second = JSON.parse(tollOk(["import", "--data", data, "--json", file]));
  assert.deepEqual([second.accepted, second.duplicates], [0, 500]);
  assert.equal(query(data).totals.requests, 500);
});

test("history older than the ids kept in memory is known at a second import", (t) => {
  const dir = freshDir(t);
  const file = join(dir, "old.ndjson");
  writeFileSync(file, ndjson(Array.from({ length: 300 }, (_, i) =>
    event(i, { ts: new Date(Date.UTC(2026, 2, 1 + (i % 60))).toISOString() }))));
  const data = join(dir, "data");
  tollOk(["import", "--data", data, file]);
  const second = JSON.parse(tollOk(["import", "--data", data, "--json", file]));
  assert.deepEqual([second.accepted, second.duplicates], [0, 300]);
});

test("refused records are kept, mended, and brought back", (t) => {
  const dir = freshDir(t);
  const data = join(dir, "data");
  const file = join(dir, "mixed.ndjson");
  writeFileSync(file, ndjson([event(1), event(2, { model: undefined }), event(3)]));
  const r = toll(["import", "--data", data, "--json", file]);
  assert.equal(r.code, 3, r.err);
  const told = JSON.parse(r.out);
  assert.deepEqual([told.accepted, told.rejected], [2, 1]);
  const rejects = readFileSync(told.reject_file, "utf8");
  const line = JSON.parse(rejects.trim());
  assert.match(line.error, /model/);
  assert.match(line.place, /2/);
  line.event.model = "gpt-4o-mini";
  const mended = join(dir, "mended.ndjson");
  writeFileSync(mended, JSON.stringify(line) + "\n");
  const back = JSON.parse(tollOk(["import", "--data", data, "--json", mended]));
  assert.equal(back.accepted, 1);
  assert.equal(query(data).totals.requests, 3);
});

test("a call that costs too much to count is refused alone", (t) => {
  const dir = freshDir(t);
  const data = join(dir, "data");
  const file = join(dir, "dear.ndjson");
  writeFileSync(file, ndjson([event(1), event(2, { input_tokens: 2 ** 40, output_tokens: 2 ** 40, model: "gpt-4o" }), event(3)]));
  const r = toll(["import", "--data", data, "--json", file]);
  assert.equal(r.code, 3, r.err);
  const told = JSON.parse(r.out);
  assert.deepEqual([told.accepted, told.rejected], [2, 1]);
  const line = JSON.parse(readFileSync(told.reject_file, "utf8").trim());
  assert.match(line.error, /passes 9.2 million dollars/);
  assert.equal(query(data).totals.requests, 2);
});

// To root every folder is readable; so root asks as nobody.
const NOBODY = 65534;

test("a folder that cannot be read is told, and the rest goes on", (t) => {
  const uid = process.getuid() === 0 ? NOBODY : undefined;
  if (toll(["version"], { uid }).code !== 0) {
    return t.skip("the build is in a folder of root's own");
  }
  const dir = freshDir(t);
  const folder = join(dir, "in");
  mkdirSync(join(folder, "locked"), { recursive: true });
  mkdirSync(join(dir, "data"));
  writeFileSync(join(folder, "a.ndjson"), ndjson([event(1)]));
  for (const path of [dir, join(dir, "data"), folder, join(folder, "locked")]) {
    if (uid) chownSync(path, uid, uid);
  }
  chmodSync(join(folder, "locked"), 0);
  const r = toll(["import", "--data", join(dir, "data"), "--json", folder], { uid });
  chmodSync(join(folder, "locked"), 0o700); // else it could not be removed
  assert.equal(r.code, 3, r.err);
  assert.equal(JSON.parse(r.out).accepted, 1);
  assert.match(r.err, /locked: .*[Pp]ermission denied/);
});

test("what cannot be used is told, and the rest goes on", (t) => {
  const dir = freshDir(t);
  const folder = join(dir, "in");
  mkdirSync(folder);
  writeFileSync(join(folder, "a.ndjson"), ndjson([event(1)]));
  writeFileSync(join(folder, "junk.ndjson"), Buffer.from([0, 1, 2, 3, 0xff, 0xfe]));
  writeFileSync(join(folder, "picture.png"), Buffer.from([0x89, 0x50, 0x4e, 0x47]));
  writeFileSync(join(folder, "wrong.csv"), "colour,size\nred,1\n");
  const r = toll(["import", "--data", join(dir, "data"), "--json", folder]);
  assert.equal(r.code, 3, r.err);
  assert.equal(JSON.parse(r.out).accepted, 1);
  assert.match(r.err, /junk\.ndjson: of no known format/);
  assert.match(r.err, /wrong\.csv: .*--map FILE/);
  assert.doesNotMatch(r.err, /picture/); // what no import expects is passed by
  const wrong = toll(["import", "--data", join(dir, "data"), "--format", "csv", join(folder, "wrong.csv")]);
  assert.match(wrong.err, /no column is the model; there are: colour, size/);
  assert.notEqual(wrong.code, 0);
  const missing = toll(["import", "--data", join(dir, "data"), join(dir, "nowhere")]);
  assert.notEqual(missing.code, 0);
  assert.match(missing.err, /nowhere/);
});

test("an export imported elsewhere gives the same ledger", (t) => {
  const dir = freshDir(t);
  const a = join(dir, "a");
  const b = join(dir, "b");
  const file = join(dir, "events.ndjson");
  writeFileSync(file, ndjson([
    ...many(50), event(90, { environment: "internal", tags: { team: "x, \"y\"" } }),
    event(91, { provider: "vllm", model: "own-model" }),
    event(92, { status: "error", attempt: 2, user: "ü\u202e<b>" }),
  ]));
  tollOk(["import", "--data", a, file]);
  const out = tollOk(["export", "--data", a, "--format", "ndjson", "--where", "environment:*"]);
  writeFileSync(join(dir, "out.ndjson"), out);
  tollOk(["import", "--data", b, join(dir, "out.ndjson")]);
  const by = ["--metrics", "cost,requests,input_tokens,unpriced_requests", "--by", "feature,model,environment,user,tag.team"];
  assert.deepEqual(query(b, by).rows, query(a, by).rows);
  const strip = (s) => s.trim().split("\n").map((l) => {
    const { arrival, source, ...e } = JSON.parse(l);
    return e;
  });
  const again = tollOk(["export", "--data", b, "--format", "ndjson", "--where", "environment:*"]);
  assert.deepEqual(strip(again), strip(out));
  const csv = tollOk(["export", "--data", a, "--format", "csv", "--where", "environment:*"]);
  assert.equal(csv.trim().split("\r\n").length, 54);
});

test("commands give the same with and without a running server", async (t) => {
  const dir = freshDir(t);
  const file = join(dir, "events.ndjson");
  const data = join(dir, "data");
  writeFileSync(file, ndjson(many(200)));
  tollOk(["import", "--data", data, file]);
  const commands = [
    ["top", "--data", data, "--range", "all", "--json"],
    ["query", "--data", data, "--by", "feature,model", "--interval", "day", "--from", "2026-10-01", "--to", "2026-12-01", "--json"],
    ["export", "--data", data, "--format", "csv"],
  ];
  const before = commands.map((c) => tollOk(c));
  const s = await serve(t, data);
  commands.forEach((c, i) => assert.equal(tollOk(c), before[i], c[0]));
  // An import through the server returns when it can be queried.
  const more = join(dir, "more.ndjson");
  writeFileSync(more, ndjson(Array.from({ length: 3000 }, (_, i) => event(1000 + i))));
  const told = JSON.parse(tollOk(["import", "--data", data, "--json", more]));
  assert.equal(told.accepted, 3000);
  assert.equal(await countAt(s.url), 3200);
  assert.equal(query(data).totals.requests, 3200);
  const stdin = JSON.parse(tollOk(["import", "--data", data, "--json", "-"], {
    input: ndjson([event(9999)]) }));
  assert.equal(stdin.accepted, 1);
  assert.equal(await s.stop(), 0);
});

test("price: the sum line by line, the row, and no price is told as such", () => {
  const x = JSON.parse(tollOk(["price", "gpt-4o", "--input", "1200", "--cache-read", "1000", "--output", "300", "--at", "2026-06-01", "--json"]));
  assert.equal(x.priced, true);
  const sum = x.lines.reduce((a, l) => a + BigInt(l.amount.replace(".", "")), 0n);
  assert.equal(sum, BigInt(x.cost.replace(".", "")));
  assert.equal(x.cost, "0.004750000000"); // 200 x 2.50 + 1000 x 1.25 + 300 x 10, a million
  assert.match(tollOk(["price", "gpt-4o", "--input", "1200", "--output", "300"]), /row +openai\/gpt-4o/);
  const none = toll(["price", "no-such-model-7", "--provider", "openai", "--input", "5"]);
  assert.equal(none.code, 4);
  assert.match(none.out, /No price/);
  assert.equal(toll(["price", "gpt-4o", "--input", "5", "--cache-read", "6"]).code, 2);
});

test("names that could drive a terminal or a spreadsheet are shown as text", (t) => {
  const dir = freshDir(t);
  tollOk(["import", "--data", dir, "-"], { input: ndjson([
    event(1, { feature: "\u001b[31mred", customer: "=1+1" })]) });
  const table = tollOk(["top", "--data", dir, "--range", "all"]);
  assert.ok(!table.includes("\u001b"));
  assert.match(table, /\ufffd\[31mred/);
  assert.match(tollOk(["query", "--data", dir, "--by", "customer", "--range", "all", "--csv"]), /^'=1\+1,/m);
});

test("doctor tells what arrived, what it lacks, and what to paste", async (t) => {
  const dir = freshDir(t);
  const none = tollOk(["doctor", "--data", dir]);
  assert.match(none, /none runs on these data/);
  assert.match(none, /no call was made/);
  assert.match(none, /baseURL: "http:\/\/127\.0\.0\.1:8655\/openai\/v1"/);
  const s = await serve(t, dir);
  const now = () => ({ ts: new Date().toISOString() });
  const lines = [
    event(1, { ...now(), feature: "search" }),
    event(2, { ...now(), feature: "" }),
    event(3, { ...now(), feature: "search", provider: "openai", model: "no-such-model" }),
  ];
  const r = await post(s.url, ndjson(lines));
  assert.equal(r.json.accepted, 3);
  await until(async () => (await countAt(s.url)) === 3, "all three");
  const text = tollOk(["doctor", "--data", dir]);
  assert.match(text, new RegExp(`${s.url}, takes events`));
  assert.match(text, /1 of 3 calls bear no feature/);
  assert.match(text, /1 calls have no price/);
  assert.match(text, /no-such-model/);
  const d = JSON.parse(tollOk(["doctor", "--data", dir, "--json"]));
  assert.equal(d.server, s.url);
  assert.equal(d.ready, true);
  assert.equal(d.arrived.totals.requests, 3);
  assert.equal(d.untagged.totals.requests, 1);
  assert.equal(d.unpriced.totals.unpriced_requests, 1);
  const one = tollOk(["doctor", "--data", dir, "--setup", "openai"]);
  assert.equal(one, d.setup.openai);
  assert.equal(one.trim().split("\n").length, 3);
  const wrong = toll(["doctor", "--data", dir, "--setup", "opneai"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /did you mean openai\?/);
  assert.equal(toll(["doctor", "--data", dir, "--minutes", "0"]).code, 2);
});

test("the demo goes only where nothing real is", (t) => {
  const dir = freshDir(t);
  const demo = tollOk(["demo", "--data", join(dir, "demo"), "--events", "3000", "--end", "2026-11-01"]);
  assert.match(demo, /demo events added/);
  tollOk(["import", "--data", join(dir, "real"), "-"], { input: ndjson([event(1)]) });
  const refused = toll(["demo", "--data", join(dir, "real"), "--events", "3000"]);
  assert.notEqual(refused.code, 0);
  assert.match(refused.err, /other events/);
  const q = query(join(dir, "demo"), ["--by", "source"]);
  assert.deepEqual(q.rows.map((r) => r[0]), ["demo"]);
});

test("the same API in every form: /api/events pages give each event once", async (t) => {
  const dir = freshDir(t);
  const s = await serve(t, dir);
  // Many events at the same instant: the cursor must not skip or repeat.
  await post(s.url, ndjson(many(250)));
  await new Promise((r) => setTimeout(r, 800));
  const seen = [];
  let after = "";
  do {
    const r = await get(s.url, `/api/events?range=all&limit=40${after}`);
    assert.equal(r.status, 200, r.text);
    seen.push(...r.json.events.map((e) => e.id));
    after = r.json.next === null ? "" : `&after=${encodeURIComponent(r.json.next)}`;
  } while (after);
  assert.equal(seen.length, 250);
  assert.equal(new Set(seen).size, 250);
  for (const bad of ["limit=0", "limit=x", "after=x", "format=xml", "ordr=asc", "range=neverday", "where=feture:x"]) {
    const r = await get(s.url, `/api/events?${bad}`);
    assert.equal(r.status, 400, bad);
    assert.ok(r.json.error.message, bad);
  }
});

test("the folder can be moved: the library is found beside the program", (t) => {
  const names = readdirSync(join(bin, ".."));
  assert.ok(names.includes("libduckdb.so"));
});
