// OTLP over HTTP: OpenTelemetry's own exporters, instrumentations in front of a
// provider that is played here, nested spans, kills, and everything refused.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { createOpenAI } from "@ai-sdk/openai";
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { OTLPLogExporter as JsonLogs } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as ProtoLogs } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPMetricExporter as ProtoMetrics } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter as JsonTraces } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoTraces } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { OpenAIInstrumentation } from "@traceloop/instrumentation-openai";
import { generateText } from "ai";
import OpenAI from "openai";
import { freshDir, get, serve, toll, until } from "./toll.mjs";

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

const resource = resourceFromAttributes({
  "service.name": "shop", "service.version": "2.1.0",
  "deployment.environment.name": "production", team: "checkout",
});

const send = (url, path, body, type, headers = {}) =>
  fetch(url + path, { method: "POST", body, headers: { "content-type": type, ...headers } });
const sendJson = (url, path, body, headers) =>
  send(url, path, JSON.stringify(body), "application/json", headers);

async function totals(url, by) {
  const metrics = "requests,input_tokens,cache_read_tokens,output_tokens";
  const r = await get(url, `/api/query?metrics=${metrics}&range=all&where=environment:*${by ? `&by=${by}` : ""}`);
  return by ? r.json : r.json.totals;
}
const settled = (url, n) =>
  until(async () => (await totals(url)).requests === n, `${n} calls counted`, 60);
const events = async (url) => (await get(url, "/api/events?range=all&where=environment:*")).json.events;

/** A tracer that exports to `url`: {tracer, end()}. */
function tracing(t, url, Exporter, name = "test") {
  const provider = new BasicTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(new Exporter({ url: `${url}/v1/traces`, compression: "gzip" }))],
  });
  t.after(() => provider.shutdown().catch(() => {}));
  return { provider, tracer: provider.getTracer(name), flush: () => provider.forceFlush() };
}

const usage = (input, output, read = 0) => ({
  "gen_ai.usage.input_tokens": input, "gen_ai.usage.output_tokens": output,
  ...(read ? { "gen_ai.usage.cache_read.input_tokens": read } : {}),
});

/** Runs `body` inside a span. */
async function span(tracer, name, attributes, body = () => {}, kind = SpanKind.INTERNAL) {
  return tracer.startActiveSpan(name, { attributes, kind }, async (s) => {
    try {
      return await body(s);
    } finally {
      s.end();
    }
  });
}

const chat = (tracer, id, u, more = {}) =>
  span(tracer, "chat gpt-4o-mini", {
    "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini", "gen_ai.response.model": "gpt-4o-mini",
    "gen_ai.response.id": id, ...u, ...more,
  }, undefined, SpanKind.CLIENT);

/** An agent whose root repeats the sum of two calls, and of 50 tokens more. */
async function agentRun(tracer, tag) {
  await span(tracer, "checkout", { "toll.feature": "checkout-help", "toll.customer": "acme", "user.id": "u-9" }, () =>
    span(tracer, "invoke_agent planner", {
      "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner", ...usage(350, 60),
    }, async () => {
      await chat(tracer, `resp-${tag}-1`, usage(100, 20, 40));
      await span(tracer, "execute_tool search", { "gen_ai.operation.name": "execute_tool" });
      await chat(tracer, `resp-${tag}-2`, usage(200, 40));
    }));
}

