// The benchmarks' own parts: a figure is worth no more than what made it.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { EVENTS_FROM, EVENTS_TO, eventLines, FEATURES } from './events.mjs';
import { buildLoad, postBodies } from './ingest.mjs';
import { LOGS_FROM, LOGS_TO } from './log-file.mjs';
import { nabScore } from './nab.mjs';
import { plainSeries, SERIES_KINDS } from './plain-series.mjs';
import { makeSessionLogs } from './session-logs.mjs';
import { readSettings } from './settings.mjs';
import { exactRow, formatTable, quantile, row } from './table.mjs';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'toll-bench-'));
after(() => fs.rmSync(scratch, { recursive: true }));

/** Every file below `dir` with its lines parsed, in order of names. */
function readLogs(dir) {
    return fs
        .readdirSync(dir, { recursive: true })
        .map((name) => path.join(dir, name))
        .filter((name) => name.endsWith('.jsonl'))
        .sort()
        .map((name) =>
            fs.readFileSync(name, 'utf8').trimEnd().split('\n').map(JSON.parse)
        );
}

/** Claude's requests, the slow and obvious way: by message id, the largest. */
function countClaude(dir) {
    const best = new Map();
    for (const { type, isApiErrorMessage, message } of readLogs(dir).flat()) {
        if (type !== 'assistant' || isApiErrorMessage) {
            continue;
        }
        const before = best.get(message.id);
        if (!before || before.output_tokens < message.usage.output_tokens) {
            best.set(message.id, message.usage);
        }
    }
    const usages = [...best.values()];
    const sum = (key) => usages.reduce((n, usage) => n + usage[key], 0);
    const read = sum('cache_read_input_tokens');
    const written = sum('cache_creation_input_tokens');
    return {
        requests: usages.length,
        input_tokens: sum('input_tokens') + read + written,
        cache_read_tokens: read,
        cache_write_tokens: written,
        output_tokens: sum('output_tokens'),
    };
}

/** Codex's: the last total of each file, and how often the total moved. */
function countCodex(dir) {
    const counts = {
        requests: 0,
        input_tokens: 0,
        cache_read_tokens: 0,
        cache_write_tokens: 0,
        output_tokens: 0,
    };
    for (const lines of readLogs(dir)) {
        const totals = lines
            .map((line) => line.payload.info?.total_token_usage)
            .filter(Boolean);
        const last = totals.at(-1);
        counts.requests += new Set(totals.map((t) => t.total_tokens)).size;
        counts.input_tokens += last.input_tokens;
        counts.cache_read_tokens += last.cached_input_tokens;
        counts.output_tokens += last.output_tokens;
    }
    return counts;
}

test('session logs hold what their maker says they hold', () => {
    const dir = path.join(scratch, 'logs');
    const report = makeSessionLogs(dir, 12_000_000, 3);
    assert.ok(report.bytes >= 12_000_000);
    assert.deepEqual(countClaude(path.join(dir, 'claude')), report.claude);
    assert.deepEqual(countCodex(path.join(dir, 'codex')), report.codex);

    const lines = readLogs(dir).flat();
    assert.equal(lines.length, report.lines);
    const stamps = lines.map((line) => line.timestamp).filter(Boolean);
    assert.ok(stamps.every((ts) => ts >= LOGS_FROM && ts < LOGS_TO));
    const kinds = new Set(lines.map((line) => line.type));
    for (const kind of ['user', 'assistant', 'progress', 'session_meta']) {
        assert.ok(kinds.has(kind), `no ${kind} line`);
    }
});

test('session logs of one seed are the same bytes', () => {
    const bytes = (dir) =>
        fs
            .readdirSync(dir, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => path.join(entry.parentPath, entry.name))
            .sort()
            .map((name) => [
                path.relative(dir, name),
                fs.readFileSync(name, 'utf8'),
            ]);
    const [one, two, other] = ['one', 'two', 'other'].map((name, i) => {
        const dir = path.join(scratch, name);
        makeSessionLogs(dir, 1_000_000, i < 2 ? 5 : 6);
        return bytes(dir);
    });
    assert.deepEqual(one, two);
    assert.notDeepEqual(one, other);
});

test('events have the shape that is told of them', () => {
    const text = [...eventLines(20_000, 1)].join('');
    assert.equal(text, [...eventLines(20_000, 1)].join(''));
    const events = text.trimEnd().split('\n').map(JSON.parse);
    const kinds = (key) => new Set(events.map((e) => e[key])).size;
    assert.equal(events.length, 20_000);
    assert.equal(kinds('id'), 20_000);
    assert.equal(kinds('feature'), FEATURES + 1); // and the untagged
    assert.equal(kinds('model'), 6);
    assert.equal(kinds('customer'), 60);
    // 5,000 runs draw from 5,000 users, so some never come up.
    assert.ok(kinds('user') > 3000 && kinds('user') <= 5000);
    const perRun = events.length / kinds('run');
    assert.ok(perRun > 3 && perRun < 5, `${perRun} calls a run`);
    for (const e of events) {
        assert.ok(e.cache_read_tokens <= e.input_tokens);
        assert.ok(e.ts >= EVENTS_FROM && e.ts < EVENTS_TO);
    }
});

