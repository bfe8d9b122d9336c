// How well `toll detect` finds what is unusual: on made-up series, and on the
// Numenta Anomaly Benchmark where its files are at hand.

import fs from 'node:fs';
import path from 'node:path';
import { nabScore, PROFILE_NAMES } from './nab.mjs';
import { plainSeries, SERIES_KINDS } from './plain-series.mjs';
import { row } from './table.mjs';
import { cleanEnv, freshDir, run, tollIn } from './toll.mjs';

const GOAL = 66; // the issue's
const SEEDS_PER_KIND = 10;
const ALARM = 0.5; // what the manual calls rare

// Constants of the method were chosen on these groups alone.
const CHOSEN_ON = [
    'realAWSCloudwatch',
    'realTraffic',
    'realAdExchange',
    'artificialNoAnomaly',
];

/** The anomaly scores of a file's rows. */
function scoresOf(settings, file) {
    const env = cleanEnv(settings.DIR);
    const text = run(tollIn(settings), ['detect', file], env);
    return text
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => Number(line.slice(line.lastIndexOf(',') + 1)));
}

/* ---- made-up series ---- */

function scoreMadeUp(settings) {
    const dir = freshDir(path.join(settings.DIR, 'detect'));
    const file = path.join(dir, 'series.csv');
    return SERIES_KINDS.map((kind) => ({
        kind,
        series: Array.from({ length: SEEDS_PER_KIND }, (_, i) => {
            const { name, rows, windows } = plainSeries(kind, i + 1);
            const lines = rows.map((cells) => cells.join(','));
            const text = ['timestamp,value', ...lines, ''].join('\n');
            fs.writeFileSync(file, text);
            return { name, windows, scores: scoresOf(settings, file) };
        }),
    }));
}

const inAny = (windows, i) => windows.some(([a, b]) => i >= a && i <= b);

/** Of one kind: the share of events found, and false alarms a series. */
function madeUpRows({ kind, series }) {
    let events = 0;
    let found = 0;
    let falseAlarms = 0;
    for (const { scores, windows } of series) {
        const rare = scores.flatMap((score, i) => (score >= ALARM ? [i] : []));
        events += windows.length;
        found += windows.filter((w) => rare.some((i) => inAny([w], i))).length;
        falseAlarms += rare.filter((i) => !inAny(windows, i)).length;
    }
    const rows = [
        row(`detect: ${kind}, false alarms`, falseAlarms / series.length, {
            unit: 'a series',
            decimals: 1,
        }),
    ];
    if (events > 0) {
        const share = (100 * found) / events;
        rows.unshift(row(`detect: ${kind}, found`, share, { unit: '%' }));
    }
    return rows;
}

/* ---- the corpus ---- */

function readCorpus(settings) {
    const file = path.join(settings.NAB, 'labels', 'combined_windows.json');
    const labels = JSON.parse(fs.readFileSync(file, 'utf8'));
    return Object.entries(labels).map(([name, spans]) => {
        const data = path.join(settings.NAB, 'data', name);
        const times = fs
            .readFileSync(data, 'utf8')
            .trimEnd()
            .split('\n')
            .slice(1)
            .map((line) => line.split(',')[0]);
        const rowOf = (time) => times.indexOf(time.replace(/\.0+$/, ''));
        const windows = spans.map((span) => span.map(rowOf));
        return { name, windows, scores: scoresOf(settings, data) };
    });
}

function corpusRows(settings) {
    const series = readCorpus(settings);
    const isChosen = ({ name }) => CHOSEN_ON.includes(name.split('/')[0]);
    const chosen = series.filter(isChosen);
    const heldOut = series.filter((one) => !isChosen(one));
    const show = { decimals: 2 };
    const { threshold } = nabScore(chosen, 'standard');
    const blind = nabScore(heldOut, 'standard', threshold);
    return [
        ...PROFILE_NAMES.map((name, i) =>
            row(`detect: NAB, ${name}`, nabScore(series, name).score, {
                ...show,
                ...(i === 0 ? { atLeast: GOAL } : {}),
            })
        ),
        row(
            'detect: NAB, half the constants were chosen on',
            nabScore(chosen, 'standard').score,
            show
        ),
        row(
            'detect: NAB, other half',
            nabScore(heldOut, 'standard').score,
            show
        ),
        row("the same, with the first half's threshold", blind.score, show),
    ];
}

export async function detect(settings) {
    const madeUp = scoreMadeUp(settings);
    const rows = madeUp.flatMap(madeUpRows);
    const all = madeUp.flatMap(({ series }) => series);
    rows.push(
        row(
            'detect: all made-up series, as NAB',
            nabScore(all, 'standard').score,
            { decimals: 1 }
        )
    );
    if (settings.NAB === '') {
        console.error(
            'bench: detect: TOLL_BENCH_NAB names no copy of the Numenta ' +
                'Anomaly Benchmark (with data/ and labels/); left out'
        );
        return rows;
    }
    return [...rows, ...corpusRows(settings)];
}
