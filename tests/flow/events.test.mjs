// POST /v1/events: every form it takes, and everything it must refuse
// without losing a neighbour.
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { countAt, event, freshDir, get, post, serve, until } from "./toll.mjs";

const ndjson = (events) => events.map((e) => JSON.stringify(e)).join("\n");

test("object, array, NDJSON and gzip are taken, and counted once", async (t) => {
  const s = await serve(t, freshDir(t));
  const one = await post(s.url, JSON.stringify(event(0)));
  assert.equal(one.status, 200);
  assert.deepEqual(one.json, { accepted: 1, duplicates: 0, rejected: [] });
  const pretty = await post(s.url, JSON.stringify(event(1), null, 2));
  assert.equal(pretty.json.accepted, 1);
  const array = await post(s.url, JSON.stringify([event(1), event(2), event(3)]));
  assert.deepEqual([array.json.accepted, array.json.duplicates], [2, 1]);
  const lines = await post(s.url, ndjson([event(4), event(5)]) + "\n");
  assert.equal(lines.json.accepted, 2);
  const zipped = await post(s.url, gzipSync(ndjson([event(6), event(7)])), {
    "content-encoding": "gzip",
  });
  assert.equal(zipped.json.accepted, 2);
  await until(async () => (await countAt(s.url)) === 8, "8 events");
});

test("an event is seen by queries within one second of its answer", async (t) => {
  const s = await serve(t, freshDir(t));
  assert.equal((await post(s.url, JSON.stringify(event(1)))).status, 200);
  const start = Date.now();
  await until(async () => (await countAt(s.url)) === 1, "the event");
  // The promise is a second; the bound here leaves room for a loaded machine.
  assert.ok(Date.now() - start < 10000);
});

test("one wrong event never costs its neighbours", async (t) => {
  const s = await serve(t, freshDir(t));
  const wrong = [
    ["a count of 2^63", { input_tokens: 9223372036854775808 }, /input_tokens/],
    ["a negative count", { output_tokens: -1 }, /output_tokens/],
    ["a fraction", { output_tokens: 1.5 }, /output_tokens/],
    ["a part above its total", { input_tokens: 5, cache_read_tokens: 6 }, /cache_read/],
    ["a time in 1970", { ts: "1970-01-01T00:00:00Z" }, /ts/],
    ["a time far ahead", { ts: "2099-01-01T00:00:00Z" }, /ts/],
    ["a wrong type", { feature: { name: "x" } }, /feature/],
    ["no model", { model: undefined }, /model/],
    ["an unknown provider's model", { model: "mystery-9000" }, /provider/],
    ["an unknown environment", { environment: "prod" }, /production/],
    ["a long id", { id: "x".repeat(129) }, /id/],
    ["a long dimension", { customer: "y".repeat(257) }, /customer/],
    ["too many tags", { tags: Object.fromEntries([...Array(17).keys()].map((k) => [`t${k}`, "v"])) }, /tag/],
  ];
  const good = [event(1), event(2)];
  const body = [good[0], ...wrong.map(([, w], i) => ({ ...event(100 + i), ...w })), good[1]];
  const r = await post(s.url, ndjson(body));
  assert.equal(r.status, 200);
  assert.equal(r.json.accepted, 2, r.text);
  assert.equal(r.json.rejected.length, wrong.length);
  wrong.forEach(([name, , reason], i) => {
    assert.equal(r.json.rejected[i].index, i + 1, name);
    assert.match(r.json.rejected[i].error, reason, name);
  });
});

test("invalid UTF-8, broken lines and depth 10,000 are refused one by one", async (t) => {
  const s = await serve(t, freshDir(t));
  const deep = `{"id":"d","model":"gpt-4o","x":${"[".repeat(10000)}${"]".repeat(10000)}}`;
  const body = Buffer.concat([
    Buffer.from(JSON.stringify(event(1)) + "\n"),
    Buffer.from('{"id":"u","model":"gpt-4o","feature":"\xff\xfe"}\n', "latin1"),
    Buffer.from('{"id": "cut", "model"\n'),
    Buffer.from(deep + "\n"),
    Buffer.from(JSON.stringify(event(2)) + "\n"),
  ]);
  const r = await post(s.url, body);
  assert.equal(r.status, 200, r.text);
  assert.equal(r.json.accepted, 2);
  assert.deepEqual(r.json.rejected.map((x) => x.index), [1, 2, 3]);
});

test("what cannot be parsed as a whole is told with the fitting status", async (t) => {
  const s = await serve(t, freshDir(t));
  const zipped = gzipSync(ndjson([event(1), event(2)]));
  const cases = [
    ["empty", "", 400],
    ["not JSON", "hello", 400],
    ["a cut object", '{"id":"x"', 400],
    ["a cut array", `[${JSON.stringify(event(3))},`, 400],
    ["truncated gzip", zipped.subarray(0, zipped.length - 9), 400],
    ["depth 10,000", "[".repeat(10000), 400],
    ["all refused", JSON.stringify({ id: "z" }), 422],
  ];
  for (const [name, body, status] of cases) {
    const r = await post(s.url, body);
    assert.equal(r.status, status, `${name}: ${r.text}`);
    assert.ok(r.json.error?.message || r.json.rejected, name);
  }
  const brotli = await post(s.url, "x", { "content-encoding": "br" });
  assert.equal(brotli.status, 415);
  assert.equal((await fetch(`${s.url}/v1/events`)).status, 405);
  assert.equal((await fetch(`${s.url}/nowhere`)).status, 404);
  assert.equal(await countAt(s.url), 0);
});

test("a gzip bomb and a body over the limit are refused, and the server goes on", async (t) => {
  const s = await serve(t, freshDir(t));
  const bomb = await post(s.url, gzipSync(Buffer.alloc(200 << 20, 0x20)));
  assert.equal(bomb.status, 413, bomb.text);
  // 300 MB, sent as fast as the server reads; it begins once what the server
  // says is listened to.
  const { hostname, port } = new URL(s.url);
  const socket = net.connect(Number(port), hostname);
  await once(socket, "connect");
  const status = new Promise((resolve, reject) => {
    let answer = "";
    socket.on("data", (d) => {
      answer += d;
      const m = /^HTTP\/1.1 (\d+)/.exec(answer);
      if (m) {
        socket.destroy();
        resolve(Number(m[1]));
      }
    });
    socket.on("error", (e) => (answer ? undefined : reject(e)));
  });
  socket.write(`POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: ${300 << 20}\r\n\r\n`);
  const piece = Buffer.alloc(1 << 20, 0x20);
  for (let left = 300; left > 0 && !socket.destroyed; left--) {
    await new Promise((done) => socket.write(piece, () => setImmediate(done)));
  }
  assert.equal(await status, 413);
  assert.equal((await post(s.url, JSON.stringify(event(1)))).status, 200);
});

test("metrics, health and readiness", async (t) => {
  const s = await serve(t, freshDir(t));
  await post(s.url, ndjson([event(1), event(1), { id: "bad" }]));
  assert.equal((await get(s.url, "/healthz")).status, 200);
  assert.equal((await get(s.url, "/readyz")).status, 200);
  const m = (await get(s.url, "/metrics")).text;
  assert.match(m, /^toll_events_accepted_total 1$/m);
  assert.match(m, /^toll_events_duplicate_total 1$/m);
  assert.match(m, /^toll_events_rejected_total 1$/m);
  assert.match(m, /^toll_build_info\{version="[\d.]+",store="duckdb"\} 1$/m);
});