test('the table says whether a target was met', () => {
    const rows = [
        row('a', 130_000, { unit: 'events/s', atLeast: 120_000 }),
        row('b', 0.1, { unit: 's', decimals: 3, atMost: 1 / 3, peer: 0.2 }),
        exactRow('c', 7, 8),
    ];
    assert.deepEqual(rows.map((r) => r.met), ['yes', 'NO', 'NO']);
    assert.equal(rows[1].ratio, '0.50');
    assert.equal(rows[2].wrong, true);
    assert.equal(
        formatTable(rows),
        [
            'name            figure               target     peer  ratio  met',
            'a     130,000 events/s  >= 120,000 events/s                  yes',
            'b              0.100 s      <= 0.33 of peer  0.200 s   0.50   NO',
            'c                    7                  = 8                   NO',
        ].join('\n')
    );
    assert.equal(quantile([5, 1, 9, 3, 7]), 5);
    assert.equal(quantile([5, 1, 9, 3, 7], 0.99), 9);
});

test('the score of anomaly scores', () => {
    const windows = [
        [40, 49],
        [80, 89],
    ];
    const withAlarms = (...at) => ({
        name: 'one',
        windows,
        scores: Array.from({ length: 100 }, (_, i) => (at.includes(i) ? 1 : 0)),
    });
    const score = (profile, ...at) =>
        nabScore([withAlarms(...at)], profile, 0.5).score;
    const near = (got, want) => assert.ok(Math.abs(got - want) < 1e-9, got);

    assert.equal(score('standard'), 0);
    near(score('standard', 40, 80), 100);
    near(score('standard', 40, 41, 80, 89), 100); // once each
    near(score('standard', 40), 50);
    near(score('low FN', 40), 50);
    near(score('standard', 40, 80, 20), 100 - (100 * 0.11) / 4);
    near(score('low FP', 40, 80, 20), 100 - (100 * 0.22) / 4);
    near(score('standard', 40, 80, 3), 100); // probation
    // Just behind a window it is nearly none; far behind it is whole.
    const behind = 0.11 * (2 / (1 + Math.exp(5 / 9)) - 1);
    near(score('standard', 40, 80, 50), 100 + (100 * behind) / 4);
    near(score('standard', 40, 80, 79), 100 - (100 * 0.11) / 4);
    // Half way through a window: S(-0.5) / S(-1).
    const half = (2 / (1 + Math.exp(-2.5)) - 1) / (2 / (1 + Math.exp(-5)) - 1);
    near(score('standard', 45, 80), 100 - (100 * (1 - half)) / 4);
    // Its own best threshold leaves the false alarm out.
    const one = withAlarms(40, 80);
    one.scores[20] = 0.9;
    near(nabScore([one], 'standard').score, 100);
    assert.equal(nabScore([one], 'standard').threshold, 1);
});

test('plain series have their events where they are told', () => {
    for (const kind of SERIES_KINDS) {
        const one = plainSeries(kind, 3);
        assert.deepEqual(plainSeries(kind, 3), one);
        const times = one.rows.map(([time]) => time);
        assert.deepEqual([...times].sort(), times);
        for (const [first, last] of one.windows) {
            assert.ok(0.3 * times.length < first && first < last);
            assert.ok(last < times.length);
        }
    }
    const { rows, windows } = plainSeries('spike', 3);
    const [from] = windows[0];
    assert.ok(rows[from][1] - rows[from - 1][1] > 50);
});

/** A server that keeps the events it is sent; `answer` decides what it says. */
async function withServer(answer, work) {
    const bodies = [];
    const server = http.createServer(async (request, response) => {
        let text = '';
        for await (const piece of request.setEncoding('utf8')) {
            text += piece;
        }
        bodies.push(text.trimEnd().split('\n').map(JSON.parse));
        const [status, said] = answer(bodies);
        const body = JSON.stringify(said);
        response.writeHead(status, { 'Content-Length': body.length });
        response.end(body);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
        return await work(server.address().port, bodies);
    } finally {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
    }
}

function taken(bodies) {
    const accepted = bodies.at(-1).length;
    return [200, { accepted, duplicates: 0, rejected: [] }];
}

test('the load client', async (t) => {
    const program = buildLoad(readSettings().BUILD);

    await t.test('posts events with an id each', () =>
        withServer(taken, async (port, bodies) => {
            const report = await postBodies(program, port, 3, 20, 50, 1);
            const events = bodies.flat();
            assert.equal(bodies.length, 20);
            assert.equal(report.events, 1000);
            assert.equal(events.length, 1000);
            assert.equal(new Set(events.map((e) => e.id)).size, 1000);
            assert.equal(new Set(events.map((e) => e.run)).size, 250);
            assert.ok(events.every((e) => /^[0-9a-f-]{36}$/.test(e.id)));
            assert.ok(report.p50_ms > 0 && report.p50_ms <= report.p99_ms);
        }));

    await t.test('sends a body again when the server is busy', () => {
        const busyOnce = (bodies) =>
            bodies.length === 2
                ? [503, { error: { code: 'unavailable' } }]
                : taken(bodies);
        return withServer(busyOnce, async (port, bodies) => {
            const report = await postBodies(program, port, 1, 3, 10, 1);
            assert.equal(report.busy, 1);
            assert.equal(bodies.length, 4);
            assert.deepEqual(bodies[1], bodies[2]);
        });
    });

    await t.test('fails when a body was not taken whole', () => {
        const short = () => [200, { accepted: 9, duplicates: 0 }];
        return withServer(short, (port) =>
            assert.rejects(
                postBodies(program, port, 1, 3, 10, 1),
                /not taken whole/
            )
        );
    });
});
