// The Numenta Anomaly Benchmark's score of anomaly scores (Lavin and Ahmad,
// arXiv 1510.03336): own code, from its definition.

const PROFILES = {
    standard: { hit: 1, falseAlarm: 0.11, miss: 1 },
    'low FP': { hit: 1, falseAlarm: 0.22, miss: 1 },
    'low FN': { hit: 1, falseAlarm: 0.11, miss: 2 },
};
export const PROFILE_NAMES = Object.keys(PROFILES);

const PROBATION = 0.15; // of a file, of at most so many rows
const PROBATION_ROWS = 5000;

/** 1 at a window's left edge, 0 at its right, down to -1 behind it. */
function worth(position) {
    return position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1;
}

/**
 * What an alarm at each row of one series is worth, for the rows that count.
 * `windows` are pairs of row numbers, both within, in order.
 */
export function alarms({ name, scores, windows }) {
    const first = Math.min(
        Math.floor(PROBATION * scores.length),
        PROBATION * PROBATION_ROWS
    );
    const rows = [];
    let next = 0;
    for (let i = 0; i < scores.length; i++) {
        while (next < windows.length && windows[next][1] < i) {
            next++;
        }
        if (i < first) {
            continue;
        }
        const score = scores[i];
        const [from, to] = windows[next] ?? [Infinity, Infinity];
        if (i >= from) {
            const at = -(to - i + 1) / (to - from + 1);
            const value = worth(at) / worth(-1);
            rows.push({ score, value, window: `${name} ${next}` });
        } else {
            const [start, end] = windows[next - 1] ?? [];
            const value = next > 0 ? worth((i - end) / (end - start)) : -1;
            rows.push({ score, value, window: null });
        }
    }
    return rows;
}

/** Every threshold's sum, from the highest down; `see` gets each. */
function sweep(series, { hit, falseAlarm, miss }, see) {
    const rows = series.flatMap(alarms).sort((a, b) => b.score - a.score);
    const best = new Map();
    for (const { window } of rows) {
        if (window !== null) {
            best.set(window, -miss);
        }
    }
    let sum = -miss * best.size;
    see(Infinity, sum);
    rows.forEach(({ score, value, window }, i) => {
        if (window === null) {
            sum += falseAlarm * value;
        } else if (hit * value > best.get(window)) {
            sum += hit * value - best.get(window);
            best.set(window, hit * value);
        }
        if (i + 1 === rows.length || rows[i + 1].score < score) {
            see(score, sum);
        }
    });
}

/**
 * 0 for no alarm at all, 100 for every window found at once and no other.
 * With the threshold that is best for these series, as the benchmark's own
 * optimiser takes it for each detector, or with the one given.
 */
export function nabScore(series, profileName, threshold) {
    const profile = PROFILES[profileName];
    const n = series.reduce((sum, { windows }) => sum + windows.length, 0);
    let found = { sum: -Infinity, threshold: Infinity };
    sweep(series, profile, (at, sum) => {
        const better =
            threshold === undefined ? sum > found.sum : at >= threshold;
        if (better) {
            found = { sum, threshold: at };
        }
    });
    const none = -profile.miss * n;
    const all = profile.hit * n;
    return {
        score: (100 * (found.sum - none)) / (all - none),
        threshold: found.threshold,
    };
}
