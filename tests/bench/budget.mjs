// What a budget's decision costs before a call, and what its counters take.

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { row } from './table.mjs';

/** A decision is to take less, in nanoseconds. */
const DECISION = 5000;

function measure(settings) {
    const target = 'tests/bench/budget';
    execFileSync('ninja', ['-C', settings.BUILD, target], { stdio: 'ignore' });
    const text = execFileSync(
        path.join(settings.BUILD, target),
        [String(settings.DECISIONS)],
        { encoding: 'utf8' }
    );
    return text
        .trimEnd()
        .split('\n')
        .map((line) => line.split('\t'))
        .map(([name, figure]) => [name, Number(figure)]);
}

export async function budget(settings) {
    return measure(settings).map(([name, figure]) => {
        if (name.startsWith('bytes')) {
            return row(`budget: ${name}`, figure / 1e6, { unit: 'MB' });
        }
        const isDecision = /^ask (1|10)$/.test(name);
        return row(`budget: ${name}`, figure, {
            unit: 'ns',
            ...(isDecision && { atMost: DECISION }),
        });
    });
}
