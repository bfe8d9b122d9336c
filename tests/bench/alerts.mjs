// How well alerts find what went wrong, on made-up accounts whose truth is
// known call by call.

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { row } from './table.mjs';

/** The promises, over all kinds of account. */
const GOALS = {
    recall: { atLeast: 0.95 },
    'same day': { atLeast: 0.92 },
    'median delay': { atMost: 2.5, unit: 'h' },
    'right cause': { atLeast: 0.98 },
    'false alarms a week': { atMost: 0.09 },
    'told twice': { atMost: 0.05 },
};
const NAMES = [
    ...Object.keys(GOALS),
    'healthy news a week',
    'false alarms a week of warm-up',
];

/** An hour of 10,000 series, features by models, heard and tested. */
function tick(settings) {
    const target = 'tests/bench/watch_tick';
    execFileSync('ninja', ['-C', settings.BUILD, target], { stdio: 'ignore' });
    const text = execFileSync(
        path.join(settings.BUILD, target),
        ['2000', '5'],
        { encoding: 'utf8' }
    );
    const [ms, mib] = text.trim().split('\t').map(Number);
    return [
        row('alerts: an hour of 10,000 series', ms, {
            unit: 'ms',
            atMost: 1000,
        }),
        row('alerts: memory of 10,000 series', mib, { unit: 'MiB' }),
    ];
}

export async function alerts(settings) {
    const target = 'tests/bench/alerts';
    execFileSync('ninja', ['-C', settings.BUILD, target], { stdio: 'ignore' });
    const text = execFileSync(
        path.join(settings.BUILD, target),
        [String(settings.ALERT_SEEDS)],
        { encoding: 'utf8' }
    );
    const rows = [];
    for (const line of text.trimEnd().split('\n')) {
        const [name, n, ...figures] = line.split('\t');
        figures.forEach((figure, i) => {
            if (!Number.isFinite(Number(figure))) {
                return; // nothing of that kind
            }
            const { unit, ...goal } = GOALS[NAMES[i]] ?? {};
            rows.push(
                row(`alerts: ${name} (${n}), ${NAMES[i]}`, Number(figure), {
                    unit,
                    decimals: 3,
                    ...(name === 'all' ? goal : {}),
                })
            );
        });
    }
    return [...rows, ...tick(settings)];
}
