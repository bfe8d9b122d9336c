// The providers' own SDKs, pointed at a provider and then at toll before it:
// what they return is the same, and each call is in the ledger once.
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import assert from "node:assert/strict";
import OpenAI, { toFile } from "openai";
import { test } from "node:test";
import { events, provider, tollBefore } from "./provider.mjs";
import { freshDir, get } from "./toll.mjs";

const sleep = (ms) => new Promise((r) => setTimeout(r, ms));

function json(res, body, status = 200, headers = {}) {
  res.writeHead(status, { "Content-Type": "application/json", ...headers });
  res.end(JSON.stringify(body));
}

async function stream(res, list, named = false) {
  res.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8" });
  for (const e of list) {
    if (named) res.write(`event: ${e.type}\n`);
    res.write(`data: ${typeof e === "string" ? e : JSON.stringify(e)}\n\n`);
    await sleep(2);
  }
  res.end();
}

// ---- OpenAI ----

const openaiUsage = {
  prompt_tokens: 1117, completion_tokens: 46, total_tokens: 1163,
  prompt_tokens_details: { cached_tokens: 1024, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 20, audio_tokens: 0 },
};

const call = (index, name, args) => ({
  index, id: `call_${index}`, type: "function", function: { name, arguments: args },
});

function openaiChat(n, body) {
  const message = body.tools
    ? { role: "assistant", content: null, tool_calls: [call(0, "weather", '{"city":"Köln"}')] }
    : { role: "assistant", content: "Grüße, \"usage\":null,\"choices\":[]" };
  return {
    id: `chatcmpl-${n}`, object: "chat.completion", created: 1790000000,
    model: "gpt-4o-mini-2024-07-18",
    choices: [{ index: 0, message, logprobs: null, finish_reason: "stop" }],
    usage: openaiUsage, service_tier: "default",
  };
}

function openaiChunks(n, body) {
  const asked = body.stream_options?.include_usage === true;
  const chunk = (delta, finish_reason = null) => ({
    id: `chatcmpl-${n}`, object: "chat.completion.chunk", created: 1790000000,
    model: "gpt-4o-mini-2024-07-18",
    choices: [{ index: 0, delta, finish_reason }],
    ...(asked ? { usage: null } : {}), obfuscation: "xyz",
  });
  const deltas = body.tools
    ? [{ role: "assistant", content: null, tool_calls: [call(0, "weather", "")] },
      { tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '"Köln"}' } }] }]
    : [{ role: "assistant", content: "" }, { content: 'a,"usage":null,' }, { content: "✓ b" }];
  return [
    ...deltas.map((d) => chunk(d)), chunk({}, "stop"),
    ...(asked ? [{ ...chunk({}), choices: [], usage: openaiUsage }] : []),
    "[DONE]",
  ];
}

const responsesUsage = {
  input_tokens: 200, input_tokens_details: { cached_tokens: 128 },
  output_tokens: 70, output_tokens_details: { reasoning_tokens: 64 }, total_tokens: 270,
};

function openaiResponse(n, status) {
  return {
    id: `resp_${n}`, object: "response", created_at: 1790000000, status,
    model: "gpt-4.1-mini-2025-04-14", service_tier: "default", error: null,
    output: status === "completed" ? [{
      id: "msg_1", type: "message", role: "assistant", status,
      content: [{ type: "output_text", text: "hello", annotations: [] }],
    }] : [],
    usage: status === "completed" ? responsesUsage : null,
  };
}

