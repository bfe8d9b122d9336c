// How the page writes the sentences of reports.

import { load } from './sources.mjs';

export const { written } = await load('lib/words.ts');
