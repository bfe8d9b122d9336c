// A server under test, on a port of its own and with a folder of its own, and
// a browser to look at it.

import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

const TOLL = process.env.TOLL_BIN ?? 'build/toll';

/** The zone has half an hour in it, so that nothing works by chance. */
const CONFIG = 'timezone: Asia/Kolkata\n';

/** `demo` are options of `toll demo`, whose company is served then; `config` is
 *  more of toll.yaml. */
export async function startToll({ demo, config: more = '' } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'toll-web-'));
  const config = join(dir, 'toll.yaml');
  writeFileSync(config, CONFIG + more);
  if (demo) {
    execFileSync(TOLL, ['demo', '--data', join(dir, 'data'), ...demo],
      { stdio: 'ignore' });
  }
  const child = spawn(TOLL,
    ['serve', '--data', join(dir, 'data'), '--config', config,
      '--listen', '127.0.0.1:0'],
    { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  const origin = await listening(child, exited);
  return {
    origin,
    /** What a command prints as JSON, asked of this server. */
    async command(...args) {
      const { stdout } = await promisify(execFile)(TOLL, [...args, '--json',
        '--data', join(dir, 'data'), '--config', config]);
      return JSON.parse(stdout);
    },
    async stop() {
      child.kill('SIGTERM');
      await exited;
      rmSync(dir, { recursive: true });
    },
  };
}

/** The address in the line "listening on http://..." */
async function listening(child, exited) {
  let said = '';
  child.stderr.setEncoding('utf8');
  const line = new Promise((resolve) => {
    child.stderr.on('data', (text) => {
      said += text;
      const match = /listening on (http:\/\/[\d.]+:\d+)/.exec(said);
      if (match) {
        resolve(match[1]);
      }
    });
  });
  const origin = await Promise.race([line, exited.then(() => null)]);
  if (origin === null) {
    throw new Error(`toll serve ended: ${said}`);
  }
  return origin;
}

export async function post(origin, events) {
  const response = await fetch(`${origin}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: events.map((event) => JSON.stringify(event)).join('\n'),
  });
  const answer = await response.json();
  if (!response.ok || answer.rejected.length > 0) {
    throw new Error(`not taken: ${JSON.stringify(answer).slice(0, 500)}`);
  }
}

export function query(origin, params) {
  return ask(origin, `query?${params}`);
}

/** What a route below /api/ answers. */
export async function ask(origin, route) {
  const response = await fetch(`${origin}/api/${route}`);
  const answer = await response.json();
  if (!response.ok) {
    throw new Error(JSON.stringify(answer));
  }
  return answer;
}

/** What is acknowledged is seen by queries soon after, not at once. */
export async function untilStored(origin, requests) {
  for (;;) {
    const { totals } = await query(origin,
      'metrics=requests&range=all&where=environment:*');
    if (totals.requests === requests) {
      return;
    }
    await sleep(50);
  }
}

/** Until the server has heard history for what would have been alerted. */
export async function untilWatched(origin) {
  while ((await ask(origin, 'alerts')).watched_since === null) {
    await sleep(50);
  }
}

export function launch() {
  return chromium.launch({
    executablePath: process.env.TOLL_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--no-first-run'],
  });
}

/** Waits until the page has settled on what it shows. */
export function settled(page) {
  return page.waitForSelector('.page[aria-busy="false"]');
}
