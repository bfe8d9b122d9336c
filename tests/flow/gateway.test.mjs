// The gateway with nothing between: what passes and what does not, whose call
// it is, and what becomes of calls that go wrong.  Each ends in a line.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import http2 from "node:http2";
import net from "node:net";
import { test } from "node:test";
import zlib from "node:zlib";
import { events, provider, tollBefore } from "./provider.mjs";
import { freshDir, get, serve, until } from "./toll.mjs";

const usage = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };
const whole = (id) => JSON.stringify({
  id, object: "chat.completion", model: "gpt-4o-mini",
  choices: [{ index: 0, message: { role: "assistant", content: "hello" }, finish_reason: "stop" }], usage,
});
const piece = (id, content) => `data: ${JSON.stringify({
  id, object: "chat.completion.chunk", model: "gpt-4o-mini",
  choices: [{ index: 0, delta: { content }, finish_reason: null }],
})}\n\n`;
const last = (id) => `data: ${JSON.stringify({
  id, object: "chat.completion.chunk", model: "gpt-4o-mini", choices: [], usage,
})}\n\n`;
const question = (more = {}) => JSON.stringify({
  model: "gpt-4o-mini", messages: [{ role: "user", content: "x".repeat(400) }], ...more,
});
const path = "/openai/v1/chat/completions";

/** A socket to toll: say(text), heard(), until(word), ended. */
async function dial(url) {
  const socket = net.connect(Number(new URL(url).port), "127.0.0.1");
  let heard = "";
  let over = false;
  socket.on("data", (d) => (heard += d.toString("latin1")));
  socket.on("error", () => {});
  socket.on("close", () => (over = true));
  await once(socket, "connect");
  return {
    socket, heard: () => heard,
    say: (text) => socket.write(text),
    until: (word) => until(() => heard.includes(word), `"${word}" in ${heard}`, 10),
    end: () => until(() => over, "the end of the connection", 10),
  };
}

const request = (body, headers = "", route = path) =>
  `POST ${route} HTTP/1.1\r\nHost: toll\r\nContent-Type: application/json\r\n${headers}` +
  `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

async function ask(toll, { body = question(), headers = {}, route = path } = {}) {
  const r = await fetch(toll.url + route, { method: "POST", body, headers: {
    "Content-Type": "application/json", ...headers } });
  return { status: r.status, headers: r.headers, text: await r.text() };
}

/** toll before a provider that answers by `answer`. */
async function set(t, answer, more = {}) {
  const p = await provider(t, answer);
  const toll = await tollBefore(t, freshDir(t), { openai: { url: p.url, ...more } });
  return { p, toll };
}

/** toll before a socket that says `text` to each request, then acts. */
async function raw(t, text, act, more = {}) {
  const server = net.createServer((s) => {
    s.on("error", () => {});
    s.once("data", () => (s.write(text), act?.(s)));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const url = `http://127.0.0.1:${server.address().port}`;
  return tollBefore(t, freshDir(t), { openai: { url, ...more } });
}

test("requests and answers pass as they are", async (t) => {
  const { p, toll } = await set(t, (req, res) => {
    res.sendDate = false;
    res.writeHead(202, "Quite Fine", ["X-B", "2", "Set-Cookie", "a=1", "x-a", "1", "Set-Cookie", "b=2",
      "Content-Length", "5", "Connection", "keep-alive, X-Hop", "X-Hop", "gone"]);
    res.end(req.method === "HEAD" ? "" : "ab\0\r\n");
  });
  const c = await dial(toll.url);
  c.say("DELETE /openai/v1/files/a%2Fb/../c?x=%20&y=z+ HTTP/1.1\r\nHost: toll\r\nX-One: 1\r\nx-one: 2\r\n" +
    "X-Toll-Feature: f\r\nConnection: X-Mine\r\nX-Mine: 1\r\nTE: trailers\r\nAccept-Encoding: br, gzip;q=0.5\r\n\r\n");
  await c.until("ab\0\r\n");
  const [head] = c.heard().split("\r\n\r\n");
  assert.deepEqual(head.split("\r\n").filter((l) => !l.startsWith("Date")), ["HTTP/1.1 202 Quite Fine", "X-B: 2",
    "Set-Cookie: a=1", "x-a: 1", "Set-Cookie: b=2", "Content-Length: 5"]);
  const [call] = p.calls;
  assert.equal(call.url, "/v1/files/a%2Fb/../c?x=%20&y=z+");
  assert.deepEqual(call.raw, ["Host", `127.0.0.1:${p.port}`, "X-One", "1", "x-one", "2", "Accept-Encoding", "gzip;q=0.5"]);
  c.say("HEAD /openai/v1/x HTTP/1.1\r\nHost: toll\r\n\r\n");
  c.say("GET /openai/v1/y HTTP/1.1\r\nHost: toll\r\nConnection: close\r\n\r\n");
  await c.end();
  assert.equal(c.heard().match(/HTTP\/1.1 202/g).length, 3);
  assert.deepEqual(p.calls.map((x) => x.method), ["DELETE", "HEAD", "GET"]);
});

