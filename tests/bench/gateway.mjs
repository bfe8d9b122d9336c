// Calls through the gateway, recorded, against nginx as a bare reverse proxy
// on the same machine in the same run.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { exactRow, quantile, row } from './table.mjs';
import {
    freePort,
    freshDir,
    processCpuSeconds,
    removeDir,
    run,
    Server,
} from './toll.mjs';

const CONNECTIONS = 32;
const STREAMS_AT_ONCE = 20;
const ROUTE = '/openai/v1/chat/completions';

/** A child of ours, ended with us. */
function start(program, args, options) {
    const child = spawn(program, args, options);
    const end = () => child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.removeListener('exit', end));
    return child;
}

async function firstLine(child, what) {
    const [line] = await Promise.race([
        once(child.stdout, 'data'),
        once(child, 'exit').then(() => {
            throw new Error(`${what} ended`);
        }),
    ]);
    return String(line);
}

function nginxConfig(dir, port, upstream) {
    return `
daemon off; pid ${dir}/nginx.pid; error_log ${dir}/error.log;
worker_processes 2; worker_rlimit_nofile 20000;
events { worker_connections 16000; }
http {
  access_log off; keepalive_requests 100000000; client_body_buffer_size 64k;
  client_body_temp_path ${dir}/a; proxy_temp_path ${dir}/b;
  fastcgi_temp_path ${dir}/c; uwsgi_temp_path ${dir}/d; scgi_temp_path ${dir}/e;
  upstream provider {
    server 127.0.0.1:${upstream}; keepalive 512; keepalive_requests 100000000;
  }
  server {
    listen 127.0.0.1:${port};
    location /openai/ {
      proxy_pass http://provider/; proxy_http_version 1.1; proxy_buffering off;
      proxy_set_header Connection "";
    }
  }
}
`;
}

/** nginx before the provider, or null where it is not installed. */
async function startNginx(settings, upstream) {
    if (spawnSync(settings.NGINX, ['-v']).error) {
        return null;
    }
    const dir = freshDir(path.join(settings.DIR, 'nginx'));
    const port = await freePort();
    const config = path.join(dir, 'nginx.conf');
    fs.writeFileSync(config, nginxConfig(dir, port, upstream));
    const child = start(settings.NGINX, ['-p', dir, '-c', config], {
        stdio: 'ignore',
    });
    for (let tries = 0; tries < 100; tries++) {
        const socket = net.connect(port, '127.0.0.1');
        const joined = await Promise.race([
            once(socket, 'connect').then(() => true),
            once(socket, 'error').then(() => false),
        ]).catch(() => false);
        socket.destroy();
        if (joined) {
            break;
        }
        await new Promise((done) => setTimeout(done, 20));
    }
    const list = fs
        .readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
        .trim()
        .split(' ');
    return {
        port,
        cpu: () => list.reduce((sum, pid) => sum + processCpuSeconds(pid), 0),
        stop: () => child.kill('SIGTERM'),
    };
}

/** What the caller says of its calls through one port. */
async function calls(relay, kind, port, route, ...numbers) {
    const child = start(relay, [kind, port, route, ...numbers].map(String), {
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
async function cpuACall(relay, target, port, route, n) {
    const before = target.cpu();
    await calls(relay, 'calls', port, route, CONNECTIONS, n, 0);
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

async function measure(settings, relay, provider, server) {
    const { CALLS, RATE, ROUNDS } = settings;
    const nginx = await startNginx(settings, provider);
    const toll = {
        cpu: () => server.cpuSeconds(),
        settled: () => new Promise((done) => setTimeout(done, 500)),
    };
    const all = { toll: [], nginx: [], direct: [] };
    const first = { toll: [], direct: [] };
    const cpu = { toll: [], nginx: [] };
    for (let round = 0; round < ROUNDS; round++) {
        const timed = (port, route) =>
            calls(relay, 'calls', port, route, CONNECTIONS, CALLS, RATE);
        const streamed = (port, route) =>
            calls(relay, 'streams', port, route, STREAMS_AT_ONCE, CALLS / 100);
        cpu.toll.push(await cpuACall(relay, toll, server.port, ROUTE, CALLS));
        if (nginx) {
            cpu.nginx.push(
                await cpuACall(relay, nginx, nginx.port, ROUTE, CALLS)
            );
            all.nginx.push(await timed(nginx.port, ROUTE));
        }
        all.direct.push(await timed(provider, ROUTE));
        all.toll.push(await timed(server.port, ROUTE));
        first.direct.push(await streamed(provider, ROUTE));
        first.toll.push(await streamed(server.port, ROUTE));
    }
    nginx?.stop();
    const expected = ROUNDS * (2 * CALLS + Math.floor(CALLS / 100));
    return { all, first, cpu, expected };
}

function added(list, direct, key) {
    return list.map((one, i) => (one[key] - direct[i][key]) / 1000);
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
    const serve = (work) =>
        Server.use(settings, freshDir(dataDir), work, config);
    const idle = await serve((server) =>
        idleMemory(relay, server, server.port, settings.IDLE_STREAMS)
    );
    const m = await serve(async (server) => {
        const measured = await measure(settings, relay, provider, server);
        return {
            ...measured,
            count: await counted(server, measured.expected),
        };
    });
    upstream.kill('SIGKILL');
    removeDir(dataDir);

    const peer = m.cpu.nginx.length > 0 ? median(m.cpu.nginx) : undefined;
    const p = (list, key) => median(added(list, m.all.direct, key));
    const addedAt = `gateway: added at ${settings.RATE}/s`;
    const lines = [
        row('gateway: CPU a call, recorded', median(m.cpu.toll), {
            unit: 'us',
            decimals: 1,
            ...(peer === undefined ? {} : { peer, atMost: 2 }),
        }),
        row(`${addedAt}, p50`, p(m.all.toll, 'p50_us'), {
            unit: 'ms',
            decimals: 3,
            atMost: 0.2,
        }),
        row(`${addedAt}, p99`, p(m.all.toll, 'p99_us'), {
            unit: 'ms',
            decimals: 3,
            atMost: 1,
        }),
        row(
            'gateway: a streamed event is later by, p50',
            median(added(m.first.toll, m.first.direct, 'p50_us')),
            { unit: 'ms', decimals: 3, atMost: 1 }
        ),
        row(
            `gateway: memory with ${settings.IDLE_STREAMS} idle streams`,
            idle.after,
            { unit: 'MB', atMost: 150 }
        ),
        row('gateway: memory before them', idle.before, { unit: 'MB' }),
        exactRow('gateway: calls counted', m.count, m.expected),
    ];
    if (peer !== undefined) {
        lines.push(
            row('nginx: added, p50', p(m.all.nginx, 'p50_us'), {
                unit: 'ms',
                decimals: 3,
            }),
            row('nginx: added, p99', p(m.all.nginx, 'p99_us'), {
                unit: 'ms',
                decimals: 3,
            })
        );
    }
    return lines;
}
