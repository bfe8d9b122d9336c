// Sizes and places of the benchmarks, each from a TOLL_BENCH_* variable.

import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const HERE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.resolve(HERE, '..', '..');

const ROWS = [
    ['EVENTS', 2_000_000, 'ingest: events posted in all'],
    ['BATCH', 1000, 'ingest: events in a body'],
    ['CONNECTIONS', 8, 'ingest: connections that post at once'],
    ['LOG_BYTES', 200_000_000, 'import: bytes of session logs'],
    ['RUNS', 5, 'import, insights, pages: runs of each; the median counts'],
    ['STORE_EVENTS', 4_000_000, 'store: events stored'],
    ['QUERIES', 20, 'store: queries; the median counts'],
    ['DEMO_EVENTS', 300_000, 'insights, pages: events of the demo company'],
    ['DEMO', '', 'insights, pages: a data folder that holds it already'],
    ['IDLE_SECONDS', 20, 'store: rest before memory is read'],
    ['CALLS', 40_000, 'gateway: calls in each part'],
    ['RATE', 2000, 'gateway: calls a second, where latency is measured'],
    ['ROUNDS', 3, 'gateway: rounds; the median counts'],
    ['IDLE_STREAMS', 5000, 'gateway: streams held open'],
    ['NGINX', 'nginx', 'gateway: the peer, where it is installed'],
    ['SEEDS', 40, 'forecast: streams of each kind'],
    ['DECISIONS', 200_000, 'budget: decisions in each part'],
    ['ALERT_SEEDS', 6, 'alerts: accounts of each kind'],
    ['SERIES', '', 'forecast: files of daily series besides, by spaces'],
    ['NAB', '', 'detect: a copy of the Numenta Anomaly Benchmark'],
    ['BUILD', path.join(ROOT, 'build'), 'folder of the build under test'],
    ['DIR', path.join(ROOT, 'build', 'bench'), 'scratch, on a real disk'],
];

function read([key, fallback]) {
    const name = `TOLL_BENCH_${key}`;
    const text = process.env[name];
    if (text === undefined || text === '') {
        return fallback;
    }
    if (typeof fallback === 'string') {
        return path.isAbsolute(fallback) ? path.resolve(text) : text;
    }
    const n = Number(text);
    if (!Number.isSafeInteger(n) || n < 1) {
        throw new Error(`${name} is "${text}"; it takes a whole number from 1`);
    }
    return n;
}

/** {EVENTS: 2000000, ...} of this run. */
export function readSettings() {
    return Object.fromEntries(ROWS.map((row) => [row[0], read(row)]));
}

/** The variables, for --help. */
export function settingsHelp() {
    return ROWS.map(([key, fallback, doc]) => {
        const shown = path.isAbsolute(String(fallback))
            ? path.relative(ROOT, fallback)
            : fallback;
        return `  ${`TOLL_BENCH_${key}`.padEnd(25)} ${doc} [${shown}]`;
    }).join('\n');
}
