// Saved views, and shares of one view: what a token opens, and all the rest
// that it must not.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { countAt, event, freshDir, post, serve, toll, tollOk, tollSoon, until } from "./toll.mjs";

async function ask(url, path, { method = "GET", body, token, type = "application/json" } = {}) {
  const r = await fetch(url + path, {
    method, body: body === undefined ? undefined : JSON.stringify(body),
    headers: { ...(body === undefined ? {} : { "content-type": type }), ...(token ? { "X-Toll-Share": token } : {}) },
  });
  const text = await r.text();
  return { status: r.status, json: text.startsWith("{") ? JSON.parse(text) : undefined, text };
}

const calls = [
  event(1, { ts: "2026-11-01T12:00:00Z", feature: "search", customer: "a" }),
  event(2, { ts: "2026-11-02T12:00:00Z", feature: "search", customer: "b" }),
  event(3, { ts: "2026-11-03T12:00:00Z", feature: "search", environment: "test" }),
  event(4, { ts: "2026-11-02T12:00:00Z", feature: "chat" }),
  event(5, { ts: "2026-11-09T12:00:00Z", feature: "search" }),
];
const VIEW = "/spend?from=2026-11-01&to=2026-11-05&where=feature:search&by=customer";

async function world(t) {
  const dir = freshDir(t);
  const s = await serve(t, dir);
  await post(s.url, JSON.stringify(calls));
  await until(async () => (await countAt(s.url)) === calls.length, "the calls");
  return { dir, s };
}

const requests = async (url, query, token) => {
  const r = await ask(url, `/api/query?metrics=requests${query}`, { token });
  assert.equal(r.status, 200, r.text);
  return r.json.totals.requests;
};

test("views are saved, listed, changed and removed, and outlive a kill", async (t) => {
  const dir = freshDir(t);
  let s = await serve(t, dir);
  const made = await ask(s.url, "/api/views", { method: "POST", body: { name: "Search", address: `#${VIEW}`, note: "look at b", by: "ann" } });
  assert.equal(made.status, 200, made.text);
  assert.equal(made.json.address, VIEW);
  const twice = await ask(s.url, "/api/views", { method: "POST", body: { name: "Search", address: "/" } });
  assert.deepEqual([twice.status, twice.json.error.code], [409, "exists"]);
  assert.equal((await ask(s.url, "/api/views", { method: "POST", body: { name: "All", address: "/" } })).status, 200);
  for (const [body, words] of [
    [{ address: "/" }, /name is missing/], [{ name: "x", adress: "/" }, /did you mean address/],
    [{ name: "x", address: "/?where=nothing" }, /no filter/], [{ name: "x", address: "/?range=soon" }, /soon/],
    [{ name: 7 }, /must be a string/], [{ name: "x".repeat(300) }, /over 256 bytes/],
  ]) {
    const r = await ask(s.url, "/api/views", { method: "POST", body });
    assert.equal(r.status, 400, r.text);
    assert.match(r.json.error.message, words);
  }
  // Another page in a browser cannot send this without being asked first.
  assert.equal((await ask(s.url, "/api/views", { method: "POST", body: { name: "x" }, type: "text/plain" })).status, 415);
  assert.equal((await ask(s.url, "/api/views", { method: "PUT", body: {} })).status, 405);
  assert.equal((await ask(s.url, "/api/views", { method: "DELETE" })).status, 405);
  await s.kill();
  s = await serve(t, dir);
  const renamed = await ask(s.url, `/api/views/${made.json.id}`, { method: "POST", body: { name: "Search, weekly" } });
  assert.deepEqual([renamed.json.name, renamed.json.note, renamed.json.made], ["Search, weekly", "look at b", made.json.made]);
  assert.equal((await ask(s.url, `/api/views/${made.json.id}`, { method: "POST", body: { name: "All" } })).status, 409);
  assert.equal((await ask(s.url, "/api/views/nothing", { method: "DELETE" })).status, 404);
  await s.kill();
  s = await serve(t, dir);
  assert.deepEqual((await ask(s.url, "/api/views")).json.views.map((v) => v.name), ["Search, weekly", "All"]);
  assert.equal((await ask(s.url, `/api/views/${made.json.id}`, { method: "DELETE" })).status, 200);
  await s.kill();
  s = await serve(t, dir);
  assert.deepEqual((await ask(s.url, "/api/views")).json.views.map((v) => v.name), ["All"]);
});

