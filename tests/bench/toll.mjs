// Running the program under test: commands, and a server to talk to; and what
// it is measured against.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HERE } from './settings.mjs';

const READY_SECONDS = 30;
const CLOCK_TICKS = 100; // a second, in /proc: fixed by the kernel's ABI

/** The program under test. */
export function tollIn(settings) {
    return path.join(settings.BUILD, 'toll');
}

/** An environment in which no configuration of the user is found. */
export function cleanEnv(dir, extra = {}) {
    const home = path.join(dir, 'home');
    fs.mkdirSync(home, { recursive: true });
    return { PATH: process.env.PATH, HOME: home, NO_COLOR: '1', ...extra };
}

export function removeDir(dir) {
    fs.rmSync(dir, { recursive: true, force: true });
}

/** An empty folder at `dir`; what was there is gone. */
export function freshDir(dir) {
    removeDir(dir);
    fs.mkdirSync(dir, { recursive: true });
    return dir;
}

/** Runs a program to its end and gives its output; throws if it fails. */
export function run(program, args, env) {
    const done = spawnSync(program, args, {
        env,
        encoding: 'utf8',
        maxBuffer: 1 << 28,
        stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (done.error) {
        throw done.error;
    }
    if (done.status !== 0) {
        const said = (done.stderr || done.stdout).trim().slice(-600);
        throw new Error(
            `${path.basename(program)} ${args[0]} ended with ` +
                `${done.status ?? done.signal}: ${said}`
        );
    }
    return done.stdout;
}

/** The npm packages to measure against, unless `program` of one is there. */
export function installPeers(program) {
    if (!fs.existsSync(program)) {
        // Not `ci`: a registry need not hold ccusage for other platforms, and
        // a lock file made without them is not whole to it.
        const args = ['install', '--no-save', '--loglevel=error'];
        run('npm', [...args, '--prefix', HERE], process.env);
    }
}

/** A child of ours, ended with us. */
export function start(program, args, options) {
    const child = spawn(program, args, options);
    const end = () => child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.removeListener('exit', end));
    return child;
}

export async function firstLine(child, what) {
    const [line] = await Promise.race([
        once(child.stdout, 'data'),
        once(child, 'exit').then(() => {
            throw new Error(`${what} ended`);
        }),
    ]);
    return String(line);
}

/** User and system time of a process so far. */
export function processCpuSeconds(pid) {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name stands in brackets and may hold blanks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS;
}

export async function freePort() {
    const probe = net.createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address();
    probe.close();
    await once(probe, 'close');
    return port;
}

/** `toll serve` on a data folder, on a free port of the loopback. */
export class Server {
    /** Starts one, does the work with it, and stops it whatever happens. */
    static async use(settings, dataDir, work, config = '') {
        const port = await freePort();
        const server = Server.launch(settings, dataDir, port, config);
        try {
            await server.ready();
            const result = await work(server);
            await server.stop();
            return result;
        } finally {
            server.killIt();
            process.removeListener('exit', server.killIt);
        }
    }

    static launch(settings, dataDir, port, more = '') {
        const server = new Server();
        server.port = port;
        server.agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        server.log = path.join(settings.DIR, 'server.log');
        const config = path.join(settings.DIR, 'toll.yaml');
        fs.writeFileSync(config, `listen: 127.0.0.1:${server.port}\n${more}`);
        const log = fs.openSync(server.log, 'w');
        server.child = spawn(
            tollIn(settings),
            ['serve', '--config', config, '--data', dataDir],
            { env: cleanEnv(settings.DIR), stdio: ['ignore', log, log] }
        );
        fs.closeSync(log);
        server.ended = once(server.child, 'exit');
        server.killIt = () => server.child.kill('SIGKILL');
        process.once('exit', server.killIt);
        return server;
    }

    async ready() {
        const deadline = performance.now() + READY_SECONDS * 1000;
        while (performance.now() < deadline) {
            if (this.child.exitCode !== null) {
                break;
            }
            const answer = await this.get('/readyz').catch(() => null);
            if (answer?.status === 200) {
                return;
            }
            await sleep(20);
        }
        const said = fs.readFileSync(this.log, 'utf8').trim().slice(-600);
        throw new Error(`toll serve does not get ready: ${said}`);
    }

    async get(target) {
        const request = http.get({
            host: '127.0.0.1',
            port: this.port,
            path: target,
            agent: this.agent,
        });
        const [response] = await once(request, 'response');
        let body = '';
        response.setEncoding('utf8');
        for await (const piece of response) {
            body += piece;
        }
        return { status: response.statusCode, body };
    }

    /** The answer to /api/query with these parameters. */
    async query(parameters) {
        const target = `/api/query?${new URLSearchParams(parameters)}`;
        const answer = await this.get(target);
        if (answer.status !== 200) {
            throw new Error(`GET ${target}: ${answer.body}`);
        }
        return JSON.parse(answer.body);
    }

    /** All events of any environment within the period. */
    async countRequests(from, to) {
        const answer = await this.query({
            metrics: 'requests',
            from,
            to,
            where: 'environment:*',
        });
        return answer.totals.requests ?? 0;
    }

    cpuSeconds() {
        return processCpuSeconds(this.child.pid);
    }

    /** Resident memory in MB: now, and the most there ever was. */
    memory() {
        const status = fs.readFileSync(
            `/proc/${this.child.pid}/status`,
            'utf8'
        );
        const mb = (key) => {
            const line = new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status);
            return Number(line[1]) / 1024;
        };
        return { now: mb('VmRSS'), peak: mb('VmHWM') };
    }

    async stop() {
        this.agent.destroy();
        this.child.kill('SIGTERM');
        const [code, signal] = await this.ended;
        if (code !== 0) {
            throw new Error(`toll serve ended with ${code ?? signal}`);
        }
    }
}
