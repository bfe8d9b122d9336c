// Seeded random numbers and made-up text, so that every run of a benchmark
// reads the same bytes and none of them were written by anyone else.

/** A small fast generator (mulberry32): same seed, same sequence, anywhere. */
export class Rand {
    constructor(seed) {
        this.state = seed >>> 0;
    }

    /** A number in [0, 1). */
    next() {
        this.state = (this.state + 0x6d2b79f5) >>> 0;
        let x = this.state;
        x = Math.imul(x ^ (x >>> 15), x | 1);
        x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
        return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
    }

    /** A whole number in [low, high]. */
    int(low, high) {
        return low + Math.floor(this.next() * (high - low + 1));
    }

    chance(share) {
        return this.next() < share;
    }

    pick(list) {
        return list[Math.floor(this.next() * list.length)];
    }

    /** Picks a key of {key: weight}. */
    weighted(weights) {
        let sum = 0;
        for (const key in weights) {
            sum += weights[key];
        }
        let at = this.next() * sum;
        for (const key in weights) {
            at -= weights[key];
            if (at < 0) {
                return key;
            }
        }
        return Object.keys(weights)[0];
    }

    /** Log-normal about a median: what lengths of texts and logs look like. */
    around(median, spread, max) {
        const normal =
            Math.sqrt(-2 * Math.log(1 - this.next())) *
            Math.cos(2 * Math.PI * this.next());
        return Math.min(max, Math.ceil(median * Math.exp(spread * normal)));
    }

    letters(alphabet, length) {
        let s = '';
        for (let i = 0; i < length; i++) {
            s += alphabet[Math.floor(this.next() * alphabet.length)];
        }
        return s;
    }

    hex(length) {
        return this.letters('0123456789abcdef', length);
    }

    base62(length) {
        return this.letters(BASE62, length);
    }

    uuid() {
        const variant = this.pick(['8', '9', 'a', 'b']);
        return (
            `${this.hex(8)}-${this.hex(4)}-4${this.hex(3)}` +
            `-${variant}${this.hex(3)}-${this.hex(12)}`
        );
    }
}

const BASE62 =
    '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const HEADS = [
    'ba', 'co', 'dri', 'el', 'fa', 'gru', 'hi', 'jo', 'ka', 'li', 'mo', 'ne',
    'or', 'pla', 'qui', 'ra', 'se', 'tra', 'ul', 'vo', 'wi', 'zen',
];
const TAILS = [
    'bel', 'cket', 'dow', 'fer', 'gan', 'ket', 'lder', 'mit', 'nder', 'pse',
    'rrow', 'ssel', 'tch', 'ver', 'x', 'ym', 'zzle',
];
const JOINTS = ['', '', '', '', '', '_'];
const FOREIGN = [
    'über', 'naïve', 'café', '–', '→', '“so”', '✓', '日本語', 'Ελλάδα', '🚀',
    'façade', '…', 'привет', '≥', '…',
];

/** Words that sound like words: two or three made-up syllables. */
function makeWords(rand, count) {
    const words = new Set();
    while (words.size < count) {
        const middle = rand.chance(0.3) ? rand.pick(HEADS) : '';
        words.add(
            rand.pick(HEADS) + middle + rand.pick(JOINTS) + rand.pick(TAILS)
        );
    }
    return [...words];
}

function proseLine(rand, words) {
    const parts = [];
    for (let n = rand.int(6, 24); n > 0; n--) {
        const foreign = rand.chance(0.02);
        parts.push(foreign ? rand.pick(FOREIGN) : rand.pick(words));
    }
    const line = parts.join(' ');
    if (rand.chance(0.15)) {
        return `- **${line.slice(0, 12)}** ${line}`;
    }
    return line[0].toUpperCase() + line.slice(1) + '.';
}