test("only configured upstreams are reachable, WebSocket is refused", async (t) => {
  const { toll } = await set(t, (req, res) => res.end());
  assert.equal((await ask(toll, { route: "/azure/openai/x" })).status, 404);
  assert.equal((await ask(toll, { route: "/http://127.0.0.1/" })).status, 404);
  const c = await dial(toll.url);
  c.say("GET /openai/v1/realtime HTTP/1.1\r\nHost: toll\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  await c.until("WebSocket");
  assert.match(c.heard(), /^HTTP\/1.1 501[\s\S]*"error"/);
});

test("an event passes the moment its bytes arrive; what was asked for is withheld", async (t) => {
  const gate = [];
  const { p, toll } = await set(t, async (req, res) => {
    res.writeHead(200, { "Content-Type": "text/event-stream" });
    for (const part of [piece("c", "one"), 'data: {"id":"c","choices":[{"delta":{"con', 'tent":"two"}}],"usage":null}\n',
      "\n", last("c").slice(0, 20), last("c").slice(20), "data: [DONE]\n\n"]) {
      res.write(part);
      await new Promise((r) => gate.push(r));
    }
    res.end();
  });
  const c = await dial(toll.url);
  c.say(request(question({ stream: true })));
  const next = async () => (await until(() => gate.length > 0, "the provider's next", 10), gate.shift()());
  await c.until("one");
  await next();
  await c.until('{"con');
  await next();
  await c.until("two");
  await next();
  await next();
  await next();
  await next();
  await c.until("[DONE]");
  await next();
  await c.until("0\r\n\r\n");
  const text = c.heard().split("\r\n\r\n").slice(1).join("\r\n\r\n").replace(/(^|\r\n)[0-9a-f]+\r\n/g, "");
  assert.equal(text.replace(/\r\n/g, ""), piece("c", "one") +
    'data: {"id":"c","choices":[{"delta":{"content":"two"}}]}\n\n' + "data: [DONE]\n\n");
  assert.equal(JSON.parse(p.calls[0].body).stream_options.include_usage, true);
  const [e] = await events(toll, 1);
  assert.deepEqual([e.input_tokens, e.output_tokens], [100, 20]);
});

test("whose call it is: headers, compatible headers, baggage, body", async (t) => {
  let n = 0;
  const { toll } = await set(t, (req, res) => res.end(whole(`w${n++}`)));
  await ask(toll, {
    body: question({ user: "from-body", metadata: { customer: "body-customer", note: "n" } }),
    headers: {
      "X-Toll-Feature": "mine", "Helicone-Property-Feature": "other", "Helicone-Property-Plan": "gold",
      "Helicone-User-Id": "u-1", "x-portkey-metadata": JSON.stringify({ _user: "u-2", segment: "smb", a: "b" }),
      baggage: "toll.segment=later,toll.workflow=in%20box;p=1,other=x,toll.tag.k=v",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "X-Toll-Environment": "Staging", "X-Toll-Tag-Zone": "eu", "X-Toll-Run": "",
    },
  });
  const [e] = await events(toll, 1);
  assert.deepEqual(
    [e.feature, e.user, e.segment, e.workflow, e.run, e.customer, e.environment],
    ["mine", "u-1", "smb", "in box", "0af7651916cd43dd8448eb211c80319c", "body-customer", "staging"]);
  assert.deepEqual(e.tags, { Plan: "gold", a: "b", k: "v", note: "n", zone: "eu" });
});

test("the provider's key takes the place of the caller's, on loopback only", async (t) => {
  const p = await provider(t, (req, res) => res.end(whole("k1")));
  const upstreams = {
    openai: { url: p.url, key_env: "HOME" },
    anthropic: { url: p.url, key_env: "HOME" },
    gemini: { url: p.url, key_env: "HOME" },
    other: { url: p.url, dialect: "openai", key_env: "TOLL_NOT_SET" },
  };
  const toll = await tollBefore(t, freshDir(t), upstreams);
  const headers = { Authorization: "Bearer toll-key", "x-api-key": "toll-key" };
  await ask(toll, { headers });
  await ask(toll, { headers, route: "/anthropic/v1/messages" });
  await ask(toll, { headers, route: "/gemini/v1beta/models/g:generateContent?key=toll-key&a=b" });
  const key = ({ headers: h }) => [h.authorization, h["x-api-key"], h["x-goog-api-key"]];
  assert.deepEqual(p.calls.map(key), [["Bearer /nonexistent", undefined, undefined],
    [undefined, "/nonexistent", undefined], [undefined, undefined, "/nonexistent"]]);
  assert.equal(p.calls[2].url, "/v1beta/models/g:generateContent?a=b");
  assert.equal((await ask(toll, { headers: { Origin: "https://evil.example" } })).status, 403);
  assert.equal((await ask(toll, { route: "/other/v1/chat/completions" })).status, 503);
  const open = await tollBefore(t, freshDir(t), upstreams, "0.0.0.0:0");
  assert.equal((await ask(open)).status, 403);
  assert.equal(p.calls.length, 3);
  assert.ok(!toll.log().includes("nonexistent") && !toll.log().includes("toll-key"));
});

test("an answer in gzip passes as it is and is read", async (t) => {
  const { toll } = await set(t, (req, res) => {
    assert.equal(req.headers["accept-encoding"], "gzip, deflate");
    const body = zlib.gzipSync(whole("z1"));
    res.writeHead(200, { "Content-Type": "application/json", "Content-Encoding": "gzip", "Content-Length": body.length });
    res.end(body);
  });
  const r = await ask(toll, { headers: { "Accept-Encoding": "zstd, br, gzip, deflate" } });
  assert.equal(r.text, whole("z1"));
  assert.equal(r.headers.get("content-encoding"), "gzip");
  const [e] = await events(toll, 1);
  assert.equal(e.output_tokens, 20);
});

test("a large body and a large answer pass whole", async (t) => {
  const much = "y".repeat(20_000_000);
  const { p, toll } = await set(t, (req, res) => res.end(JSON.stringify({ ...JSON.parse(whole("l1")), much })));
  const r = await ask(toll, { body: question({ much }) });
  assert.equal(JSON.parse(r.text).much.length, much.length);
  assert.equal(p.calls[0].body, question({ much }));
  assert.equal((await events(toll, 1))[0].output_tokens, 20);
});

test("a client that reads slowly holds the provider back, and gets all", async (t) => {
  let written = 0;
  const total = 64 * 1024 * 1024;
  const { toll } = await set(t, async (req, res) => {
    res.writeHead(200, { "Content-Type": "application/octet-stream" });
    while (written < total) {
      written += 65536;
      if (!res.write(Buffer.alloc(65536, "s"))) await once(res, "drain");
    }
    res.end();
  });
  const c = await dial(toll.url);
  let got = 0;
  c.socket.removeAllListeners("data");
  c.socket.pause();
  c.say(request(question()));
  await new Promise((r) => setTimeout(r, 500));
  assert.ok(written < total, `${written} bytes were taken for a client that reads none`);
  c.socket.on("data", (d) => (got += d.length));
  c.socket.resume();
  await until(() => got >= total, "the whole answer", 30);
});

test("an upstream that is not there is 502, one that is silent 504", async (t) => {
  const dead = await tollBefore(t, freshDir(t), { openai: { url: "http://127.0.0.1:1" } });
  const r = await ask(dead);
  assert.equal(r.status, 502);
  assert.match(JSON.parse(r.text).error.message, /upstream 'openai' did not answer/);
  const [e] = await events(dead, 1);
  assert.deepEqual([e.status, e.model, e.input_tokens ?? 0, e.tags], ["error", "gpt-4o-mini", 0, undefined]);
  const silent = await raw(t, "", null, { idle_timeout: 0.2 });
  assert.equal((await ask(silent)).status, 504);
  const [s] = await events(silent, 1);
  assert.deepEqual([s.status, s.tags], ["error", { estimated: "true" }]);
  assert.ok(s.input_tokens >= 100 && s.input_tokens < 120);
});

const stream = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const chunk = (s) => `${Buffer.byteLength(s).toString(16)}\r\n${s}\r\n`;
const faults = {
  "hangs up at once": ["", (s) => s.end(), 502, 0],
  "resets": ["", (s) => s.resetAndDestroy(), 502, 0],
  "says no HTTP": ["garbage\r\n\r\n", (s) => s.end(), 502, 0],
  "has huge headers": [`HTTP/1.1 200 OK\r\n${"X-Big: 0123456789abcdef\r\n".repeat(20000)}\r\n`, null, 502, 0],
  "hangs up within its body": ["HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", (s) => s.end(), 200, 1],
  "resets within a stream": [stream + chunk(piece("r", "abcdefgh")), (s) => setTimeout(() => s.resetAndDestroy(), 50), 200, 2],
  "breaks its chunks": [stream + chunk(piece("b", "abcd")) + "zz\r\n", null, 200, 1],
  "falls silent within a stream": [stream + chunk(piece("q", "abcd")), null, 200, 1],
};

for (const [what, [text, act, status, output]] of Object.entries(faults)) {
  test(`an upstream that ${what} is passed on as such, and is a line`, async (t) => {
    const toll = await raw(t, text, act, { idle_timeout: 0.5 });
    const c = await dial(toll.url);
    c.say(request(question({ stream: text.includes("event-stream") })));
    await c.until("\r\n\r\n");
    assert.match(c.heard(), new RegExp(`^HTTP/1.1 ${status} `));
    if (status === 200) {
      await c.end(); // the client sees that it was cut
      assert.ok(!c.heard().endsWith("0\r\n\r\n"));
    } else {
      assert.match(c.heard(), /"error"/);
    }
    const list = await events(toll, 1);
    assert.equal(list.length, 1);
    assert.equal(list[0].status, "error");
    assert.equal(list[0].output_tokens ?? 0, output);
    assert.equal(list[0].tags?.estimated, "true");
  });
}

test("trailers are tolerated, errors are lines without tokens", async (t) => {
  const toll = await raw(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n" +
    chunk(whole("t1")) + "0\r\nX-T: 1\r\n\r\n");
  assert.equal((await ask(toll)).text, whole("t1"));
  assert.equal((await events(toll, 1))[0].output_tokens, 20);
  const { toll: two } = await set(t, (req, res) => {
    res.writeHead(500, { "Content-Type": "text/html" });
    res.end("<h1>oops</h1>");
  });
  assert.deepEqual((({ status, text }) => [status, text])(await ask(two)), [500, "<h1>oops</h1>"]);
  const [e] = await events(two, 1);
  assert.deepEqual([e.status, e.input_tokens ?? 0, e.output_tokens ?? 0, e.tags], ["error", 0, 0, undefined]);
});

test("a client that leaves: the upstream is read on, and the true counts stand", async (t) => {
  const { toll } = await set(t, async (req, res) => {
    res.writeHead(200, { "Content-Type": "text/event-stream" });
    for (let i = 0; i < 40; i++) {
      res.write(piece("g", `word ${i}`));
      await new Promise((r) => setTimeout(r, 10));
    }
    res.end(last("g") + "data: [DONE]\n\n");
  });
  const c = await dial(toll.url);
  c.say(request(question({ stream: true })));
  await c.until("word 2");
  c.socket.resetAndDestroy();
  const [e] = await events(toll, 1);
  assert.deepEqual([e.status, e.input_tokens, e.output_tokens, e.tags], ["cancelled", 100, 20, undefined]);
  assert.match((await get(toll.url, "/metrics")).text, /^toll_gateway_abandoned_total 1$/m);
});

test("a server that ends hangs up on streams, and each is a line", async (t) => {
  const dir = freshDir(t);
  const p = await provider(t, (req, res) => {
    res.writeHead(200, { "Content-Type": "text/event-stream" });
    res.write(piece("e", "some words"));
  });
  const toll = await tollBefore(t, dir, { openai: { url: p.url } });
  const c = await dial(toll.url);
  c.say(request(question({ stream: true })));
  await c.until("some words");
  assert.equal(await toll.stop(), 0);
  const again = await serve(t, dir);
  const [e] = await events(again, 1);
  assert.equal(e.status, "cancelled");
  assert.equal(e.tags.estimated, "true");
  assert.equal(e.output_tokens, 3);
});

test("clients that send slowly or in a row are served", async (t) => {
  let n = 0;
  const { toll } = await set(t, (req, res) => res.end(whole(`p${n++}`)));
  const slow = await dial(toll.url);
  const text = request(question());
  for (let i = 0; i < text.length; i += 40) {
    slow.say(text.slice(i, i + 40));
    await new Promise((r) => setTimeout(r, 2));
  }
  await slow.until('"total_tokens":120}}');
  const row = await dial(toll.url);
  row.say(text.repeat(5));
  await until(() => row.heard().split("total_tokens").length === 6, "five answers", 10);
  assert.equal((await events(toll, 6)).length, 6);
});

test("a reload brings other upstreams; a wrong one is told", async (t) => {
  const dir = freshDir(t);
  const one = await provider(t, (req, res) => res.end("one"));
  const two = await provider(t, (req, res) => res.end("two"));
  const toll = await tollBefore(t, dir, { openai: { url: one.url } });
  assert.equal((await ask(toll)).text, "one");
  writeFileSync(`${dir}/toll.yaml`, JSON.stringify({ upstreams: { openai: { url: two.url } } }));
  toll.signal("SIGHUP");
  await until(() => /reloaded/.test(toll.log()), "the reload");
  assert.equal((await ask(toll)).text, "two");
  for (const [bad, why] of [[{ api: { url: "http://x", dialect: "openai" } }, /one of toll's own/],
    [{ mine: { url: "http://x" } }, /needs a dialect/], [{ azure: {} }, /needs a url/],
    [{ openai: { url: "ftp://x" } }, /needs a url/], [{ openai: { idle_timeout: -1 } }, /idle_timeout/]]) {
    writeFileSync(`${dir}/toll.yaml`, JSON.stringify({ upstreams: bad }));
    const before = toll.log().length;
    toll.signal("SIGHUP");
    await until(() => why.test(toll.log().slice(before)), String(why));
  }
  assert.equal((await ask(toll)).text, "two");
});

/** The key and certificate of "localhost", and its files in `dir`. */
function certified(dir) {
  const made = spawnSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
    "-addext", "subjectAltName=DNS:localhost", "-keyout", `${dir}/key.pem`, "-out", `${dir}/cert.pem`]);
  assert.equal(made.status, 0);
  return { key: readFileSync(`${dir}/key.pem`), cert: readFileSync(`${dir}/cert.pem`) };
}

