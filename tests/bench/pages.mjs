// Every page of the dashboard in a real browser: from the click that opens it
// until all that the window shows has come, and until the whole page has.

import path from 'node:path';
import { DESKTOP, startBrowser } from '../web/browser.mjs';
import { settled } from '../web/toll.mjs';
import { makeDemo } from './insights.mjs';
import { quantile, row } from './table.mjs';
import { freshDir, removeDir, Server } from './toll.mjs';

const SEEN_MS = 500;

const PAGES = [
    'overview',
    'explore',
    'why',
    'features',
    'features/support-agent',
    'models',
    'models/claude-sonnet-4-5',
    'customers',
    'owners',
    'experiments',
    'experiments/answer-citations',
    'plan',
    'whatif?feature=reply-draft&to_model=claude-haiku-4-5',
    'savings',
    'alerts',
    'budgets',
    'review',
    'quality',
    'reconcile',
    'prices',
    'setup',
    'views',
];

/** In the page: goes to the address, and gives the milliseconds until no part
 *  within the window waits, and until nothing does. */
function visit(hash) {
    return new Promise((resolve) => {
        const began = performance.now();
        let seen = 0;
        let whole = 0;
        const waits = ({ top, bottom }) =>
            bottom > 0 && top < window.innerHeight;
        const look = () => {
            const now = performance.now() - began;
            const page = document.querySelector('.page');
            const parts = [...document.querySelectorAll('.skeleton')];
            if (
                page?.querySelector('h1') === null ||
                parts.some((part) => waits(part.getBoundingClientRect()))
            ) {
                seen = 0;
            } else {
                seen ||= now;
            }
            whole = page?.getAttribute('aria-busy') === 'false'
                ? whole || now
                : 0;
            if (seen > 0 && whole > 0 && now - whole > 200) {
                resolve({ seen, whole: Math.max(seen, whole) });
            } else {
                requestAnimationFrame(look);
            }
        };
        location.hash = hash;
        setTimeout(() => requestAnimationFrame(look));
    });
}

/** Another tab of a reader who has the dashboard open. */
async function measure(browser, origin, address) {
    const { page, close } = await browser.open(origin, '#/none', {
        viewport: DESKTOP,
    });
    await settled(page);
    const times = await page.evaluate(visit, `#/${address}`);
    await close();
    return times;
}

export async function pages(settings) {
    const isKept = settings.DEMO !== '';
    const dataDir = isKept
        ? settings.DEMO
        : freshDir(path.join(settings.DIR, 'pages-data'));
    if (!isKept) {
        makeDemo(settings, dataDir);
    }
    const browser = await startBrowser();
    const rows = [];
    try {
        await Server.use(settings, dataDir, async (server) => {
            const origin = `http://127.0.0.1:${server.port}`;
            const first = [];
            for (const address of PAGES) {
                first.push(await measure(browser, origin, address));
            }
            for (const [i, address] of PAGES.entries()) {
                const [name] = address.split('?');
                const again = [];
                for (let n = 0; n < settings.RUNS; n++) {
                    again.push(await measure(browser, origin, address));
                }
                const middle = (key) =>
                    quantile(again.map((times) => times[key]));
                rows.push(
                    row(`pages: ${name}`, middle('seen'), {
                        unit: 'ms',
                        atMost: SEEN_MS,
                    }),
                    row(`pages: ${name}, whole`, middle('whole'), {
                        unit: 'ms',
                    }),
                    row(`pages: ${name}, first time`, first[i].seen, {
                        unit: 'ms',
                    }),
                    row(`pages: ${name}, first time, whole`, first[i].whole,
                        { unit: 'ms' })
                );
            }
        });
    } finally {
        await browser.close();
    }
    if (!isKept) {
        removeDir(dataDir);
    }
    return rows;
}
