#!/usr/bin/env node
// Makes folders of agent session logs of a given size: Claude Code transcripts
// under claude/projects and Codex CLI rollouts under codex/sessions.
//
//   node session-logs.mjs --out DIR [--bytes N] [--seed N]
//
// The same arguments make the same bytes.  The last line printed is a JSON
// object that says what a reader which counts rightly must find: requests and
// tokens after repeats, forks and side chains are taken out.

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { claudeSession } from './claude-logs.mjs';
import { codexSession } from './codex-logs.mjs';
import { emptyTruth } from './log-file.mjs';
import { Rand, Texts } from './words.mjs';

const CODEX_SHARE = 0.15; // of the bytes

/** What stays the same over a project's sessions. */
function makeProject(rand, texts) {
    const name = `${texts.word(rand)}-${texts.word(rand)}`;
    const cwd = `/home/dev/src/${name}`;
    return {
        cwd,
        folder: cwd.replace(/[^A-Za-z0-9]/g, '-'),
        branches: [
            'main',
            `feat/${texts.word(rand)}`,
            `fix-${texts.word(rand)}`,
        ],
    };
}

/** Makes the logs below `root` and says what is in them. */
export function makeSessionLogs(root, bytes, seed) {
    const texts = new Texts(seed);
    const rand = new Rand(seed + 1);
    const projects = Array.from({ length: 24 }, () => makeProject(rand, texts));
    const report = {
        bytes: 0,
        files: 0,
        lines: 0,
        claude: emptyTruth(),
        codex: emptyTruth(),
    };
    let codexBytes = 0;
    while (report.bytes < bytes) {
        const isCodex = codexBytes < report.bytes * CODEX_SHARE;
        const make = isCodex ? codexSession : claudeSession;
        const truth = isCodex ? report.codex : report.claude;
        // The earlier projects get most of the work.
        const at = Math.floor(rand.next() ** 2 * projects.length);
        for (const file of make({
            rand, texts, project: projects[at], root, truth,
        })) {
            file.write();
            report.files += 1;
            report.lines += file.lines.length;
            report.bytes += file.bytes;
            codexBytes += isCodex ? file.bytes : 0;
        }
    }
    return report;
}

function main() {
    const { values } = parseArgs({
        options: {
            out: { type: 'string' },
            bytes: { type: 'string', default: '200000000' },
            seed: { type: 'string', default: '1' },
        },
    });
    if (values.out === undefined || !(Number(values.bytes) > 0)) {
        console.error('use: session-logs.mjs --out DIR [--bytes N] [--seed N]');
        process.exit(2);
    }
    const report = makeSessionLogs(
        values.out,
        Number(values.bytes),
        Number(values.seed)
    );
    console.log(JSON.stringify(report));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    main();
}
