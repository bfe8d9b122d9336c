// GET /api/setup: addresses, what has come, what is misconfigured, and no secret.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { event, freshDir, get, post, serve, tollOk, until } from "./toll.mjs";

const setup = async (url) => {
  const r = await get(url, "/api/setup");
  assert.equal(r.status, 200, r.text);
  return r;
};

test("addresses are the server's own; the first event shows at once", async (t) => {
  const s = await serve(t, freshDir(t));
  const { json: before } = await setup(s.url);
  assert.deepEqual([before.server, before.ready, before.url], [true, true, s.url]);
  assert.equal(before.events.url, `${s.url}/v1/events`);
  assert.equal(before.otlp.traces, `${s.url}/v1/traces`);
  const openai = before.upstreams.find((u) => u.name === "openai");
  assert.deepEqual(openai, { name: "openai", base: `${s.url}/openai`, url: "https://api.openai.com", dialect: "openai", provider: "openai", key: "caller" });
  assert.deepEqual(before.seen, { sources: [], events: 0, first: null, last: null });
  assert.deepEqual(before.config.problems, []);
  assert.match(before.clients.find((c) => c.name === "openai").lines, new RegExp(`${s.url}/openai/v1`));
  await post(s.url, JSON.stringify([event(1), event(2, { ts: "2026-11-02T08:00:00Z", environment: "test" })]));
  const { json: after } = await until(async () => {
    const r = await setup(s.url);
    return r.json.seen.events === 2 && r;
  }, "both events");
  assert.deepEqual(after.seen.sources, [{ source: "api", events: 2, first: "2026-11-01T12:00:00Z", last: "2026-11-02T08:00:00Z" }]);
  assert.equal(after.seen.first, "2026-11-01T12:00:00Z");
});

test("what is wrong is told, also of a reload, and no key is", async (t) => {
  const dir = freshDir(t);
  const file = join(dir, "toll.yaml");
  const good = `upstreams:
  openai: {key_env: OWN_KEY}
  acme: {url: "http://127.0.0.1:9/base", dialect: openai, key_env: NO_SUCH_KEY}
channels: {hook: {webhook: {url: "http://127.0.0.1:9/", secret_env: NO_SUCH_SECRET}}}
otlp_listen: 127.0.0.1:0
`;
  writeFileSync(file, good);
  const s = await serve(t, dir, ["--config", file], "127.0.0.1:0", { OWN_KEY: "sk-very-secret" });
  const { json, text } = await setup(s.url);
  assert.ok(!text.includes("sk-very-secret"));
  assert.equal(json.config.file, file);
  assert.deepEqual(json.upstreams.filter((u) => u.key !== "caller").map((u) => [u.name, u.url, u.key]),
    [["openai", "https://api.openai.com", "toll"], ["acme", "http://127.0.0.1:9/base", "missing"]]);
  assert.equal(json.config.problems.length, 2);
  assert.match(json.config.problems[0], /upstream acme: .* NO_SUCH_KEY is not set/);
  assert.match(json.config.problems[1], /channel hook: .* NO_SUCH_SECRET is not set/);
  writeFileSync(file, "pirces: {}\n");
  s.signal("SIGHUP");
  const bad = await until(async () => {
    const r = (await setup(s.url)).json;
    return r.config.problems.length === 3 && r;
  }, "the refused reload");
  assert.match(bad.config.problems[0], /not reloaded.*pirces/);
  writeFileSync(file, "upstreams: {}\n");
  s.signal("SIGHUP");
  await until(async () => (await setup(s.url)).json.config.problems.length === 0, "a good reload");
});

test("toll setup says it in words, without a server too", (t) => {
  const dir = freshDir(t);
  const own = ["--data", join(dir, "data")];
  assert.match(tollOk(["setup", ...own]), /none runs on these data[^]*\/openai[^]*No call has come yet/);
  const file = join(dir, "e.ndjson");
  writeFileSync(file, JSON.stringify(event(1)));
  tollOk(["import", ...own, file]);
  assert.match(tollOk(["setup", ...own]), /import +1 +2026-11-01T12:00:00Z/);
  assert.equal(JSON.parse(tollOk(["setup", ...own, "--json"])).server, false);
});