test("over TLS, with HTTP/2 where both speak it, and only to whom is trusted", async (t) => {
  const dir = freshDir(t);
  const versions = [];
  const server = http2.createSecureServer({
    ...certified(dir), allowHTTP1: true,
  }, (req, res) => {
    versions.push(req.httpVersion);
    res.writeHead(200, { "Content-Type": "text/event-stream", "Set-Cookie": ["a=1", "b=2"] });
    res.write(piece("h", "one"));
    setTimeout(() => res.end(last("h") + "data: [DONE]\n\n"), 20);
  }).listen(0);
  await once(server, "listening");
  t.after(() => server.close());
  const url = `https://localhost:${server.address().port}`;
  const toll = await tollBefore(t, dir, { openai: { url, ca_file: `${dir}/cert.pem` },
    stranger: { url, dialect: "openai" } });
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(toll, { body: question({ stream: true }) })));
  for (const a of answers) {
    assert.equal(a.status, 200, a.text);
    assert.equal(a.text, piece("h", "one") + "data: [DONE]\n\n");
    assert.deepEqual(a.headers.getSetCookie(), ["a=1", "b=2"]);
  }
  assert.deepEqual(new Set(versions), new Set(["2.0"]));
  const refused = await ask(toll, { route: "/stranger/v1/chat/completions" });
  assert.equal(refused.status, 502);
  assert.match(refused.text, /certificate/);
});

