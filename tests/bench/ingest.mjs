// Events posted over HTTP, each body acknowledged once it is on disk.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exactRow, row } from './table.mjs';
import { freshDir, removeDir, run, Server } from './toll.mjs';

const SEED = 1;
const COUNT_SECONDS = 120;

/** The load client, which an ordinary build leaves out. */
export function buildLoad(build) {
    run('ninja', ['-C', build, 'tests/bench/load'], process.env);
    return path.join(build, 'tests', 'bench', 'load');
}

/** Posts the bodies and gives what the load client says of it. */
export async function postBodies(program, ...numbers) {
    const client = spawn(program, numbers.map(String), {
        stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    client.stderr.setEncoding('utf8').on('data', (text) => {
        said += text;
    });
    let output = '';
    client.stdout.setEncoding('utf8').on('data', (text) => {
        output += text;
    });
    const [code] = await once(client, 'close');
    if (code !== 0) {
        throw new Error(said.trim());
    }
    return JSON.parse(output);
}

/** Waits until queries see all events; gives seconds and the last count. */
async function waitForCount(server, expected) {
    const day = (offset) =>
        new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
    const began = performance.now();
    for (;;) {
        const count = await server.countRequests(day(-2), day(2));
        const seconds = (performance.now() - began) / 1000;
        if (count >= expected || seconds > COUNT_SECONDS) {
            return { count, seconds };
        }
        await sleep(20);
    }
}

export async function ingest(settings) {
    const program = buildLoad(settings.BUILD);
    const bodies = Math.ceil(settings.EVENTS / settings.BATCH);
    const dataDir = freshDir(path.join(settings.DIR, 'ingest-data'));
    const { CONNECTIONS, BATCH } = settings;
    const measured = await Server.use(settings, dataDir, async (server) => {
        const cpuBefore = server.cpuSeconds();
        const load = await postBodies(
            program, server.port, CONNECTIONS, bodies, BATCH, SEED
        );
        const seen = await waitForCount(server, load.events);
        const cpu = server.cpuSeconds() - cpuBefore;
        return { load, seen, cpu, peak: server.memory().peak };
    });
    removeDir(dataDir);

    const { load, seen, cpu, peak } = measured;
    const perEvent = load.body_bytes / BATCH;
    return [
        row('ingest: acknowledged', load.events / load.seconds, {
            unit: 'events/s',
            atLeast: 120_000,
        }),
        row('ingest: bytes an event, as sent', perEvent, { unit: 'B' }),
        row('ingest: time to acknowledge a body, p50', load.p50_ms, {
            unit: 'ms',
            decimals: 1,
        }),
        row('ingest: time to acknowledge a body, p99', load.p99_ms, {
            unit: 'ms',
            decimals: 1,
        }),
        row('ingest: answers that said "busy"', load.busy),
        row('ingest: server CPU, until all is queried', cpu, {
            unit: 's',
            decimals: 2,
        }),
        row('ingest: client CPU', load.cpu_seconds, { unit: 's', decimals: 2 }),
        row('ingest: last acknowledgement to queried', seen.seconds, {
            unit: 's',
            decimals: 2,
            atMost: 1,
        }),
        row('ingest: server memory, highest', peak, { unit: 'MB' }),
        exactRow('ingest: events counted', seen.count, load.events),
    ];
}
