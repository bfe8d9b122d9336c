// A reader who visits pages: waits until they have settled, and checks what
// holds for every page in every look.

import assert from 'node:assert/strict';

import { accessible, DESKTOP, exact, fits, PHONE, startBrowser, stat }
  from './browser.mjs';
import { settled } from './toll.mjs';

export { accessible, exact, stat as tile };

const SHIFT_BUDGET = 0.02;

export class Reader {
  #browser;

  constructor(browser) {
    this.#browser = browser;
  }

  static async start() {
    return new Reader(await startBrowser());
  }

  stop() {
    return this.#browser.close();
  }

  /** A fresh page that has settled, and what it complained about. */
  async open(origin, hash, options = {}) {
    const opened = await this.#browser.open(origin, hash, options);
    await settled(opened.page);
    return opened;
  }

  /** What every page must be, by light and by dark, on a desk and on a phone:
   *  readable by all, within its width, steady and without complaints.
   *  `reveal` opens what is closed at first. */
  async checkLooks(origin, hash, reveal = async () => {}) {
    for (const viewport of [DESKTOP, PHONE]) {
      for (const colorScheme of ['light', 'dark']) {
        const { page, complaints, close } = await this.open(origin, '#/none',
          { viewport, colorScheme });
        await page.evaluate(watchShifts);
        await page.evaluate((to) => {
          location.hash = to;
        }, hash);
        await page.waitForTimeout(100);
        await settled(page);
        const shifted = await page.evaluate('window.shifted');
        assert.ok(shifted <= SHIFT_BUDGET, `${hash}: layout shift ${shifted}`);
        await reveal(page);
        await accessible(page);
        await fits(page);
        assert.deepEqual(complaints, [], hash);
        await close();
      }
    }
  }
}

/** A part of the page by its heading. */
export const panel = (page, title) =>
  page.getByRole('region', { name: title, exact: true });

function watchShifts() {
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      window.shifted += entry.value;
    }
  }).observe({ type: 'layout-shift' });
}