for (const [name, Exporter] of [["JSON", JsonTraces], ["protobuf", ProtoTraces]]) {
  test(`nested agent spans by OpenTelemetry's ${name} exporter count once`, async (t) => {
    const s = await serve(t, freshDir(t));
    const o = tracing(t, s.url, Exporter);
    await agentRun(o.tracer, name);
    await o.flush();
    await settled(s.url, 3);
    assert.deepEqual(await totals(s.url), {
      requests: 3, input_tokens: 350, cache_read_tokens: 40, output_tokens: 60,
    });
    const list = await events(s.url);
    for (const e of list) {
      assert.equal(e.feature, "checkout-help", JSON.stringify(e));
      assert.equal(e.customer, "acme");
      assert.equal(e.user, "u-9");
      assert.equal(e.release, "2.1.0");
      assert.equal(e.source, "otlp");
      assert.equal(e.tags.service, "shop");
      assert.equal(e.tags.team, "checkout");
      assert.equal(e.tags.agent, "planner");
      assert.match(e.run, /^[0-9a-f]{32}$/);
    }
    assert.ok(list.some((e) => e.id === `resp-${name}-1`));
  });
}

test("the same spans sent twice, and to a second door, count once", async (t) => {
  const s = await serve(t, freshDir(t));
  const body = readFileSync(new URL("../golden/otlp/otlp-traces-semconv.json", import.meta.url));
  const pb = readFileSync(new URL("../golden/otlp/otlp-traces-semconv.pb", import.meta.url));
  for (let i = 0; i < 2; i++) {
    assert.equal((await send(s.url, "/v1/traces", body, "application/json; charset=utf-8")).status, 200);
    const r = await send(s.url, "/v1/traces", gzipSync(pb), "application/x-protobuf", { "content-encoding": "gzip" });
    assert.equal(r.status, 200);
    assert.equal(r.headers.get("content-type"), "application/x-protobuf");
    assert.equal((await r.arrayBuffer()).byteLength, 0);
  }
  await fetch(`${s.url}/v1/events`, {
    method: "POST",
    body: JSON.stringify({ id: "msg_fxot1", model: "claude-opus-5", input_tokens: 3400, output_tokens: 410 }),
  });
  await settled(s.url, 2);
  const t2 = await totals(s.url);
  assert.equal(t2.output_tokens, 410 + 210);
});

test("kill -9 between the answer and the counting loses nothing", async (t) => {
  const dir = freshDir(t);
  let sum = 0;
  for (let round = 0; round < 3; round++) {
    const s = await serve(t, dir);
    const o = tracing(t, s.url, round % 2 ? JsonTraces : ProtoTraces);
    for (let i = 0; i < 5; i++) {
      await chat(o.tracer, `k-${round}-${i}`, usage(1000 + i, 10));
      sum += 1000 + i;
    }
    await o.flush();
    await s.kill(); // at once: no trace can have settled
  }
  const s = await serve(t, dir);
  await settled(s.url, 15);
  assert.equal((await totals(s.url)).input_tokens, sum);
  await s.kill();
  const again = await serve(t, dir);
  await new Promise((r) => setTimeout(r, 3500));
  assert.equal((await totals(again.url)).requests, 15);
  assert.match((await get(again.url, "/metrics")).text, /toll_otlp_traces_open 0/);
});

