// What the makers of session logs share: files of lines, days, and the count
// of what a right reader finds in them.

import fs from 'node:fs';
import path from 'node:path';

const DAY_MS = 86_400_000;
const LAST_DAY = Date.parse('2026-11-15T00:00:00Z');
const DAYS = 60;

/** Days that hold all the logs; the second is out, as in a query. */
export const LOGS_FROM = '2026-09-01';
export const LOGS_TO = '2026-12-01';

/** What the logs hold once each request is counted once. */
export function emptyTruth() {
    return {
        requests: 0,
        input_tokens: 0,
        cache_read_tokens: 0,
        cache_write_tokens: 0,
        output_tokens: 0,
    };
}

/** A log file under construction: lines are kept until it is written. */
export class LogFile {
    constructor(name) {
        this.name = name;
        this.lines = [];
        this.bytes = 0;
    }

    add(object) {
        const line = JSON.stringify(object);
        this.lines.push(line);
        this.bytes += Buffer.byteLength(line) + 1;
    }

    write() {
        fs.mkdirSync(path.dirname(this.name), { recursive: true });
        fs.writeFileSync(this.name, this.lines.join('\n') + '\n');
    }
}

/** A moment of a working day within the period the logs cover. */
export function startOf(rand) {
    const day = LAST_DAY - rand.int(1, DAYS) * DAY_MS;
    return day + rand.int(7 * 3600, 19 * 3600) * 1000;
}
