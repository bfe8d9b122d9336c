// Made-up series with what is unusual in them labelled: one number at a time,
// as a cost, a rate or a load has.

import { Rand } from './words.mjs';

const FROM = Date.parse('2026-01-05T00:00:00Z'); // a Monday
const HOUR = 12; // rows
const DAY = 24 * HOUR;
const ROWS = 21 * DAY;
const STEP_MS = 300_000;

function normal(rand) {
    const radius = Math.sqrt(-2 * Math.log(1 - rand.next()));
    return radius * Math.cos(2 * Math.PI * rand.next());
}

function poisson(rand, mean) {
    let n = -1;
    for (let product = 1; product > Math.exp(-mean); n++) {
        product *= rand.next();
    }
    return n;
}

/** 100 with a daily wave and noise, at row i. */
function load(rand, i, noise = 4) {
    const wave = Math.sin((2 * Math.PI * i) / DAY);
    return 100 + 30 * wave + noise * normal(rand);
}

/** 70 on working days, 30 at weekends, more by day; hourly. */
function office(hour) {
    const isWeekend = Math.floor(hour / 24) % 7 >= 5;
    const isDay = hour % 24 >= 8 && hour % 24 < 18;
    return (isWeekend ? 30 : 70) * (isDay ? 1.5 : 1);
}

/*
 * What each kind shows at row i when its event begins at row `at` (of `lasts`
 * rows; none: the kind holds nothing unusual).
 */
const KINDS = {
    'level shift': {
        lasts: ROWS,
        value: (rand, i, at) => load(rand, i) + (i >= at ? 40 : 0),
    },
    spike: {
        lasts: 3,
        value: (rand, i, at, is) => load(rand, i) + (is ? 80 : 0),
    },
    dip: {
        lasts: HOUR,
        value: (rand, i, at, is) => load(rand, i) * (is ? 0.2 : 1),
    },
    'frequency change': {
        lasts: DAY,
        value: (rand, i, at, is) =>
            100 +
            20 * Math.sin((2 * Math.PI * i) / ((is ? 0.5 : 4) * HOUR)) +
            2 * normal(rand),
    },
    'variance change': {
        lasts: DAY,
        value: (rand, i, at, is) => load(rand, i, is ? 20 : 4),
    },
    'missing data, then a spike': {
        lasts: 3,
        value: (rand, i, at, is) =>
            rand.chance(0.1) || (i > at / 2 && i < at / 2 + DAY)
                ? null
                : load(rand, i) + (is ? 80 : 0),
    },
    'a weekday like a weekend': {
        lasts: 24,
        hourly: true,
        value: (rand, i, at, is) =>
            (is ? 30 : office(i)) * (1 + 0.05 * normal(rand)),
    },
    'summer time begins': {
        hourly: true,
        value: (rand, i) =>
            office(i > ROWS / 6 ? i + 1 : i) * (1 + 0.05 * normal(rand)),
    },
    constant: { value: () => 12.3 },
    'calm noise': { value: (rand, i) => load(rand, i) },
    'a counter': {
        lasts: 2 * HOUR,
        value: (rand, i, at, is) =>
            poisson(rand, (is ? 8 : 1) * 3 * (1 + Math.sin(i / 46) / 2)),
    },
};
export const SERIES_KINDS = Object.keys(KINDS);

/** The time of row i, as text. */
function stamp(i, hourly) {
    return new Date(FROM + i * STEP_MS * (hourly ? HOUR : 1)).toISOString();
}

/**
 * {name, rows: [[timestamp, value]], windows: [[first, last]]} of one kind.  A
 * window begins with its event and is a twentieth of the series long.
 */
export function plainSeries(kind, seed) {
    const rand = new Rand(seed);
    const { lasts, hourly, value } = KINDS[kind];
    const n = hourly ? ROWS / 3 : ROWS;
    let at = rand.int(Math.floor(n * 0.4), Math.floor(n * 0.85));
    if (hourly) {
        at -= at % 168; // Monday
    }
    const rows = [];
    let first = 0;
    for (let i = 0; i < n; i++) {
        const x = value(rand, i, at, i >= at && i < at + lasts);
        first += i < at && x !== null ? 1 : 0;
        if (x !== null) {
            rows.push([stamp(i, hourly), x]);
        }
    }
    const last = Math.min(first + Math.floor(n / 20), rows.length - 1);
    return {
        name: `${kind} ${seed}`,
        rows,
        windows: lasts === undefined ? [] : [[first, last]],
    };
}