const hex = (n, width) => n.toString(16).padStart(width, "0");
const attr = (key, value) => ({
  key, value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value },
});
const raw = (traceNo, id, parent, attributes, more = {}) => ({
  traceId: hex(traceNo, 32), spanId: hex(id, 16), parentSpanId: parent ? hex(parent, 16) : "",
  name: "s", kind: 1, startTimeUnixNano: "1790000000000000000", endTimeUnixNano: "1790000001000000000",
  attributes: Object.entries(attributes).map(([k, v]) => attr(k, v)), ...more,
});
const request = (...spans) => ({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
const call = (input, output) => ({
  "gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o", ...usage(input, output),
});
const agent = (input, output) => ({ "gen_ai.operation.name": "invoke_agent", ...usage(input, output) });

test("late spans, before and behind a kill, count only what exceeds", async (t) => {
  const dir = freshDir(t);
  let s = await serve(t, dir);
  await sendJson(s.url, "/v1/traces", request(raw(7, 1, 0, agent(1000, 100)), raw(7, 2, 1, call(300, 30))));
  await settled(s.url, 2);
  assert.equal((await totals(s.url)).input_tokens, 1000);
  await s.kill();
  s = await serve(t, dir);
  await sendJson(s.url, "/v1/traces", request(raw(7, 3, 1, call(500, 50)))); // within the agent's sum
  await sendJson(s.url, "/v1/traces", request(raw(7, 4, 1, call(900, 90)))); // 700 beyond it
  await until(async () => (await totals(s.url)).input_tokens === 1700, "1700 tokens", 60);
  assert.equal((await totals(s.url)).output_tokens, 170);
});

test("a trace in pieces from several processes settles as one", async (t) => {
  const s = await serve(t, freshDir(t));
  const pieces = [
    raw(9, 4, 3, call(50, 5)),
    raw(9, 2, 1, { "toll.workflow": "refund" }),
    raw(9, 3, 2, agent(120, 12)),
    raw(9, 5, 3, call(70, 7)),
    raw(9, 1, 0, { "session.id": "sess-1" }),
  ];
  for (const p of pieces) await sendJson(s.url, "/v1/traces", request(p));
  await settled(s.url, 2);
  for (const e of await events(s.url)) {
    assert.equal(e.workflow, "refund");
    assert.equal(e.run, "sess-1");
  }
  assert.equal((await totals(s.url)).input_tokens, 120);
});

test("what is wrong with one span costs no other, and is told", async (t) => {
  const dir = freshDir(t);
  const s = await serve(t, dir);
  const good = raw(11, 1, 0, call(10, 1));
  const wrong = [
    { ...good, spanId: "zz" },
    raw(11, 2, 1, { ...call(10, 1), "gen_ai.usage.input_tokens": -5 }),
    raw(11, 3, 1, { ...call(10, 1), "gen_ai.usage.output_tokens": "many" }),
    raw(11, 4, 1, call(2 ** 41, 1)),
    raw(11, 5, 1, call(1, 1), { startTimeUnixNano: "1000" }),
  ];
  const r = await sendJson(s.url, "/v1/traces", request(...wrong, good));
  assert.equal(r.status, 200);
  const { partialSuccess } = await r.json();
  assert.equal(partialSuccess.rejectedSpans, String(wrong.length));
  assert.match(partialSuccess.errorMessage, /traceId/);
  await settled(s.url, 1);
  const file = readdirSync(join(dir, "rejects"))[0];
  assert.equal(readFileSync(join(dir, "rejects", file), "utf8").trim().split("\n").length, wrong.length);
});

test("protobuf is answered in protobuf", async (t) => {
  const s = await serve(t, freshDir(t));
  const pb = "application/x-protobuf";
  // A request of one resource, one scope, one span whose trace id is a byte.
  const wrong = Buffer.from([0x0a, 7, 0x12, 5, 0x12, 3, 0x0a, 1, 0]);
  const partial = await send(s.url, "/v1/traces", wrong, pb);
  assert.equal(partial.status, 200);
  const body = Buffer.from(await partial.arrayBuffer());
  // partial_success { rejected_spans: 1, error_message: "..." }
  assert.deepEqual([...body.subarray(0, 5)], [0x0a, body.length - 2, 0x08, 1, 0x12]);
  assert.match(body.toString(), /trace_id has to be 16 bytes/);
  const broken = await send(s.url, "/v1/traces", wrong.subarray(0, 6), pb);
  assert.equal(broken.status, 400);
  assert.equal(broken.headers.get("content-type"), pb);
  // google.rpc.Status { code: INVALID_ARGUMENT, message: "..." }
  assert.deepEqual([...Buffer.from(await broken.arrayBuffer()).subarray(0, 3)], [0x08, 3, 0x12]);
});

test("bodies that cannot be read are answered as OTLP says", async (t) => {
  const s = await serve(t, freshDir(t));
  const json = "application/json";
  const pb = "application/x-protobuf";
  const cases = [
    ["not JSON", "{", json, {}, 400],
    ["an array", "[]", json, {}, 400],
    ["spans that are none", '{"resourceSpans":[{"scopeSpans":[{"spans":[1]}]}]}', json, {}, 400],
    ["no protobuf", "\xff\xff\xff", pb, {}, 400],
    ["broken gzip", gzipSync("{}").subarray(0, 12), json, { "content-encoding": "gzip" }, 400],
    ["another type", "{}", "text/plain", {}, 415],
    ["another coding", "{}", json, { "content-encoding": "br" }, 415],
    ["a bomb", gzipSync(Buffer.alloc(100 << 20, 32)), json, { "content-encoding": "gzip" }, 413],
  ];
  for (const path of ["/v1/traces", "/v1/logs", "/v1/metrics"]) {
    for (const [name, body, type, headers, status] of cases) {
      if (name === "spans that are none" && path !== "/v1/traces") continue;
      const r = await send(s.url, path, body, type, headers);
      assert.equal(r.status, status, `${path}: ${name}`);
      if (type === json) assert.ok((await r.json()).message, name);
    }
    assert.equal(await (await send(s.url, path, "", json)).text(), "{}");
    assert.equal((await (await send(s.url, path, "", pb)).arrayBuffer()).byteLength, 0);
    assert.equal((await fetch(s.url + path)).status, 405);
  }
});

test("otlp_listen opens a port for OTLP alone", async (t) => {
  const dir = freshDir(t);
  writeFileSync(join(dir, "toll.yaml"), "otlp_listen: 127.0.0.1:0\n");
  const s = await serve(t, dir, ["--config", join(dir, "toll.yaml")]);
  const [, url] = /OTLP at (http:\S+)/.exec(s.log());
  const o = tracing(t, url, ProtoTraces);
  await chat(o.tracer, "own-port", usage(10, 1));
  await o.flush();
  await settled(s.url, 1);
  assert.equal((await fetch(`${url}/api/query?metrics=cost`)).status, 404);
  assert.equal((await fetch(`${url}/v1/events`, { method: "POST", body: "{}" })).status, 404);
});

test("log events count at once; metrics of the same never", async (t) => {
  const s = await serve(t, freshDir(t));
  for (const [i, Exporter] of [JsonLogs, ProtoLogs].entries()) {
    const logs = new LoggerProvider({
      resource: resourceFromAttributes({ "service.name": "claude-code" }),
      processors: [new BatchLogRecordProcessor({ exporter: new Exporter({ url: `${s.url}/v1/logs` }) })],
    });
    const logger = logs.getLogger("com.anthropic.claude_code.events");
    for (const request_id of ["a", "b", "a"]) {
      logger.emit({
        body: "claude_code.api_request",
        attributes: {
          "event.name": "api_request", request_id: `${request_id}${i}`, model: "claude-haiku-4-5", "session.id": "s",
          input_tokens: 10, output_tokens: 20, cache_read_tokens: 1000, cache_creation_tokens: 0, cost_usd: 0.5,
        },
      });
    }
    logger.emit({ body: "claude_code.user_prompt", attributes: { "event.name": "user_prompt" } });
    await logs.shutdown();
  }
  const meters = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({
      exporter: new ProtoMetrics({ url: `${s.url}/v1/metrics` }), exportIntervalMillis: 60000,
    })],
  });
  meters.getMeter("com.anthropic.claude_code").createCounter("claude_code.token.usage").add(5000, { type: "input" });
  await meters.shutdown();
  await settled(s.url, 4);
  assert.equal((await totals(s.url)).input_tokens, 4 * 1010);
  const { text } = await get(s.url, "/metrics");
  assert.match(text, /toll_otlp_metrics_ignored_total 1\n/);
  assert.match(text, /toll_otlp_logs_ignored_total 2\n/);
});