function openai(req, res, { body: text, url }, n) {
  if (url === "/v1/models") return json(res, { object: "list", data: [{ id: "gpt-4o-mini" }] });
  if (url === "/v1/audio/transcriptions") {
    return json(res, { text: "hi", usage: { type: "tokens", input_tokens: 14,
      input_token_details: { audio_tokens: 14, text_tokens: 0 }, output_tokens: 45, total_tokens: 59 } });
  }
  const body = JSON.parse(text);
  if (body.user === "broke") {
    return json(res, { error: { message: "You exceeded your quota", type: "insufficient_quota",
      param: null, code: "insufficient_quota" } }, 429, { "x-request-id": "req_1", "Retry-After": "0" });
  }
  if (url === "/v1/embeddings") {
    return json(res, { object: "list", model: "text-embedding-3-small",
      data: [{ object: "embedding", index: 0, embedding: "AACAPwAAAEA=" }],
      usage: { prompt_tokens: 8, total_tokens: 8 } });
  }
  if (url === "/v1/responses") {
    return body.stream
      ? stream(res, [
        { type: "response.created", sequence_number: 0, response: openaiResponse(n, "in_progress") },
        { type: "response.output_text.delta", sequence_number: 1, item_id: "msg_1",
          output_index: 0, content_index: 0, delta: "hello" },
        { type: "response.completed", sequence_number: 2, response: openaiResponse(n, "completed") },
      ], true)
      : json(res, openaiResponse(n, "completed"));
  }
  return body.stream ? stream(res, openaiChunks(n, body)) : json(res, openaiChat(n, body));
}

// ---- Anthropic ----

const anthropicUsage = {
  input_tokens: 50, cache_creation_input_tokens: 248, cache_read_input_tokens: 1800,
  cache_creation: { ephemeral_5m_input_tokens: 148, ephemeral_1h_input_tokens: 100 },
  output_tokens: 503, service_tier: "standard",
};

