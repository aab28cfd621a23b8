/** Where the exports are that tracing needs of language models. */
import type { LibraryRow } from '../library-row.ts';

export const modelRows: readonly LibraryRow[] = [
  {
    name: 'openai',
    packageName: 'openai',
    files: ['index.js'],
    modules: ['index.mjs'],
    byHand: 'traceOpenai(OpenAI)',
  },
];
