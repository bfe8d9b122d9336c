// ./bench: runs benchmarks by name and prints their figures as one table.

import fs from 'node:fs';
import os from 'node:os';
import { alerts } from './alerts.mjs';
import { budget } from './budget.mjs';
import { detect } from './detect.mjs';
import { forecast } from './forecast.mjs';
import { gateway } from './gateway.mjs';
import { importLogs } from './import.mjs';
import { ingest } from './ingest.mjs';
import { insights } from './insights.mjs';
import { pages } from './pages.mjs';
import { readSettings, settingsHelp } from './settings.mjs';
import { store } from './store.mjs';
import { formatTable } from './table.mjs';

const BENCHMARKS = {
    ingest: {
        doc: 'events posted over HTTP, acknowledged when durable',
        run: ingest,
    },
    gateway: {
        doc: "calls through the gateway, against nginx and Portkey's",
        run: gateway,
    },
    import: {
        doc: 'agent session logs, imported and reported, against ccusage',
        run: importLogs,
    },
    store: {
        doc: 'millions of events: disk, a question over all, memory',
        run: store,
    },
    insights: {
        doc: 'every insight on the demo company',
        run: insights,
    },
    pages: {
        doc: 'every page of the dashboard, in a browser',
        run: pages,
    },
    forecast: {
        doc: 'forecasts of a month against what came, and the run rate',
        run: forecast,
    },
    detect: {
        doc: 'unusual values found in plain series',
        run: detect,
    },
    alerts: {
        doc: 'what alerts find in made-up accounts, and what they invent',
        run: alerts,
    },
    budget: {
        doc: 'the decision on a call, by how many budgets cover it',
        run: budget,
    },
};

function help() {
    const names = Object.entries(BENCHMARKS).map(
        ([name, { doc }]) => `  ${name.padEnd(10)} ${doc}`
    );
    return `use: ./bench [NAME...]

Runs the benchmarks named, or all of them, and prints their figures.
Benchmarks:
${names.join('\n')}
Variables:
${settingsHelp()}
Exit: 0 all ran, whether or not targets were met; 1 one failed or counted
wrong; 2 wrong use.`;
}

async function main(args) {
    if (args.includes('--help') || args.includes('-h')) {
        console.log(help());
        return 0;
    }
    const unknown = args.filter((name) => !Object.hasOwn(BENCHMARKS, name));
    if (unknown.length > 0) {
        console.error(`bench: there is no benchmark "${unknown[0]}"`);
        console.error(help());
        return 2;
    }
    const settings = readSettings();
    fs.mkdirSync(settings.DIR, { recursive: true });
    const load = os.loadavg()[0].toFixed(2);
    console.error(
        `bench: ${os.cpus().length} cores, ${os.cpus()[0].model}, load ${load}`
    );
    const rows = [];
    let failed = false;
    for (const name of args.length > 0 ? args : Object.keys(BENCHMARKS)) {
        console.error(`bench: ${name} ...`);
        try {
            rows.push(...(await BENCHMARKS[name].run(settings)));
        } catch (error) {
            failed = true;
            console.error(`bench: ${name} failed: ${error.message}`);
        }
    }
    if (rows.length > 0) {
        console.log(formatTable(rows));
    }
    return failed || rows.some((row) => row.wrong) ? 1 : 0;
}

for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => process.exit(1)); // stops the server as well
}
process.exitCode = await main(process.argv.slice(2));
