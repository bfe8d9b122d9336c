// Millions of events at rest: bytes on disk, a question over all of them, and
// the memory of the server that holds them.  events.mjs says their shape.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EVENTS_FROM, EVENTS_TO, FEATURES } from './events.mjs';
import { HERE } from './settings.mjs';
import { exactRow, quantile, row } from './table.mjs';
import { cleanEnv, freshDir, removeDir, Server, tollIn } from './toll.mjs';

const DAY_MS = 86_400_000;

/** The generator's output into `toll import -`, through the server. */
function load(settings, dataDir) {
    const pipe = '"$1" "$2" --count "$3" | "$4" import --data "$5" -';
    const done = spawnSync(
        'sh',
        ['-c', pipe, 'sh', process.execPath, path.join(HERE, 'events.mjs'),
            String(settings.STORE_EVENTS), tollIn(settings), dataDir],
        { env: cleanEnv(settings.DIR), encoding: 'utf8' }
    );
    if (done.status !== 0) {
        throw new Error(`toll import failed: ${done.stderr.slice(-600)}`);
    }
}

/** Blocks on disk below `dir`, by the first part of each path. */
function diskUse(dir) {
    const use = {};
    for (const name of fs.readdirSync(dir, { recursive: true })) {
        const top = String(name).split(path.sep)[0];
        const { blocks } = fs.lstatSync(path.join(dir, String(name)));
        use[top] = (use[top] ?? 0) + blocks * 512;
    }
    return use;
}

/**
 * The same question each time, over all events, but no two alike: the end of
 * the period moves through the empty days after them, so that a kept answer
 * would not do.
 */
async function timeQueries(server, settings) {
    const times = [];
    let answer;
    for (let i = 0; i < settings.QUERIES; i++) {
        const to = new Date(Date.parse(EVENTS_TO) + i * DAY_MS);
        const began = performance.now();
        answer = await server.query({
            metrics: 'cost',
            by: 'feature',
            from: EVENTS_FROM,
            to: to.toISOString().slice(0, 10),
            where: 'environment:*',
        });
        times.push(performance.now() - began);
    }
    return { times, groups: answer.rows.length };
}

export async function store(settings) {
    const dataDir = freshDir(path.join(settings.DIR, 'store-data'));
    const idle = settings.IDLE_SECONDS * 1000;
    const first = await Server.use(settings, dataDir, async (server) => {
        await sleep(idle);
        const empty = server.memory();
        load(settings, dataDir);
        await sleep(idle);
        const full = server.memory();
        const count = await server.countRequests(EVENTS_FROM, EVENTS_TO);
        return { empty, full, count };
    });
    const use = diskUse(dataDir);

    // A server that has just started over what is there: nothing is warm but
    // the page cache, and nothing of the load is left in memory.
    const again = await Server.use(settings, dataDir, async (server) => {
        await sleep(idle);
        const restarted = server.memory();
        const asked = await timeQueries(server, settings);
        await sleep(idle);
        return { restarted, asked, queried: server.memory() };
    });
    removeDir(dataDir);

    const { empty, full, count } = first;
    const { restarted, asked, queried } = again;
    const total = Object.values(use).reduce((a, b) => a + b, 0);
    const bytes = { unit: 'B', decimals: 1 };
    const memory = { unit: 'MB', atMost: 100 };
    const ms = { unit: 'ms', decimals: 1 };
    return [
        exactRow('store: events counted', count, settings.STORE_EVENTS),
        row('store: disk an event, whole data folder',
            total / settings.STORE_EVENTS, { ...bytes, atMost: 60 }),
        ...Object.entries(use)
            .sort((a, b) => b[1] - a[1])
            .map(([name, n]) =>
                row(`store: disk an event, ${name}`,
                    n / settings.STORE_EVENTS, bytes)
            ),
        // One group is what nobody tagged.
        exactRow('store: features answered', asked.groups, FEATURES + 1),
        row('store: spend by feature, p50', quantile(asked.times), {
            ...ms,
            atMost: 50,
        }),
        row('store: spend by feature, slowest', quantile(asked.times, 1), ms),
        row('store: memory at rest, empty', empty.now, memory),
        row('store: memory at rest, after the load', full.now, memory),
        row('store: memory, highest in the load', full.peak, { unit: 'MB' }),
        row('store: memory at rest, restarted', restarted.now, memory),
        row('store: memory at rest, after queries', queried.now, memory),
    ];
}