test("a share opens its view and what is within it", async (t) => {
  const { s } = await world(t);
  const { json: share } = await ask(s.url, "/api/shares", { method: "POST", body: { address: VIEW, note: "why b?", expires: "2h" } });
  assert.match(share.token, /^[0-9a-f]{64}$/);
  assert.equal(share.link, `/?share=${share.token}#${VIEW}`);
  const { token } = share;
  // Its range and its filters are put on whatever is asked.
  assert.equal(await requests(s.url, "", token), 2);
  assert.equal(await requests(s.url, "&from=2026-11-02&to=2026-11-03", token), 1);
  assert.equal(await requests(s.url, "&where=feature:chat", token), 0);
  assert.equal(await requests(s.url, "&where=feature:*", token), 2);
  assert.equal(await requests(s.url, "&where=environment:*", token), 2, "production stays production");
  assert.equal(await requests(s.url, "&where=environment:test", token), 0);
  assert.equal(await requests(s.url, "&where=customer:b", token), 1);
  const inUrl = await ask(s.url, `/api/query?metrics=requests&by=customer&share_token=${token}`);
  assert.deepEqual(inUrl.json.rows.map((r) => r[0]).sort(), ["a", "b"]);
  assert.ok(inUrl.json.filters.includes("feature:search"));
  const { json: own } = await ask(s.url, "/api/share", { token });
  assert.deepEqual([own.note, own.from, own.to, own.filters],
    ["why b?", "2026-11-01T00:00:00Z", "2026-11-05T00:00:00Z", ["feature:search", "environment:production"]]);
  // The page and its files are open; the token is their business.
  assert.equal((await fetch(`${s.url}/?share=${token}`)).status, 200);
  // Without the token the API is as open as before.
  assert.equal(await requests(s.url, "&range=all"), 4);
});

test("a share refuses everything else", async (t) => {
  const { s } = await world(t);
  const opens = ["/api/explain?from=2026-11-01&to=2026-11-05&where=feature:search"];
  const { json: share } = await ask(s.url, "/api/shares", { method: "POST", body: { address: VIEW, opens } });
  const { token } = share;
  const denied = async (path, more = {}) => {
    const r = await ask(s.url, path, { token, ...more });
    assert.equal(r.status, 403, `${path}: ${r.text}`);
    assert.equal(r.json.error.code, "denied");
  };
  for (const range of ["range=all", "range=30d", "from=2026-10-31", "from=2026-10-31&to=2026-11-02", "to=2026-11-06&from=2026-11-01",
    "from=2026-11-01T00:00:00%2B01:00&to=2026-11-02", "from=2026-11-01&to=2026-11-02&timezone=Asia/Tokyo"]) {
    await denied(`/api/query?metrics=requests&${range}`);
  }
  assert.equal((await ask(s.url, "/api/query?metrics=requests&range=7d&range=all", { token })).status, 400);
  // Named insights are open to the letter, in any order and form; others are not.
  assert.equal((await ask(s.url, opens[0], { token })).status, 200);
  assert.equal((await ask(s.url, "/api/explain?where=feature%3Asearch&to=2026-11-05&from=2026-11-01&format=text", { token })).status, 200);
  for (const path of ["/api/explain", "/api/explain?from=2026-11-01&to=2026-11-05", `${opens[0]}&by=customer`, `${opens[0]}&where=customer:a`,
    "/api/explain/x?from=2026-11-01&to=2026-11-05&where=feature:search", "/api/quality", "/api/customers", "/api/events", "/api/records?kind=outcomes",
    "/api/prices", "/api/views", "/api/shares", "/api/messages", "/api/alerts/replay", "/metrics", "/readyz", "/api/nothing"]) {
    await denied(path);
  }
  // It writes nothing, anywhere.
  await denied("/v1/events", { method: "POST", body: event(9) });
  await denied("/openai/v1/chat/completions", { method: "POST", body: {} });
  await denied("/api/shares", { method: "POST", body: { address: "/" } });
  await denied(`/api/shares/${share.id}`, { method: "DELETE" });
  const parameter = await fetch(`${s.url}/v1/events?share_token=${token}`, { method: "POST", body: JSON.stringify(event(9)) });
  assert.equal(parameter.status, 403);
  // A wrong token is not as good as none.
  const other = token.replace(/^./, (c) => (c === "0" ? "1" : "0"));
  assert.equal((await ask(s.url, "/api/query?metrics=requests", { token: other })).status, 403);
  assert.equal((await ask(s.url, "/api/share", { token: other })).status, 403);
  assert.equal((await ask(s.url, "/api/share")).status, 403);
  // Nor is an empty one, which what stands in front may take for a token.
  const none = await fetch(`${s.url}/api/query?metrics=requests`, { headers: { "X-Toll-Share": "" } });
  assert.equal(none.status, 403);
  assert.equal((await fetch(`${s.url}/api/events?share_token=`)).status, 403);
  assert.equal(await countAt(s.url), calls.length);
});

