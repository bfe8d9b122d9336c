// Calls through the gateway, recorded, against what else passes calls on, on
// the same machine in the same run.

import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { startPeers } from './gateway-peers.mjs';
import { HERE } from './settings.mjs';
import { exactRow, quantile, row } from './table.mjs';
import {
    firstLine,
    freePort,
    freshDir,
    removeDir,
    run,
    Server,
    start,
} from './toll.mjs';

const CONNECTIONS = 32;
const STREAMS_AT_ONCE = 20;
const SLOWER = 20; // a slow peer's share of the rate
const TRUSTED = '/etc/ssl/certs/ca-certificates.crt'; // where Debian has them
const ROUTE = '/openai/v1/chat/completions';

/** What the caller says of its calls to such a target. */
async function calls(relay, kind, target, ...numbers) {
    const { port, route = ROUTE, headers = [] } = target;
    const args = [kind, port, route, ...numbers, ...headers];
    const child = start(relay, args.map(String), {
        stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (text) => {
        output += text;
    });
    const [code] = await once(child, 'close');
    if (code !== 0) {
        throw new Error(`relay ${kind} ended with ${code}`);
    }
    return JSON.parse(output);
}

/** CPU microseconds a call, one call after the other on each connection. */
async function cpuACall(relay, target, n) {
    const before = target.cpu();
    await calls(relay, 'calls', target, CONNECTIONS, n, 0);
    await target.settled?.();
    return ((target.cpu() - before) / n) * 1e6;
}

async function idleMemory(relay, server, port, streams) {
    const before = server.memory().now;
    const child = start(relay, ['idle', port, ROUTE, streams].map(String), {
        stdio: ['pipe', 'pipe', 'inherit'],
    });
    await firstLine(child, 'relay idle');
    const after = server.memory().now;
    const ended = once(child, 'exit');
    child.stdin.end();
    await ended;
    return { before, after };
}

/** The same before a provider over TLS, beside whose certificate the system's
 * are trusted, as with real ones. */
async function idleTlsMemory(settings, relay, serve) {
    const dir = freshDir(path.join(settings.DIR, 'tls'));
    const [key, cert, ca] = ['key.pem', 'cert.pem', 'ca.pem'].map((name) =>
        path.join(dir, name)
    );
    run(
        'openssl',
        [
            'req', '-x509', '-newkey', 'ec', '-pkeyopt',
            'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
            '-subj', '/CN=localhost', '-addext',
            'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert,
        ],
        process.env
    );
    fs.copyFileSync(cert, ca);
    if (fs.existsSync(TRUSTED)) {
        fs.appendFileSync(ca, fs.readFileSync(TRUSTED));
    }
    const port = await freePort();
    const provider = start(
        process.execPath,
        [path.join(HERE, 'gateway-tls.mjs'), String(port), key, cert],
        { stdio: ['ignore', 'pipe', 'inherit'] }
    );
    await firstLine(provider, 'gateway-tls');
    const url = `https://localhost:${port}`;
    const config = `upstreams: {openai: {url: "${url}", ca_file: "${ca}"}}\n`;
    const memory = await serve(config, (server) =>
        idleMemory(relay, server, server.port, settings.IDLE_STREAMS)
    );
    provider.kill('SIGKILL');
    return memory;
}

/** Until queries see all calls of this run, or a while has passed. */
async function counted(server, expected) {
    const day = (offset) =>
        new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
    let count = 0;
    for (let tries = 0; tries < 200 && count < expected; tries++) {
        count = await server.countRequests(day(-2), day(2));
        await new Promise((done) => setTimeout(done, 50));
    }
    return count;
}

const median = (list) => quantile(list, 0.5);

/** How fast calls come where latency is measured: at the rate set for toll
 * and a fast peer, and at one that a slow peer holds as well. */
function pacesOf({ CALLS, RATE }, peers) {
    const paces = [
        { n: CALLS, rate: RATE, slow: false },
        {
            n: Math.ceil(CALLS / SLOWER / 2),
            rate: Math.ceil(RATE / SLOWER),
            slow: true,
        },
    ];
    return paces
        .map((pace) => ({
            ...pace,
            peers: peers.filter((peer) => peer.slow === pace.slow),
        }))
        .filter(({ slow, peers: those }) => !slow || those.length > 0);
}

async function measureRound(relay, toll, direct, paces) {
    const cpu = {};
    const took = [];
    for (const { n, rate, slow, peers } of paces) {
        if (!slow) {
            cpu.toll = await cpuACall(relay, toll, n);
        }
        for (const peer of peers) {
            cpu[peer.name] = await cpuACall(relay, peer, n);
        }
        const timed = {};
        for (const target of [...peers, direct, toll]) {
            timed[target.name] = await calls(
                relay, 'calls', target, CONNECTIONS, n, rate
            );
        }
        took.push(timed);
    }
    return { cpu, took };
}

async function measure(settings, relay, provider, server) {
    const { CALLS, ROUNDS } = settings;
    const direct = { name: 'direct', port: provider };
    const toll = {
        name: 'toll',
        port: server.port,
        cpu: () => server.cpuSeconds(),
        settled: () => new Promise((done) => setTimeout(done, 500)),
    };
    const peers = await startPeers(settings, provider);
    const paces = pacesOf(settings, peers);
    for (const { n, peers: those } of paces) {
        for (const peer of those) {
            await cpuACall(relay, peer, n); // warm, and compiled
        }
    }
    const streams = Math.floor(CALLS / 100);
    const streamed = (target) =>
        calls(relay, 'streams', target, STREAMS_AT_ONCE, streams);
    const rounds = [];
    for (let i = 0; i < ROUNDS; i++) {
        const round = await measureRound(relay, toll, direct, paces);
        const first = {
            direct: await streamed(direct),
            toll: await streamed(toll),
        };
        rounds.push({ ...round, first });
    }
    for (const peer of peers) {
        peer.stop();
    }
    const paced = paces.reduce((sum, { n }) => sum + n, 0);
    return { rounds, paces, expected: ROUNDS * (CALLS + paced + streams) };
}

/** Milliseconds that `name` adds to a call, in the middle round. */
function added(rounds, partOf, name, key) {
    return median(
        rounds.map((round) => {
            const part = partOf(round);
            return (part[name][key] - part.direct[key]) / 1000;
        })
    );
}

const MS = { unit: 'ms', decimals: 3 };

function cpuRows({ rounds, paces }) {
    const us = { unit: 'us', decimals: 1 };
    const of = (name) => median(rounds.map(({ cpu }) => cpu[name]));
    const against = paces.flatMap(({ slow, peers }) =>
        peers.map(({ name }) =>
            row(`gateway: CPU a call, against ${name}`, of('toll'), {
                ...us,
                peer: of(name),
                ...(slow ? {} : { atMost: 2 }),
            })
        )
    );
    return [row('gateway: CPU a call, recorded', of('toll'), us), ...against];
}

function latencyRows({ rounds, paces }) {
    const target = { p50: 0.2, p99: 1 };
    return paces.flatMap(({ rate, slow, peers }, i) =>
        ['toll', ...peers.map(({ name }) => name)].flatMap((name) =>
            ['p50', 'p99'].map((p) =>
                row(
                    `gateway: ${name} adds at ${rate}/s, ${p}`,
                    added(rounds, ({ took }) => took[i], name, `${p}_us`),
                    name === 'toll' && !slow ? { ...MS, atMost: target[p] } : MS
                )
            )
        )
    );
}

export async function gateway(settings) {
    run('ninja', ['-C', settings.BUILD, 'tests/bench/relay'], process.env);
    const relay = path.join(settings.BUILD, 'tests', 'bench', 'relay');
    const provider = await freePort();
    const upstream = start(relay, ['provider', String(provider)], {
        stdio: ['ignore', 'pipe', 'inherit'],
    });
    await firstLine(upstream, 'relay provider');
    const dataDir = path.join(settings.DIR, 'gateway-data');
    const url = `http://127.0.0.1:${provider}`;
    const config = `upstreams: {openai: {url: "${url}"}}\n`;
    const serve = (configured, work) =>
        Server.use(settings, freshDir(dataDir), work, configured);
    const idle = await serve(config, (server) =>
        idleMemory(relay, server, server.port, settings.IDLE_STREAMS)
    );
    const idleTls = await idleTlsMemory(settings, relay, serve);
    const m = await serve(config, async (server) => {
        const measured = await measure(settings, relay, provider, server);
        return {
            ...measured,
            count: await counted(server, measured.expected),
        };
    });
    upstream.kill('SIGKILL');
    removeDir(dataDir);

    return [
        ...cpuRows(m),
        ...latencyRows(m),
        row(
            'gateway: a streamed event is later by, p50',
            added(m.rounds, ({ first }) => first, 'toll', 'p50_us'),
            { ...MS, atMost: 1 }
        ),
        row(
            `gateway: memory with ${settings.IDLE_STREAMS} idle streams`,
            idle.after,
            { unit: 'MB', atMost: 150 }
        ),
        row(
            `gateway: memory with ${settings.IDLE_STREAMS} over TLS`,
            idleTls.after,
            { unit: 'MB', atMost: 150 }
        ),
        row('gateway: memory before them', idle.before, { unit: 'MB' }),
        exactRow('gateway: calls counted', m.count, m.expected),
    ];
}
