// Raw responses of providers, posted as they came.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { freshDir, get, serve, until } from "./toll.mjs";

const golden = new URL("../golden/provider/", import.meta.url);
const bytes = (name) => readFileSync(new URL(name, golden));
const expected = (name) => JSON.parse(bytes(`${name}.expected.json`)).records;

async function send(url, provider, body, headers = {}, query = "") {
  const r = await fetch(`${url}/v1/usage/${provider}${query}`, { method: "POST", body, headers });
  return { status: r.status, json: await r.json() };
}

async function events(url, n) {
  const list = async () => (await get(url, "/api/events?range=all&where=environment:*&limit=1000"))
    .json.events;
  await until(async () => (await list()).length >= n, `${n} events`);
  return list();
}

const inputOf = (r) => r.input_uncached + r.cache_read + r.cache_write_5m + r.cache_write_1h +
  r.audio_in + r.image_in;
const outputOf = (r) => r.output_text + r.output_reasoning + r.audio_out + r.image_out;

test("bodies and streams of many providers count as the fixtures expect", async (t) => {
  const s = await serve(t, freshDir(t));
  const files = {
    openai: ["openai-chat.json", "openai-responses-stream.sse", "openai-batch-output.jsonl"],
    anthropic: ["anthropic-messages.json", "anthropic-messages-stream-cache.sse"],
    gemini: ["gemini-generate.json", "gemini-stream-thinking.sse"],
    azure: ["azure-chat-stream.sse"], deepseek: ["deepseek-chat.json"],
    mistral: ["mistral-chat-stream.sse"], groq: ["groq-chat-stream.sse"],
    openrouter: ["openrouter-chat-stream.sse"], bedrock: ["bedrock-converse-stream.eventstream"],
  };
  const want = [];
  for (const [provider, names] of Object.entries(files)) {
    for (const name of names) {
      const records = expected(name);
      const model = records[0].requested_model ?? "asked-for";
      const r = await send(s.url, provider, bytes(name),
        { "X-Toll-Feature": name, "Content-Type": "text/plain" }, `?model=${encodeURIComponent(model)}`);
      assert.equal(r.status, 200, `${name}: ${JSON.stringify(r.json)}`);
      assert.equal(r.json.accepted, records.length, name);
      want.push(...records.map((record) => ({ name, record })));
    }
  }
  const got = await events(s.url, want.length);
  assert.equal(got.length, want.length);
  for (const { name, record } of want) {
    const hit = got.filter((e) => e.feature === name &&
      (e.input_tokens ?? 0) === inputOf(record) && (e.output_tokens ?? 0) === outputOf(record));
    assert.equal(hit.length, 1, `${name}: ${JSON.stringify(record)}`);
    assert.equal(hit[0].cache_read_tokens ?? 0, record.cache_read, name);
  }
});

test("attribution, time and id come from beside the response; twice counts once", async (t) => {
  const s = await serve(t, freshDir(t));
  const body = gzipSync(bytes("openai-chat.json"));
  const headers = {
    "X-Toll-Feature": "search", "X-Toll-Customer": "acme", "X-Toll-Tag-Team": "core",
    "X-Toll-Environment": "staging", "X-Toll-Id": "mine-1", "Content-Encoding": "gzip",
    baggage: "toll.feature=other,toll.workflow=w%201",
  };
  const query = "?ts=2026-11-20T10:00:00%2B01:00";
  assert.deepEqual((await send(s.url, "openai", body, headers, query)).json,
    { accepted: 1, duplicates: 0, rejected: [] });
  assert.equal((await send(s.url, "openai", body, headers, query)).json.duplicates, 1);
  const [e] = await events(s.url, 1);
  assert.equal(e.id, "mine-1");
  assert.equal(e.ts, "2026-11-20T09:00:00Z");
  assert.deepEqual([e.feature, e.customer, e.workflow, e.environment, e.tags.team],
    ["search", "acme", "w 1", "staging", "core"]);
});

test("what tells no usage, or not enough, is refused in words", async (t) => {
  const s = await serve(t, freshDir(t));
  const refused = async (provider, body, status, words, query = "") => {
    const r = await send(s.url, provider, body, {}, query);
    assert.equal(r.status, status, JSON.stringify(r.json));
    assert.match(r.json.error?.message ?? r.json.rejected[0].error, words);
  };
  await refused("openai", bytes("openai-chat-error.json"), 422, /no usage in this response of openai/);
  await refused("openai", "{\"a\":1}", 422, /no usage/);
  await refused("openai", "not JSON at all", 422, /no usage/);
  await refused("cohere", bytes("cohere-chat.json"), 422, /does not name its model; add \?model=/);
  await refused("OpenAI!", bytes("openai-chat.json"), 422, /is no provider/);
  await refused("", bytes("openai-chat.json"), 422, /is no provider/);
  await refused("openai", bytes("openai-chat.json"), 422, /no parameter 'modle'/, "?modle=x");
  await refused("openai", bytes("openai-chat.json"), 422, /ts must be RFC 3339/, "?ts=yesterday");
  await refused("openai", gzipSync(bytes("openai-chat.json")).subarray(0, 60), 400, /gzip/);
  const r = await fetch(`${s.url}/v1/usage/openai`);
  assert.equal(r.status, 405);
  assert.equal((await send(s.url, "openai", bytes("openai-chat.json"))).json.accepted, 1);
});
