// What else passes calls on: nginx, as a bare reverse proxy, and Portkey's
// gateway, which reads the calls as well but keeps nothing of them.  Either is
// left out where it is not to be had.

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HERE } from './settings.mjs';
import {
    freePort,
    freshDir,
    installPeers,
    processCpuSeconds,
    start,
} from './toll.mjs';

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

async function listens(port) {
    for (let tries = 0; tries < 500; tries++) {
        const socket = net.connect(port, '127.0.0.1');
        const joined = await once(socket, 'connect').then(
            () => true,
            () => false
        );
        socket.destroy();
        if (joined) {
            return;
        }
        await sleep(20);
    }
    throw new Error(`nothing listens on port ${port}`);
}

/** The CPU of all its workers, whichever there are by now. */
function childrenCpu(pid) {
    return fs
        .readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
        .trim()
        .split(' ')
        .reduce((sum, child) => sum + processCpuSeconds(child), 0);
}

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
    await listens(port);
    return {
        name: 'nginx',
        slow: false,
        port,
        cpu: () => childrenCpu(child.pid),
        stop: () => child.kill('SIGTERM'),
    };
}

async function startPortkey(settings, upstream) {
    const program = path.join(
        HERE, 'node_modules', '@portkey-ai', 'gateway', 'build',
        'start-server.js'
    );
    try {
        installPeers(program);
    } catch (error) {
        console.error(`bench: gateway without Portkey's: ${error.message}`);
        return null;
    }
    const port = await freePort();
    const child = start(
        process.execPath,
        [program, `--port=${port}`, '--headless'],
        { stdio: 'ignore', env: { PATH: process.env.PATH } }
    );
    await listens(port);
    return {
        name: 'Portkey',
        slow: true, // over 2 ms of CPU a call, on one core
        port,
        route: '/v1/chat/completions',
        headers: [
            'x-portkey-provider: openai',
            `x-portkey-custom-host: http://127.0.0.1:${upstream}/v1`,
        ],
        cpu: () => processCpuSeconds(child.pid),
        stop: () => child.kill('SIGTERM'),
    };
}

/** Those to be had: {name, slow, port, route, headers, cpu(), stop()}. */
export async function startPeers(settings, upstream) {
    const all = [
        await startNginx(settings, upstream),
        await startPortkey(settings, upstream),
    ];
    return all.filter((peer) => peer !== null);
}
