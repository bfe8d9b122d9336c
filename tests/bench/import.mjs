// Agent session logs: imported, priced, stored and reported by toll, against
// ccusage reporting the same files.  Both read from a warm page cache; ccusage
// keeps nothing between runs, toll gets an empty data folder for each.

import fs from 'node:fs';
import path from 'node:path';
import { LOGS_FROM, LOGS_TO } from './log-file.mjs';
import { makeSessionLogs } from './session-logs.mjs';
import { HERE } from './settings.mjs';
import { exactRow, quantile, row } from './table.mjs';
import {
    cleanEnv,
    freshDir,
    installPeers,
    removeDir,
    run,
    tollIn,
} from './toll.mjs';

const SEED = 1;
const CLOCK_TICKS = 100;
const MAKERS = [
    'session-logs.mjs',
    'claude-logs.mjs',
    'codex-logs.mjs',
    'log-file.mjs',
    'words.mjs',
];

/** Whether the report was written, and by the makers as they are now. */
function isFresh(report) {
    if (!fs.existsSync(report)) {
        return false;
    }
    const made = fs.statSync(report).mtimeMs;
    return MAKERS.every(
        (file) => made > fs.statSync(path.join(HERE, file)).mtimeMs
    );
}

/** Made once for each size. */
function logsOfSize(settings) {
    const dir = path.join(settings.DIR, `logs-${settings.LOG_BYTES}`);
    const report = path.join(dir, 'report.json');
    if (!isFresh(report)) {
        freshDir(dir);
        const made = makeSessionLogs(dir, settings.LOG_BYTES, SEED);
        fs.writeFileSync(report, JSON.stringify(made));
    }
    return { dir, ...JSON.parse(fs.readFileSync(report, 'utf8')) };
}

function installPeer() {
    const program = path.join(
        HERE, 'node_modules', '@ccusage', 'ccusage-linux-x64', 'bin', 'ccusage'
    );
    installPeers(program);
    fs.chmodSync(program, 0o755); // the package leaves that to its wrapper
    return program;
}

/** CPU seconds of all children that have ended. */
function childrenCpu() {
    const stat = fs.readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[13]) + Number(fields[14])) / CLOCK_TICKS;
}

function timed(work) {
    const [cpu, began] = [childrenCpu(), performance.now()];
    work();
    return {
        seconds: (performance.now() - began) / 1000,
        cpu: childrenCpu() - cpu,
    };
}

/** The tokens of both agents, as the makers of the logs counted them. */
function truthOf(logs) {
    const sum = (key) => logs.claude[key] + logs.codex[key];
    return {
        requests: sum('requests'),
        input: sum('input_tokens'),
        output: sum('output_tokens'),
    };
}

function peerCounts(program, env) {
    const report = run(program, ['daily', '--offline', '--json'], env);
    const { totals } = JSON.parse(report);
    return {
        input:
            totals.inputTokens +
            totals.cacheReadTokens +
            totals.cacheCreationTokens,
        output: totals.outputTokens,
    };
}

export async function importLogs(settings) {
    const logs = logsOfSize(settings);
    const peer = installPeer();
    const peerEnv = cleanEnv(settings.DIR, {
        CLAUDE_CONFIG_DIR: path.join(logs.dir, 'claude'),
        CODEX_HOME: path.join(logs.dir, 'codex'),
    });
    const env = cleanEnv(settings.DIR);
    const dataDir = path.join(settings.DIR, 'import-data');
    const folders = ['claude', 'codex'].map((f) => path.join(logs.dir, f));
    const period = ['--from', LOGS_FROM, '--to', LOGS_TO];
    const toll = (command, ...args) =>
        run(tollIn(settings), [command, '--data', dataDir, ...args], env);

    const truth = truthOf(logs);
    const counted = peerCounts(peer, peerEnv); // warms the page cache too
    const runs = { import: [], top: [], peer: [] };
    const cpu = { import: [], peer: [] };
    for (let i = 0; i < settings.RUNS; i++) {
        freshDir(dataDir);
        const first = timed(() => toll('import', ...folders));
        const second = timed(() => toll('top', ...period));
        const other = timed(() => run(peer, ['daily', '--offline'], peerEnv));
        runs.import.push(first.seconds);
        runs.top.push(second.seconds);
        runs.peer.push(other.seconds);
        cpu.import.push(first.cpu);
        cpu.peer.push(other.cpu);
    }
    const metrics = 'requests,input_tokens,output_tokens';
    const { totals } = JSON.parse(
        toll('query', '--metrics', metrics, ...period, '--json')
    );
    removeDir(dataDir);

    const seconds = { unit: 's', decimals: 3 };
    return [
        row('import: logs', logs.bytes / 1e6, { unit: 'MB' }),
        // It ends with the spend by feature and model of what it read.
        row('import: toll import, median', quantile(runs.import), {
            ...seconds,
            peer: quantile(runs.peer),
            atMost: 1 / 3,
        }),
        row('import: toll top behind it', quantile(runs.top), seconds),
        row('import: CPU', quantile(cpu.import), {
            unit: 's',
            decimals: 2,
            peer: quantile(cpu.peer),
        }),
        exactRow('import: requests', totals.requests, truth.requests),
        exactRow('import: input tokens', totals.input_tokens, truth.input),
        exactRow('import: output tokens', totals.output_tokens, truth.output),
        exactRow('import: input tokens, ccusage', counted.input, truth.input),
        exactRow(
            'import: output tokens, ccusage',
            counted.output,
            truth.output
        ),
    ];
}
