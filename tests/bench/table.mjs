// Figures, and the table they are printed in.

/** The middle of the values, or any other share of them (0.99: p99). */
export function quantile(values, share = 0.5) {
    const sorted = [...values].sort((a, b) => a - b);
    const at = Math.min(sorted.length - 1, Math.floor(sorted.length * share));
    return sorted[at];
}

/** 1234567.8 -> "1,234,567.8" with as many decimals as asked for. */
export function number(value, decimals = 0) {
    return value.toLocaleString('en-US', {
        minimumFractionDigits: decimals,
        maximumFractionDigits: decimals,
    });
}

/**
 * One row.  `atMost` or `atLeast` is its target; with a `peer` they bound the
 * ratio to the peer's figure, else the figure itself.
 */
export function row(name, figure, { unit = '', decimals = 0, ...rest } = {}) {
    const { atMost, atLeast, peer } = rest;
    const ratio = peer === undefined ? undefined : figure / peer;
    const judged = ratio ?? figure;
    const show = (value) => `${number(value, decimals)} ${unit}`.trim();
    const bound = (value) =>
        ratio === undefined ? show(value) : `${number(value, 2)} of peer`;
    let target = '';
    let met = '';
    if (atMost !== undefined) {
        target = `<= ${bound(atMost)}`;
        met = judged <= atMost ? 'yes' : 'NO';
    } else if (atLeast !== undefined) {
        target = `>= ${bound(atLeast)}`;
        met = judged >= atLeast ? 'yes' : 'NO';
    }
    return {
        name,
        figure: show(figure),
        target,
        peer: peer === undefined ? '' : show(peer),
        ratio: ratio === undefined ? '' : number(ratio, 2),
        met,
    };
}

/** A row for a count that must be exact; a wrong one fails the run. */
export function exactRow(name, figure, expected) {
    return {
        name,
        figure: number(figure),
        target: `= ${number(expected)}`,
        peer: '',
        ratio: '',
        met: figure === expected ? 'yes' : 'NO',
        wrong: figure !== expected,
    };
}

const COLUMNS = ['name', 'figure', 'target', 'peer', 'ratio', 'met'];

export function formatTable(rows) {
    const lines = [Object.fromEntries(COLUMNS.map((c) => [c, c])), ...rows];
    const widths = COLUMNS.map((column) =>
        Math.max(...lines.map((line) => line[column].length))
    );
    return lines
        .map((line) =>
            COLUMNS.map((column, i) =>
                column === 'name'
                    ? line[column].padEnd(widths[i])
                    : line[column].padStart(widths[i])
            )
                .join('  ')
                .trimEnd()
        )
        .join('\n');
}