/** A provider on loopback that answers chat completions. */
async function mockProvider(t) {
  let n = 0;
  const server = createServer((req, res) => {
    req.resume().on("end", () => {
      n++;
      res.setHeader("content-type", "application/json");
      res.end(JSON.stringify({
        id: `chatcmpl-mock-${n}`, object: "chat.completion", created: 1790000000, model: "gpt-4o-mini-2024-07-18",
        choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "Yes.", refusal: null } }],
        usage: {
          prompt_tokens: 100 * n, completion_tokens: 10 * n, total_tokens: 110 * n,
          prompt_tokens_details: { cached_tokens: 30 * n }, completion_tokens_details: { reasoning_tokens: 0 },
        },
      }));
    });
  });
  await new Promise((r) => server.listen(0, "127.0.0.1", r));
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${server.address().port}/v1`, n: () => n };
}

test("OpenLLMetry's instrumentation of the OpenAI SDK", async (t) => {
  const s = await serve(t, freshDir(t));
  const mock = await mockProvider(t);
  const o = tracing(t, s.url, ProtoTraces);
  const instrumentation = new OpenAIInstrumentation();
  instrumentation.setTracerProvider(o.provider);
  instrumentation.manuallyInstrument(OpenAI);
  t.after(() => instrumentation.disable());
  const client = new OpenAI({ apiKey: "none", baseURL: mock.url });
  await span(o.tracer, "job", { "toll.feature": "tagging" }, async () => {
    for (let i = 0; i < 2; i++) {
      await client.chat.completions.create({ model: "gpt-4o-mini", messages: [{ role: "user", content: "?" }] });
    }
  });
  await o.flush();
  await settled(s.url, 2);
  const sums = await totals(s.url);
  assert.equal(sums.input_tokens, 300);
  assert.equal(sums.output_tokens, 30);
  const list = await events(s.url);
  assert.ok(list.every((e) => e.provider === "openai" && e.feature === "tagging"), JSON.stringify(list));
  assert.ok(list.every((e) => e.model === "gpt-4o-mini-2024-07-18"), JSON.stringify(list));
});

test("the AI SDK's telemetry", async (t) => {
  const s = await serve(t, freshDir(t));
  const mock = await mockProvider(t);
  const o = tracing(t, s.url, JsonTraces, "ai");
  const openai = createOpenAI({ apiKey: "none", baseURL: mock.url });
  await generateText({
    model: openai.chat("gpt-4o-mini"), prompt: "?",
    experimental_telemetry: {
      isEnabled: true, functionId: "triage", tracer: o.tracer, metadata: { userId: "u-5", sessionId: "s-6", plan: "pro" },
    },
  });
  await o.flush();
  await settled(s.url, 1);
  assert.deepEqual(await totals(s.url), {
    requests: 1, input_tokens: 100, cache_read_tokens: 30, output_tokens: 10,
  });
  const [e] = await events(s.url);
  assert.equal(e.id, "chatcmpl-mock-1");
  assert.equal(e.feature, "triage");
  assert.equal(e.user, "u-5");
  assert.equal(e.run, "s-6");
  assert.equal(e.tags.plan, "pro");
});

test("an error is a call that failed", async (t) => {
  const s = await serve(t, freshDir(t));
  const o = tracing(t, s.url, JsonTraces);
  await context.with(ROOT_CONTEXT, () =>
    span(o.tracer, "chat gpt-4o", {
      "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o",
      "error.type": "RateLimitError",
    }, (x) => x.setStatus({ code: SpanStatusCode.ERROR })));
  assert.equal(trace.getActiveSpan(), undefined);
  await o.flush();
  await settled(s.url, 1);
  const [e] = await events(s.url);
  assert.equal(e.status, "error");
  assert.equal(e.tags.error, "RateLimitError");
});

test("at the end of the server whole traces are counted", async (t) => {
  const dir = freshDir(t);
  const s = await serve(t, dir);
  await sendJson(s.url, "/v1/traces", request(raw(21, 1, 0, call(10, 1))));
  await s.stop();
  const r = toll(["query", "--metrics", "requests", "--range", "all", "--data", dir, "--json"]);
  assert.equal(JSON.parse(r.out).totals.requests, 1);
});
