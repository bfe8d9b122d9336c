// A browser to look at the dashboard, and what every page is held to.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { launch } from './toll.mjs';

const axe = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Only a hang is to end a test, not a slow machine. */
const PATIENCE_MS = 120_000;

export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

export async function startBrowser() {
  const browser = await launch();
  return {
    /** A fresh page, and what it complained about. */
    async open(origin, address = '', options = {}) {
      const context = await browser.newContext(
        { viewport: DESKTOP, ...options });
      context.setDefaultTimeout(PATIENCE_MS);
      const page = await context.newPage();
      const complaints = [];
      const requests = [];
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) {
          complaints.push(message.text());
        }
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('dialog', (dialog) => {
        complaints.push(`dialog: ${dialog.message()}`);
        dialog.dismiss();
      });
      page.on('request', (request) => requests.push(request.url()));
      await page.goto(`${origin}/${address}`);
      return { page, complaints, requests, close: () => context.close() };
    },
    close: () => browser.close(),
  };
}

/** The exact values that a part of the page carries beside its rounded
 *  text. */
export function exact(locator) {
  return locator.locator('data').evaluateAll((all) =>
    all.map((data) => data.value));
}

/** The figure of a tile. */
export function stat(page, name) {
  return page.locator('.tile')
    .filter({ has: page.getByText(name, { exact: true }) })
    .locator('.tile-figure');
}

/** No violation that axe knows of.  The policy of the page keeps foreign
 *  scripts out, so it is read into the page's own world by the debugger. */
export async function accessible(page) {
  const { violations } = await page.evaluate(`${axe}; axe.run()`);
  assert.deepEqual(violations.map(({ id, nodes }) =>
    `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`), []);
}

/** Nothing is wider than the window. */
export async function fits(page) {
  const { scroll, client } = await page.evaluate(() => ({
    scroll: document.documentElement.scrollWidth,
    client: document.documentElement.clientWidth,
  }));
  assert.ok(scroll <= client, `${scroll} px in ${client}`);
}

/** A page opened on a desk in light colours, and on a phone in dark ones. */
export async function inBothLooks(browser, origin, address, check) {
  for (const options of [{ viewport: DESKTOP, colorScheme: 'light' },
    { viewport: PHONE, colorScheme: 'dark' }]) {
    const opened = await browser.open(origin, address, options);
    await check(opened.page);
    await accessible(opened.page);
    await fits(opened.page);
    assert.deepEqual(opened.complaints, [], address);
    await opened.close();
  }
}
