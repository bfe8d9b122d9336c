// The lines to paste, for each way in (docs/gateway.md, events.md, otlp.md,
// import.md).  `origin` is where this page comes from, without a slash.

export interface Lines {
  value: string;
  label: string;
  /** Where they go. */
  where: string;
  text: (origin: string) => string;
}

const FEATURE = 'ticket-summary';

export const GATEWAY: readonly Lines[] = [
  {
    value: 'env', label: 'Any SDK', where: 'in the environment of the program',
    text: (origin) => `export OPENAI_BASE_URL=${origin}/openai/v1
export ANTHROPIC_BASE_URL=${origin}/anthropic
export GOOGLE_GEMINI_BASE_URL=${origin}/gemini`,
  },
  {
    value: 'openai-python', label: 'OpenAI, Python', where: 'openai',
    text: (origin) => `from openai import OpenAI

client = OpenAI(
    base_url="${origin}/openai/v1",
    default_headers={"X-Toll-Feature": "${FEATURE}"},
)`,
  },
  {
    value: 'openai-js', label: 'OpenAI, JavaScript', where: 'openai',
    text: (origin) => `import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: '${origin}/openai/v1',
  defaultHeaders: { 'X-Toll-Feature': '${FEATURE}' },
});`,
  },
  {
    value: 'anthropic-python', label: 'Anthropic, Python', where: 'anthropic',
    text: (origin) => `from anthropic import Anthropic

client = Anthropic(
    base_url="${origin}/anthropic",
    default_headers={"X-Toll-Feature": "${FEATURE}"},
)`,
  },
  {
    value: 'anthropic-js', label: 'Anthropic, JavaScript',
    where: '@anthropic-ai/sdk',
    text: (origin) => `import Anthropic from '@anthropic-ai/sdk';

const client = new Anthropic({
  baseURL: '${origin}/anthropic',
  defaultHeaders: { 'X-Toll-Feature': '${FEATURE}' },
});`,
  },
  {
    value: 'gemini-js', label: 'Gemini, JavaScript', where: '@google/genai',
    text: (origin) => `import { GoogleGenAI } from '@google/genai';

const ai = new GoogleGenAI({
  apiKey: process.env.GEMINI_API_KEY,
  httpOptions: {
    baseUrl: '${origin}/gemini',
    headers: { 'X-Toll-Feature': '${FEATURE}' },
  },
});`,
  },
  {
    value: 'curl', label: 'curl', where: 'in a terminal',
    text: (origin) => `curl ${origin}/openai/v1/chat/completions \\
  -H "Authorization: Bearer $OPENAI_API_KEY" \\
  -H 'Content-Type: application/json' \\
  -H 'X-Toll-Feature: ${FEATURE}' \\
  -d '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hello"}]}'`,
  },
];

export const EVENTS: readonly Lines[] = [
  {
    value: 'event', label: 'Usage event', where: 'right after a response',
    text: (origin) => `curl ${origin}/v1/events \\
  -H 'Content-Type: application/json' \\
  -d '{"id":"req-7f3a","provider":"openai","model":"gpt-4o-mini",
       "feature":"${FEATURE}","customer":"acme",
       "input_tokens":1200,"cache_read_tokens":1000,"output_tokens":300}'`,
  },
  {
    value: 'response', label: 'Raw response',
    where: 'the provider’s answer as it came',
    text: (origin) => `curl ${origin}/v1/usage/anthropic \\
  -H 'X-Toll-Feature: ${FEATURE}' \\
  --data-binary @response.json`,
  },
];

export const OTLP: readonly Lines[] = [
  {
    value: 'otlp', label: 'Any exporter',
    where: 'in the environment of what is traced',
    text: (origin) => `export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`,
  },
  {
    value: 'claude-code', label: 'Claude Code', where: 'in a terminal',
    text: (origin) => `export CLAUDE_CODE_ENABLE_TELEMETRY=1
export OTEL_LOGS_EXPORTER=otlp
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}
claude`,
  },
];

export const FILES: readonly Lines[] = [
  {
    value: 'agents', label: 'Coding agents',
    where: 'session logs of Claude Code and Codex',
    text: () => `toll import ~/.claude/projects
toll import ~/.codex/sessions`,
  },
  {
    value: 'logs', label: 'Logs of other tools',
    where: 'LiteLLM, Langfuse, Helicone, OpenRouter, Bedrock',
    text: () => 'toll import spend-logs.jsonl observations.json activity.csv',
  },
  {
    value: 'demo', label: 'A made-up company',
    where: '90 days to look around in, marked as such',
    text: () => 'toll demo',
  },
];

/** What lets spend be told apart. */
export const HEADERS: readonly { header: string; says: string }[] = [
  { header: 'X-Toll-Feature', says: 'what in the product made the call' },
  { header: 'X-Toll-Customer', says: 'for whom; gives cost against revenue' },
  { header: 'X-Toll-User', says: 'gives cost per user, and fair experiments' },
  { header: 'X-Toll-Workflow, X-Toll-Run, X-Toll-Step',
    says: 'steps of an agent; finds runs that go in circles' },
  { header: 'X-Toll-Experiment, X-Toll-Variant', says: 'what is being tried' },
  { header: 'X-Toll-Release, X-Toll-Prompt',
    says: 'which change made it dearer' },
  { header: 'X-Toll-Environment', says: 'production unless said' },
];
