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

/** What goes along with the bundle by licence and is no script: the NOTICE of
 *  ECharts, and the licence of the font. */
function notice(): Plugin {
  const texts = [
    ['NOTICE of echarts', 'echarts/NOTICE'],
    ['Inter, the font', '@fontsource-variable/inter/LICENSE'],
  ] as const;
  return {
    name: 'toll-notice',
    writeBundle(options) {
      for (const [title, file] of texts) {
        const text = readFileSync(
          join(import.meta.dirname, '../node_modules', file), 'utf8');
        appendFileSync(join(options.dir ?? '.', 'licenses.txt'),
          `\n## ${title}\n\n${text}`);
      }
    },
  };
}