function codeLine(rand, words) {
    const [a, b, c] = [rand.pick(words), rand.pick(words), rand.pick(words)];
    const indent = rand.pick(['', '\t', '\t\t', '    ', '        ']);
    const n = rand.int(0, 4096);
    return (
        indent +
        rand.pick([
            `const ${a} = ${b}("${c}", { ${a}: ${n}, ${b}: '${c}' });`,
            `if (${a}->${b} != NULL && ${c}[${n}] == '\\0') {`,
            `return ${a}.${b}(\`\${${c}}/${a}\`, "\\"${b}\\"\\n");`,
            `def ${a}(self, ${b}: str, ${c}: int = ${n}) -> None:`,
            `${a}: { "type": "${b}", "usage": { "${c}_tokens": ${n} } },`,
            `// ${a} ${b} ${c} ${a} ${c}`,
            `}`,
            ``,
            `<div className="${a} ${b}-${n}">{${c}}</div>`,
            `printf("%s: %d\\t%s\\r\\n", ${a}, ${n}, "${b}\\\\${c}");`,
        ])
    );
}

function logLine(rand, words) {
    const file = `src/${rand.pick(words)}/${rand.pick(words)}.ts`;
    const n = rand.int(1, 900);
    return rand.pick([
        `\u001b[32m✓\u001b[39m ${file} > ${rand.pick(words)} ${n}ms`,
        `${file}:${n}:${rand.int(1, 80)}: ${proseLine(rand, words)}`,
        `drwxr-xr-x  ${n} ${rand.pick(words)} staff  ${n * 37} ${file}`,
        `{"level":"info","path":"${file}","n":${n},"type":"assistant"}`,
        `   at ${rand.pick(words)} (${file}:${n}:${rand.int(1, 80)})`,
        `+++ b/${file}`,
        `@@ -${n},7 +${n + 3},9 @@ ${rand.pick(words)}`,
    ]);
}

/** Many lines in one flat string; `take` cuts whole lines out of it. */
class Pool {
    constructor(rand, words, makeLine, count) {
        this.starts = [];
        const lines = [];
        for (let i = 0, at = 0; i < count; i++) {
            const line = makeLine(rand, words);
            lines.push(line);
            this.starts.push(at);
            at += line.length + 1;
        }
        this.text = lines.join('\n');
    }

    /** About `length` characters of consecutive lines. */
    take(rand, length) {
        const last = this.text.length - length;
        const from = this.lineAt(rand.int(0, Math.max(0, last)));
        const end = this.text.indexOf('\n', from + length);
        return this.text.slice(from, end < 0 ? undefined : end);
    }

    /** The start of the line that holds this offset. */
    lineAt(offset) {
        let [low, high] = [0, this.starts.length - 1];
        while (low < high) {
            const middle = (low + high + 1) >> 1;
            if (this.starts[middle] <= offset) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return this.starts[low];
    }
}

/** The texts a coding session is made of. */
export class Texts {
    constructor(seed) {
        const rand = new Rand(seed);
        this.words = makeWords(rand, 2000);
        this.proseLines = new Pool(rand, this.words, proseLine, 12000);
        this.codeLines = new Pool(rand, this.words, codeLine, 30000);
        this.logLines = new Pool(rand, this.words, logLine, 24000);
        this.noise = rand.base62(1 << 20);
    }

    word(rand) {
        return rand.pick(this.words);
    }

    prose(rand, length) {
        return this.proseLines.take(rand, length);
    }

    code(rand, length) {
        return this.codeLines.take(rand, length);
    }

    log(rand, length) {
        return this.logLines.take(rand, length);
    }

    /** What a signature or a picture looks like in JSON. */
    base64(rand, length) {
        const from = rand.int(0, this.noise.length - length);
        return this.noise.slice(from, from + length) + '==';
    }

    path(rand) {
        const [a, b, c] = [this.word(rand), this.word(rand), this.word(rand)];
        return `src/${a}/${b}/${c}.${rand.pick(['ts', 'py', 'c', 'go', 'md'])}`;
    }
}