test("an answer over HTTP/2 may be whole before the question is, and may break", async (t) => {
  const dir = freshDir(t);
  let n = 0;
  const server = http2.createSecureServer(certified(dir), (req, res) => {
    const id = `early-${n++}`;
    res.writeHead(200, { "Content-Type": "text/event-stream" });
    res.write(piece(id, "one"));
    if (req.headers["x-break"]) setTimeout(() => res.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR), 50);
    else res.end(last(id) + "data: [DONE]\n\n");
  }).listen(0);
  await once(server, "listening");
  t.after(() => server.close());
  const toll = await tollBefore(t, dir, {
    openai: { url: `https://localhost:${server.address().port}`, ca_file: `${dir}/cert.pem` } });
  // Far more than a stream's first window, so that it is never sent.
  for (const size of [100, 4e6]) {
    const body = question({ stream: true, more: "x".repeat(size) });
    assert.match((await ask(toll, { body })).text, /DONE/);
    await assert.rejects(ask(toll, { body, headers: { "X-Break": "1" } }), /terminated/);
  }
  const statuses = (await events(toll, 4)).map((e) => e.status ?? "ok");
  assert.deepEqual(statuses, ["ok", "error", "ok", "error"]);
  // Many at once, with connections there that some of them take.
  for (let round = 0; round < 4; round++) {
    await ask(toll, { body: question({ stream: true }) });
    const long = question({ stream: true, more: "x".repeat(4e5) });
    for (const a of await Promise.all(Array.from({ length: 20 }, () => ask(toll, { body: long })))) {
      assert.equal(a.status, 200, a.text);
      assert.match(a.text, /DONE/);
    }
  }
});
