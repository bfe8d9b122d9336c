// How far forecasts of a 30-day total miss, so many days into it, and how often
// their 80 % interval holds: on made-up streams, and on series from files.

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { row } from './table.mjs';

/** Mean error ten days into the block, in percent; the promises. */
const GOALS = { calm: 4.6, incidents: 8.7, 'growth 15 % a week': 6.5 };
const GOAL_DAY = 10;

/** Builds the program, runs it, and gives its lines by stream. */
function measure(settings) {
    const target = 'tests/bench/forecast';
    execFileSync('ninja', ['-C', settings.BUILD, target], { stdio: 'ignore' });
    const files = settings.SERIES.split(' ').filter(Boolean);
    const text = execFileSync(
        path.join(settings.BUILD, target),
        [String(settings.SEEDS), ...files],
        { encoding: 'utf8' }
    );
    const streams = new Map();
    for (const line of text.trimEnd().split('\n')) {
        const [name, ...figures] = line.split('\t');
        const [day, n, error, runRate, bias, covered] = figures.map(Number);
        const stream = path.basename(name, '.txt');
        streams.set(stream, [
            ...(streams.get(stream) ?? []),
            { day, n, error, runRate, bias, covered },
        ]);
    }
    return streams;
}

/** The share of all a stream's trials that the interval held. */
function coverage(trials) {
    const n = trials.reduce((sum, trial) => sum + trial.n, 0);
    const held = trials.reduce((sum, t) => sum + t.n * (t.covered || 0), 0);
    return (100 * held) / n;
}

export async function forecast(settings) {
    const percent = { unit: '%', decimals: 1 };
    const rows = [];
    for (const [name, trials] of measure(settings)) {
        const atGoal = trials.find((trial) => trial.day === GOAL_DAY);
        if (trials.every((trial) => trial.n === 0)) {
            continue; // too short a series
        }
        if (GOALS[name] !== undefined) {
            rows.push(
                row(`forecast: ${name}, promised`, 100 * atGoal.error, {
                    ...percent,
                    atMost: GOALS[name],
                })
            );
        }
        for (const trial of trials) {
            rows.push(
                row(`forecast: ${name}, day ${trial.day}`, 100 * trial.error, {
                    ...percent,
                    peer: 100 * trial.runRate,
                })
            );
        }
        rows.push(
            row(`forecast: ${name}, 80 % held`, coverage(trials), percent)
        );
    }
    return rows;
}
