// Every insight on the demo company: how long its answer takes, and the CPU
// time it costs the server.  TOLL_BENCH_DEMO_EVENTS makes the company larger.

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { quantile, row } from './table.mjs';
import { cleanEnv, freshDir, removeDir, Server, tollIn } from './toll.mjs';

const SMALL_EVENTS = 1_000_000;
const SMALL_MS = 300;
const LARGE_MS = 2000;

const QUESTIONS = [
    ['explain', '/api/explain'],
    ['explain by user', '/api/explain?by=user'],
    ['movers', '/api/movers'],
    ['experiments', '/api/experiments'],
    ['experiment', '/api/experiments/answer-citations'],
    ['customers', '/api/customers'],
    ['forecast', '/api/forecast'],
    [
        'plan',
        '/api/plan?name=order-help&like=support-agent&users=2000' +
            '&adoption=10..30&model=claude-sonnet-4-5,gpt-5.1',
    ],
    [
        'whatif',
        '/api/whatif?feature=reply-draft&to_model=claude-haiku-4-5',
    ],
    ['savings', '/api/savings'],
    ['quality', '/api/quality'],
    ['review', '/api/review'],
];

/** The demo company, of the size that the settings say. */
export function makeDemo(settings, dataDir) {
    const done = spawnSync(
        tollIn(settings),
        ['demo', '--data', dataDir, '--events', String(settings.DEMO_EVENTS)],
        { env: cleanEnv(settings.DIR), encoding: 'utf8' }
    );
    if (done.status !== 0) {
        throw new Error(`toll demo failed: ${done.stderr.slice(-600)}`);
    }
}

async function time(server, target, runs) {
    const wall = [];
    const cpu = [];
    for (let i = 0; i < runs; i++) {
        const busy = server.cpuSeconds();
        const began = performance.now();
        const { status, body } = await server.get(target);
        wall.push(performance.now() - began);
        cpu.push((server.cpuSeconds() - busy) * 1000);
        if (status !== 200) {
            throw new Error(`GET ${target}: ${body}`);
        }
    }
    return { wall: quantile(wall), cpu: quantile(cpu) };
}

export async function insights(settings) {
    const isKept = settings.DEMO !== '';
    const dataDir = isKept
        ? settings.DEMO
        : freshDir(path.join(settings.DIR, 'insights-data'));
    if (!isKept) {
        makeDemo(settings, dataDir);
    }
    const atMost =
        settings.DEMO_EVENTS > SMALL_EVENTS ? LARGE_MS : SMALL_MS;
    const rows = await Server.use(settings, dataDir, async (server) => {
        const done = [];
        for (const [name, target] of QUESTIONS) {
            const t = await time(server, target, settings.RUNS);
            done.push(
                row(`insights: ${name}`, t.wall, { unit: 'ms', atMost }),
                row(`insights: ${name}, CPU`, t.cpu, { unit: 'ms' })
            );
        }
        return done;
    });
    if (!isKept) {
        removeDir(dataDir);
    }
    return rows;
}
