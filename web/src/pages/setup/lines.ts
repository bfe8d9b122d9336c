// What to say besides where calls go (docs/gateway.md, import.md).

import type { Client } from './answer';

/** Ways in that need no client. */
export const FILES: readonly Client[] = [
  { name: 'agents', title: 'Session logs of coding agents',
    lines: 'toll import ~/.claude/projects\ntoll import ~/.codex/sessions\n' },
  { name: 'logs', title: 'Logs of LiteLLM, Langfuse, Helicone, OpenRouter',
    lines: 'toll import spend-logs.jsonl observations.json activity.csv\n' },
  { name: 'demo', title: 'A made-up company, to look around in',
    lines: 'toll demo\n' },
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
