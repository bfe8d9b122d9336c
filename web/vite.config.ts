import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

// Builds the dashboard into plain files that tools/embed.mjs puts into the
// binary.  Addresses are relative, so that toll also works behind a proxy that
// serves it below a path.
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [notice()],
  build: {
    target: 'es2022',
    // The first versions that know light-dark().
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    emptyOutDir: true,
    // Nothing inlined as data: addresses and no polyfill: the page runs under
    // a content security policy that allows only its own files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    chunkSizeWarningLimit: 900,
    // The licences of what is bundled; the page links to them.
    license: { fileName: 'licenses.txt' },
  },
});

/** The Apache licence of ECharts asks for its NOTICE to go along. */
function notice(): Plugin {
  return {
    name: 'toll-notice',
    writeBundle(options) {
      const echarts = join(import.meta.dirname, '../node_modules/echarts');
      const text = readFileSync(join(echarts, 'NOTICE'), 'utf8');
      appendFileSync(join(options.dir ?? '.', 'licenses.txt'),
        `\n## NOTICE of echarts\n\n${text}`);
    },
  };
}
