// The lines to paste, as `toll doctor` and the README state them, are run: each
// client makes one call by them, and the ledger has it with its feature.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { events, provider, tollBefore } from "./provider.mjs";
import { freshDir, tollOk } from "./toll.mjs";

const root = new URL("../../", import.meta.url).pathname;

const answers = {
  "/v1/chat/completions": (n) => ({
    id: `chatcmpl-${n}`, object: "chat.completion", created: 1790000000, model: "gpt-4o-mini",
    choices: [{ index: 0, message: { role: "assistant", content: "hello" }, finish_reason: "stop" }],
    usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
  }),
  "/v1/messages": (n) => ({
    id: `msg_${n}`, type: "message", role: "assistant", model: "claude-haiku-4-5",
    content: [{ type: "text", text: "hello" }], stop_reason: "end_turn", stop_sequence: null,
    usage: { input_tokens: 11, output_tokens: 7 },
  }),
  "/v1beta/models/gemini-2.5-flash:generateContent": (n) => ({
    responseId: `g-${n}`, modelVersion: "gemini-2.5-flash",
    candidates: [{ index: 0, content: { role: "model", parts: [{ text: "hello" }] }, finishReason: "STOP" }],
    usageMetadata: { promptTokenCount: 11, candidatesTokenCount: 7, totalTokenCount: 18 },
  }),
};

/** One upstream that answers for all providers. */
function anyProvider(t) {
  let n = 0;
  return provider(t, (req, res) => {
    const answer = answers[req.url.split("?")[0]];
    res.writeHead(answer ? 200 : 404, { "Content-Type": "application/json" });
    res.end(JSON.stringify(answer ? answer(++n) : { error: { message: req.url } }));
  });
}

/** Runs a program of the project's own Node; fails with its words. */
async function run(command, args, env = {}) {
  const child = spawn(command, args, {
    cwd: root, env: { ...process.env, OPENAI_API_KEY: "k", ANTHROPIC_API_KEY: "k", GEMINI_API_KEY: "k", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const out of [child.stdout, child.stderr]) out.on("data", (d) => (said += d));
  const [code] = await once(child, "close");
  assert.equal(code, 0, said);
}

/** The program stands where the packages are found. */
async function runModule(t, name, text) {
  const file = join(root, "tests", "flow", `.setup-${process.pid}-${name}.mjs`);
  t.after(() => rmSync(file, { force: true }));
  writeFileSync(file, text);
  await run(process.execPath, [file]);
}

const chat = '{model: "gpt-4o-mini", messages: [{role: "user", content: "hi"}]}';
const claude = '{model: "claude-haiku-4-5", max_tokens: 9, messages: [{role: "user", content: "hi"}]}';

// What follows the lines: one call.
const calls = {
  openai: `await client.chat.completions.create(${chat});`,
  anthropic: `await client.messages.create(${claude});`,
  google: 'await ai.models.generateContent({model: "gemini-2.5-flash", contents: "hi"});',
  "vercel-ai": `const {generateText} = await import("ai");
    await generateText({model: openai.chat("gpt-4o-mini"), prompt: "hi"});`,
};

async function tollBeforeAll(t) {
  const { url } = await anyProvider(t);
  const dir = freshDir(t);
  const toll = await tollBefore(t, dir, { openai: { url }, anthropic: { url }, gemini: { url } });
  return { toll, lines: JSON.parse(tollOk(["doctor", "--data", dir, "--json"])).setup };
}

for (const name of Object.keys(calls)) {
  test(`doctor's lines for ${name}`, async (t) => {
    const { toll, lines } = await tollBeforeAll(t);
    assert.equal(lines[name].trim().split("\n").length, 3);
    await runModule(t, name, `${lines[name]}\n${calls[name]}\n`);
    const [e] = await events(toll, 1);
    assert.deepEqual([e.feature, e.input_tokens, e.output_tokens, e.source],
      ["ticket-summary", 11, 7, "gateway"]);
  });
}

test("doctor's line for curl", async (t) => {
  const { toll, lines } = await tollBeforeAll(t);
  await run("sh", ["-c", lines.curl.replace("curl ", "curl --fail --silent ")]);
  const [e] = await events(toll, 1);
  assert.deepEqual([e.feature, e.input_tokens, e.source], ["ticket-summary", 1200, "api"]);
});

test("doctor's lines for OpenTelemetry", async (t) => {
  const { toll, lines } = await tollBeforeAll(t);
  const file = join(root, "tests", "flow", `.setup-${process.pid}-otel.mjs`);
  t.after(() => rmSync(file, { force: true }));
  writeFileSync(file, `
    import {BasicTracerProvider, SimpleSpanProcessor} from "@opentelemetry/sdk-trace-base";
    import {OTLPTraceExporter} from "@opentelemetry/exporter-trace-otlp-proto";
    import {detectResources, envDetector} from "@opentelemetry/resources";
    const p = new BasicTracerProvider({resource: detectResources({detectors: [envDetector]}),
      spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())]});
    p.getTracer("t").startSpan("chat", {attributes: {"gen_ai.operation.name": "chat",
      "gen_ai.system": "openai", "gen_ai.response.model": "gpt-4o-mini",
      "gen_ai.usage.input_tokens": 11, "gen_ai.usage.output_tokens": 7}}).end();
    await p.shutdown();`);
  await run("sh", ["-c", `${lines.opentelemetry}\nexec "${process.execPath}" "${file}"`]);
  const [e] = await events(toll, 1);
  assert.deepEqual([e.feature, e.input_tokens, e.tags.service, e.source],
    ["ticket-summary", 11, "summarizer", "otlp"]);
});

// The README's own lines, with the server's address for the one it states.
test("the README's examples for the SDKs", async (t) => {
  const { toll } = await tollBeforeAll(t);
  const blocks = [...readFileSync(join(root, "README.md"), "utf8").matchAll(/^```js\n([^]*?)^```/gm)]
    .map((m) => m[1].replaceAll("http://127.0.0.1:8655", toll.url));
  assert.equal(blocks.length, 3);
  await runModule(t, "readme", `
    import OpenAI from "openai";
    import Anthropic from "@anthropic-ai/sdk";
    import {GoogleGenAI} from "@google/genai";
    const apiKey = "k";
    ${blocks.join("\n")}
    await openai.chat.completions.create(${chat});
    await anthropic.messages.create(${claude});
    await gemini.models.generateContent({model: "gemini-2.5-flash", contents: "hi"});`);
  const got = await events(toll, 3);
  assert.deepEqual(got.map((e) => e.provider).sort(), ["anthropic", "gemini", "openai"]);
  assert.ok(got.every((e) => e.feature === "ticket-summary"));
});
