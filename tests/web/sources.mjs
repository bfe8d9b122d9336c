// The dashboard's modules, compiled as they are for the page.

import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const web = fileURLToPath(new URL('../../web/', import.meta.url));

/** A module of web/src, say 'lib/money.ts'. */
export async function load(path) {
  const { module } = await runnerImport(`${web}src/${path}`,
    { root: web, configFile: false, logLevel: 'error' });
  return module;
}