test("a share ends when it is withdrawn, with its view, and in time", async (t) => {
  const { dir, s } = await world(t);
  const share = async (body) => (await ask(s.url, "/api/shares", { method: "POST", body })).json;
  const view = (await ask(s.url, "/api/views", { method: "POST", body: { name: "v", address: VIEW, note: "n" } })).json;
  const one = await share({ view: view.id });
  assert.deepEqual([one.name, one.note, one.address], ["v", "n", VIEW]);
  const two = await share({ address: VIEW });
  const soon = await share({ address: VIEW, expires: new Date(Date.now() + 5000).toISOString() });
  const { json: list } = await ask(s.url, "/api/shares");
  assert.deepEqual(list.shares.map((x) => x.view), [view.id, null, null]);
  assert.ok(!JSON.stringify(list).includes(one.token));
  assert.equal(await requests(s.url, "", two.token), 2);
  await ask(s.url, `/api/shares/${two.id}`, { method: "DELETE" });
  assert.equal((await ask(s.url, "/api/query", { token: two.token })).status, 403);
  assert.equal(await requests(s.url, "", one.token), 2);
  await ask(s.url, `/api/views/${view.id}`, { method: "DELETE" });
  assert.equal((await ask(s.url, "/api/query", { token: one.token })).status, 403);
  await until(async () => (await ask(s.url, "/api/query", { token: soon.token })).status === 403, "the end of the share");
  assert.equal((await ask(s.url, "/api/shares")).json.shares[0].expired, true);
  for (const [body, words] of [
    [{ view: "none" }, /no view none/], [{}, /say what is shared/], [{ address: "/", expires: "soon" }, /expires must be a span/],
    [{ address: "/", expires: "400d" }, /at most 366 days/], [{ address: "/", expires: "2020-01-01T00:00:00Z" }, /ahead/],
    [{ address: "/", opens: ["/api/events"] }, /no insight's address/], [{ address: "/", opens: "x" }, /array/],
    [{ address: "/", opens: Array(17).fill("/api/quality") }, /over 16/],
  ]) {
    const r = await ask(s.url, "/api/shares", { method: "POST", body });
    assert.ok(r.status === 400 || r.status === 404, r.text);
    assert.match(r.json.error.message, words);
  }
  // The disk has no token.
  await s.stop();
  const kept = readdirSync(join(dir, "views")).map((f) => readFileSync(join(dir, "views", f), "latin1")).join("");
  assert.ok(!kept.includes(one.token) && !kept.includes(soon.token));
});

test("relative ranges move with the clock; a shared token survives a restart", async (t) => {
  const dir = freshDir(t);
  let s = await serve(t, dir);
  await post(s.url, JSON.stringify([event(1, { ts: new Date(Date.now() - 3 * 86_400_000).toISOString() }), event(2, { ts: new Date(Date.now() - 20 * 86_400_000).toISOString() })]));
  await until(async () => (await countAt(s.url)) === 2, "two calls");
  const { json: share } = await ask(s.url, "/api/shares", { method: "POST", body: { address: "/spend?range=7d&environment=*" } });
  await s.kill();
  s = await serve(t, dir);
  assert.equal(await requests(s.url, "", share.token), 1);
  assert.equal((await ask(s.url, "/api/query?range=30d", { token: share.token })).status, 403);
  assert.equal(await requests(s.url, "&range=today", share.token), 0);
});

test("commands do the same, with and without a server", async (t) => {
  const dir = freshDir(t);
  const own = ["--data", join(dir, "data")];
  assert.match(tollOk(["views", ...own]), /No view is saved/);
  const saved = tollOk(["views", "save", "Search", VIEW, ...own, "--note", "n"]);
  const id = /^saved ([0-9a-f]{16})$/m.exec(saved)[1];
  assert.match(tollOk(["views", "rename", id, "Search, weekly", ...own]), /renamed/);
  assert.match(tollOk(["views", ...own]), /Search, weekly/);
  const link = tollOk(["share", "make", id, ...own, "--expires", "1h", "--opens", "/api/quality"]);
  const token = /share=([0-9a-f]{64})#/.exec(link)[1];
  const s = await serve(t, freshDir(t), [], "127.0.0.1:0").then(async (x) => (await x.stop(), serve(t, dir, ["--data", join(dir, "data")])));
  assert.equal((await ask(s.url, "/api/share", { token })).json.name, "Search, weekly");
  assert.match((await tollSoon(["share", "list", ...own])).out, /Search, weekly/);
  const shareId = JSON.parse((await tollSoon(["share", ...own, "--json"])).out).shares[0].id;
  assert.equal((await tollSoon(["share", "revoke", shareId, ...own])).code, 0);
  assert.equal((await ask(s.url, "/api/share", { token })).status, 403);
  const wrong = toll(["views", "rename", id, ...own]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /use: toll views rename ID NAME/);
  assert.match(toll(["share", "mak", ...own]).err, /did you mean make/);
  assert.equal(toll(["share", "revoke", "none", ...own]).code, 2);
});