function anthropicMessage(n, body) {
  return {
    id: `msg_${n}`, type: "message", role: "assistant", model: "claude-sonnet-4-5-20250929",
    content: body.tools
      ? [{ type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Köln" } }]
      : [{ type: "text", text: "Grüße" }],
    stop_reason: "end_turn", stop_sequence: null, usage: anthropicUsage,
  };
}

function anthropic(req, res, { body: text, url }, n) {
  if (url.startsWith("/v1/messages/count_tokens")) return json(res, { input_tokens: 14 });
  const body = JSON.parse(text);
  if (body.metadata?.user_id === "over") {
    return json(res, { type: "error", error: { type: "overloaded_error", message: "Overloaded" },
      request_id: "req_9" }, 529);
  }
  const message = anthropicMessage(n, body);
  if (!body.stream) return json(res, message);
  const part = body.tools
    ? [{ type: "content_block_start", index: 0, content_block: { ...message.content[0], input: {} } },
      { type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json: '{"city":"Köln"}' } }]
    : [{ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Grüße" } }];
  return stream(res, [
    { type: "message_start", message: { ...message, content: [], stop_reason: null,
      usage: { ...anthropicUsage, output_tokens: 1 } } },
    { type: "ping" }, ...part, { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: { output_tokens: 503 } },
    { type: "message_stop" },
  ], true);
}

// ---- Gemini ----

function gemini(req, res, { body: text, url }, n) {
  const body = JSON.parse(text);
  if (JSON.stringify(body).includes("forbidden")) {
    return json(res, { error: { code: 400, message: "no", status: "INVALID_ARGUMENT" } }, 400);
  }
  const answer = (t, usage) => ({
    candidates: [{ content: { parts: [body.tools ? { functionCall: { name: "weather",
      args: { city: "Köln" } } } : { text: t }], role: "model" }, finishReason: "STOP", index: 0 }],
    usageMetadata: usage, modelVersion: "gemini-2.5-flash", responseId: `gem-${n}`,
  });
  const usage = { promptTokenCount: 12, candidatesTokenCount: 9, thoughtsTokenCount: 30, totalTokenCount: 51 };
  return url.includes("streamGenerateContent")
    ? stream(res, [answer("Grü", { promptTokenCount: 12, totalTokenCount: 12 }), answer("ße", usage)])
    : json(res, answer("Grüße", usage));
}

// ---- both ways ----

/** `use(base, key)` without toll and with it; what both came to. */
async function both(t, name, answer, use) {
  const p = await provider(t, async (req, res, call) => answer(req, res, call, call.body ? p.n++ : 0));
  p.n = 0;
  const toll = await tollBefore(t, freshDir(t), { [name]: { url: p.url } });
  const direct = await use(p.url);
  const asked = p.calls.splice(0);
  p.n = 0;
  const through = await use(`${toll.url}/${name}`);
  assert.deepEqual(through, direct);
  assert.equal(p.calls.length, asked.length);
  return { toll, p, asked, direct };
}

// Of one connection or one moment, so never the same twice.
const ofConnection = ["connection", "keep-alive", "date"];

/** The call's result or error, without what differs between two runs. */
async function outcome(work) {
  try {
    const text = JSON.stringify(await work(), (key, value) =>
      ofConnection.includes(key) ? undefined : value);
    return { value: JSON.parse(text) };
  } catch (e) {
    return { name: e.name, status: e.status, message: e.message, error: e.error ?? null };
  }
}

async function all(iterable) {
  const list = [];
  for await (const x of iterable) list.push(x);
  return list;
}

const sum = (list, field) => list.reduce((n, e) => n + (e[field] ?? 0), 0);
const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object" } } }];
const messages = [{ role: "user", content: "hi" }];

test("the SDK of OpenAI sees no difference, and each call counts once", async (t) => {
  const headers = { "X-Toll-Feature": "search", "X-Toll-Tag-Team": "a" };
  const { toll, p, asked } = await both(t, "openai", openai, async (base) => {
    const o = new OpenAI({ baseURL: `${base}/v1`, apiKey: "sk-secret", maxRetries: 0, defaultHeaders: headers });
    const chat = (more) => o.chat.completions.create({ model: "gpt-4o-mini", messages, ...more });
    const image = [{ role: "user", content: [{ type: "text", text: "what?" },
      { type: "image_url", image_url: { url: `data:image/png;base64,${"A".repeat(200000)}` } }] }];
    return [
      await outcome(() => chat()),
      await outcome(async () => all(await chat({ stream: true }))),
      await outcome(async () => all(await chat({ stream: true, stream_options: { include_usage: true } }))),
      await outcome(async () => all(await chat({ stream: true, tools }))),
      await outcome(() => chat({ tools })),
      await outcome(() => chat({ messages: image })),
      await outcome(() => chat({ user: "broke" })),
      await outcome(async () => all(await chat({ stream: true, user: "broke" }))),
      await outcome(() => o.responses.create({ model: "gpt-4.1-mini", input: "hi" })),
      await outcome(async () => all(await o.responses.create({ model: "gpt-4.1-mini", input: "hi", stream: true }))),
      await outcome(() => o.embeddings.create({ model: "text-embedding-3-small", input: "hi" })),
      await outcome(async () => o.audio.transcriptions.create({ model: "gpt-4o-transcribe",
        file: await toFile(Buffer.alloc(50000, 1), "a.wav") })),
      await outcome(() => o.models.list()),
    ];
  });
  const list = await events(toll, 12);
  assert.equal(list.length, 12);
  assert.deepEqual(list.map((e) => e.status ?? "ok"),
    ["ok", "ok", "ok", "ok", "ok", "ok", "error", "error", "ok", "ok", "ok", "ok"]);
  for (const e of list) {
    assert.equal(e.feature, "search");
    assert.deepEqual(e.tags?.team, "a");
    assert.equal(e.provider, "openai");
    assert.equal(e.source, "gateway");
    assert.equal(e.tags.estimated, undefined);
  }
  const chats = list.slice(0, 6);
  assert.equal(sum(chats, "input_tokens"), 6 * 1117);
  assert.equal(sum(chats, "cache_read_tokens"), 6 * 1024);
  assert.equal(sum(chats, "output_tokens"), 6 * 46);
  assert.equal(sum(list.slice(6, 8), "input_tokens"), 0);
  assert.deepEqual(list.slice(8, 10).map((e) => [e.input_tokens, e.cache_read_tokens, e.output_tokens,
    e.reasoning_tokens, e.model]), Array(2).fill([200, 128, 70, 64, "gpt-4.1-mini-2025-04-14"]));
  assert.equal(list[10].operation, "embeddings");
  assert.equal(list[11].operation, "audio");
  assert.ok(list[1].ttft_ms >= 0 && list[0].ttft_ms === undefined);
  // What toll was asked is what the provider was asked.
  asked.forEach((was, i) => {
    const is = p.calls[i];
    assert.equal(is.url, was.url);
    assert.equal(is.headers.authorization, "Bearer sk-secret");
    assert.ok(Object.keys(is.headers).every((h) => !h.startsWith("x-toll")));
    if (JSON.parse(was.headers["content-type"] === "application/json" ? was.body : "{}").stream) {
      const body = JSON.parse(is.body);
      if (is.url.endsWith("completions")) assert.equal(body.stream_options.include_usage, true);
    } else if (was.headers["content-type"] === "application/json") {
      assert.equal(is.body, was.body);
    } else {
      assert.equal(is.body.length, was.body.length);
    }
  });
});

test("the SDK of Anthropic sees no difference, and each call counts once", async (t) => {
  const { toll } = await both(t, "anthropic", anthropic, async (base) => {
    const a = new Anthropic({ baseURL: base, apiKey: "sk-ant", maxRetries: 0 });
    const body = { model: "claude-sonnet-4-5", max_tokens: 100, messages };
    const tool = [{ name: "weather", input_schema: { type: "object" } }];
    return [
      await outcome(() => a.messages.create(body)),
      await outcome(async () => all(await a.messages.create({ ...body, stream: true }))),
      await outcome(() => a.messages.stream({ ...body, tools: tool }).finalMessage()),
      await outcome(() => a.messages.create({ ...body, tools: tool })),
      await outcome(() => a.messages.create({ ...body, metadata: { user_id: "over" } })),
      await outcome(() => a.messages.countTokens({ model: body.model, messages })),
    ];
  });
  const list = await events(toll, 5);
  assert.equal(list.length, 5);
  for (const e of list.slice(0, 4)) {
    assert.deepEqual([e.input_tokens, e.cache_read_tokens, e.cache_write_tokens, e.cache_write_1h_tokens,
      e.output_tokens, e.provider], [2098, 1800, 248, 100, 503, "anthropic"]);
  }
  assert.deepEqual([list[4].status, list[4].user, list[4].model], ["error", "over", "claude-sonnet-4-5"]);
});

test("the SDK of Google sees no difference, and each call counts once", async (t) => {
  const { toll } = await both(t, "gemini", gemini, async (base) => {
    const g = new GoogleGenAI({ apiKey: "key", httpOptions: { baseUrl: base } });
    const model = "gemini-2.5-flash";
    const config = { tools: [{ functionDeclarations: [{ name: "weather" }] }] };
    return [
      await outcome(() => g.models.generateContent({ model, contents: "hi" })),
      await outcome(async () => all(await g.models.generateContentStream({ model, contents: "hi" }))),
      await outcome(() => g.models.generateContent({ model, contents: "hi", config })),
      await outcome(() => g.models.generateContent({ model, contents: "forbidden" })),
    ];
  });
  const list = await events(toll, 4);
  assert.equal(list.length, 4);
  for (const e of list.slice(0, 3)) {
    assert.deepEqual([e.input_tokens, e.output_tokens, e.reasoning_tokens, e.model, e.provider],
      [12, 39, 30, "gemini-2.5-flash", "gemini"]);
  }
  assert.equal(list[3].status, "error");
});

test("an SDK's retries are attempts", async (t) => {
  let n = 0;
  const p = await provider(t, (req, res, call) =>
    n++ === 0 ? json(res, { error: { message: "later" } }, 500) : openai(req, res, call, n));
  const toll = await tollBefore(t, freshDir(t), { openai: { url: p.url } });
  const o = new OpenAI({ baseURL: `${toll.url}/openai/v1`, apiKey: "sk", maxRetries: 2 });
  await o.chat.completions.create({ model: "gpt-4o-mini", messages }, { headers: { "X-Toll-Id": "mine" } });
  const list = await events(toll, 2);
  assert.deepEqual(list.map((e) => [e.id, e.attempt ?? 1, e.status ?? "ok", e.output_tokens ?? 0]),
    [["mine", 1, "error", 0], ["mine#2", 2, "ok", 46]]);
  const metrics = (await get(toll.url, "/metrics")).text;
  assert.match(metrics, /^toll_gateway_calls_total 2$/m);
  assert.match(metrics, /^toll_gateway_open_calls 0$/m);
  assert.match(metrics, /^toll_gateway_unrecorded_total 0$/m);
});
