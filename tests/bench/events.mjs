#!/usr/bin/env node
// Makes usage events as NDJSON on standard output, by seed.
//
//   node events.mjs [--count N] [--seed N]
//
// The shape: 90 days with daily and weekly rhythm; 8 features in one workflow
// each, three steps a workflow; 6 models of three providers; 60 customers in
// three segments, some much larger than others; 5,000 users who each belong to
// one customer; runs of about four calls; ids like random UUIDs; times to the
// millisecond; token counts and latencies log-normal; 3 % retries, 2 % errors,
// 6 % untagged, 8 % outside production.  About 500 bytes an event.

import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Rand } from './words.mjs';

const HOUR_MS = 3_600_000;
const DAYS = 90;
const END = Date.parse('2026-11-15T00:00:00Z');
const CHUNK = 4000;

/** Days that hold all events; the second is out, as in a query. */
export const EVENTS_FROM = '2026-08-17';
export const EVENTS_TO = '2026-11-15';
export const FEATURES = 8;

const [MINI, LARGE, LONG, SONNET, HAIKU, FLASH] = [
    ['openai', 'gpt-4o-mini'],
    ['openai', 'gpt-4o'],
    ['openai', 'gpt-4.1'],
    ['anthropic', 'claude-sonnet-4-5'],
    ['anthropic', 'claude-haiku-4-5'],
    ['gemini', 'gemini-2.5-flash'],
].map(([provider, model]) => ({ provider, model }));

// share: of all calls; input, output: median tokens; cached: share of calls
// that read most of their input from the cache.
const TRADE = [
    ['search', 'site-search', 'discovery', 30, [FLASH, MINI], 900, 60, 0.1],
    ['chat', 'assistant', 'assistant', 24, [SONNET, LARGE], 5200, 420, 0.7],
    ['ticket-summary', 'inbox', 'support-ai', 14, [MINI], 1800, 180, 0.3],
    ['reply-draft', 'inbox', 'support-ai', 12, [HAIKU, MINI], 2400, 260, 0.4],
    ['translate', 'localisation', 'documents', 8, [FLASH], 700, 650, 0],
    ['lead-scoring', 'sales', 'growth', 6, [MINI], 1200, 40, 0.2],
    ['contract-review', 'legal', 'documents', 4, [LONG], 22_000, 1500, 0.5],
    ['code-help', 'developer', 'assistant', 2, [SONNET], 9000, 900, 0.8],
].map(([feature, workflow, owner, share, models, input, output, cached]) => ({
    feature,
    workflow,
    owner,
    share,
    models,
    input,
    output,
    cached,
    steps: ['plan', 'answer', 'check'],
}));

const CUSTOMERS = 60;
const USERS = 5000;
const SEGMENTS = ['enterprise', 'team', 'free'];
const ENVIRONMENTS = { production: 92, internal: 4, staging: 3, evaluation: 1 };

/** How many calls fall into each hour, so that they add up to `count`. */
function hourlyCounts(count) {
    const weights = Array.from({ length: DAYS * 24 }, (_, hour) => {
        const at = new Date(END - (DAYS * 24 - hour) * HOUR_MS);
        const office = Math.exp(-(((at.getUTCHours() - 13) / 5) ** 2));
        const weekend = at.getUTCDay() % 6 === 0 ? 0.35 : 1;
        return (0.08 + office) * weekend * (1 + (0.5 * hour) / (DAYS * 24));
    });
    const sum = weights.reduce((a, b) => a + b, 0);
    let due = 0;
    let given = 0;
    return weights.map((weight) => {
        due += (count * weight) / sum;
        const now = Math.round(due) - given;
        given += now;
        return now;
    });
}

const HEX = Array.from({ length: 65_536 }, (_, i) =>
    i.toString(16).padStart(4, '0')
);

function hex4(rand) {
    return HEX[rand.int(0, 65_535)];
}

function uuid(rand) {
    const head = `${hex4(rand)}${hex4(rand)}-${hex4(rand)}-${hex4(rand)}`;
    return `${head}-${hex4(rand)}-${hex4(rand)}${hex4(rand)}${hex4(rand)}`;
}

/** A user; the first customers have most of them. */
function userOf(rand) {
    const user = rand.int(0, USERS - 1);
    const customer = Math.floor((user / USERS) ** 2 * CUSTOMERS);
    return {
        user: `user-${String(user).padStart(5, '0')}`,
        customer: `customer-${String(customer).padStart(2, '0')}`,
        segment: SEGMENTS[Math.floor((customer * 3) / CUSTOMERS)],
    };
}

const SHARES = Object.fromEntries(TRADE.map((t, i) => [i, t.share]));

/** What the calls of one run have in common. */
function newRun(rand) {
    const trade = TRADE[rand.weighted(SHARES)];
    return {
        trade,
        who: userOf(rand),
        id: `run-${hex4(rand)}${hex4(rand)}${hex4(rand)}`,
        untagged: rand.chance(0.06),
        environment: rand.weighted(ENVIRONMENTS),
        left: rand.int(1, 7),
    };
}

function event(rand, run, ms) {
    const { trade, who } = run;
    const { provider, model } = rand.pick(trade.models);
    const input = rand.around(trade.input, 0.6, 180_000);
    const cached = rand.chance(trade.cached) ? Math.floor(input * 0.8) : 0;
    const latency = rand.around(1400, 0.6, 60_000);
    const week = Math.floor((END - ms) / (7 * 24 * HOUR_MS));
    const e = {
        id: uuid(rand),
        ts: new Date(ms).toISOString(),
        provider,
        model,
        input_tokens: input,
        cache_read_tokens: cached,
        output_tokens: rand.around(trade.output, 0.7, 16_000),
        run: run.id,
        step: rand.pick(trade.steps),
        release: `2026.${46 - week}`,
        prompt: `v${14 - (week >> 1)}`,
        ...who,
        environment: run.environment,
        status: rand.chance(0.02) ? 'error' : 'ok',
        attempt: rand.chance(0.03) ? 2 : 1,
        latency_ms: latency,
        ttft_ms: Math.ceil(latency * (0.1 + 0.3 * rand.next())),
    };
    if (!run.untagged) {
        e.feature = trade.feature;
        e.workflow = trade.workflow;
        e.owner = trade.owner;
    }
    return e;
}

/** The events as lines of NDJSON, in pieces of some thousands. */
export function* eventLines(count, seed) {
    const rand = new Rand(seed);
    const open = Array.from({ length: 64 }, () => newRun(rand));
    let piece = [];
    let hour = END - DAYS * 24 * HOUR_MS;
    for (const inHour of hourlyCounts(count)) {
        for (let i = 0; i < inHour; i++) {
            const within = (i + rand.next()) / inHour;
            const ms = hour + Math.floor(within * HOUR_MS);
            const at = rand.int(0, open.length - 1);
            if (open[at].left === 0) {
                open[at] = newRun(rand);
            }
            open[at].left -= 1;
            piece.push(JSON.stringify(event(rand, open[at], ms)));
            if (piece.length === CHUNK) {
                yield piece.join('\n') + '\n';
                piece = [];
            }
        }
        hour += HOUR_MS;
    }
    if (piece.length > 0) {
        yield piece.join('\n') + '\n';
    }
}

async function main() {
    const { values } = parseArgs({
        options: {
            count: { type: 'string', default: '4000000' },
            seed: { type: 'string', default: '1' },
        },
    });
    for (const piece of eventLines(Number(values.count), Number(values.seed))) {
        if (!process.stdout.write(piece)) {
            await once(process.stdout, 'drain');
        }
    }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    await main();
}
