/** The libraries that are found by themselves, and what traces them. Each group has code of its own, which is loaded with the first of its libraries. */
import type { LibraryRow } from './library-row.ts';
import { backgroundRows } from './tables/background.ts';
import { cloudRows } from './tables/cloud.ts';
import { databaseRows } from './tables/databases.ts';
import { graphqlRows } from './tables/graphql.ts';
import { messagingRows } from './tables/messaging.ts';
import { modelRows } from './tables/models.ts';
import { rpcRows } from './tables/rpc.ts';
import { socketRows } from './tables/sockets.ts';
import type { Traces } from './trace.ts';

/** A row, and what loads the code of its group. */
export interface TableRow extends LibraryRow {
  loadTraces(): { readonly traces: Traces };
}

interface Group {
  readonly rows: readonly LibraryRow[];
  loadTraces(): { readonly traces: Traces };
}

// Not imports: see traces/. The packed form has a file for each of these modules.
const groups: readonly Group[] = [
  {
    rows: databaseRows,
    loadTraces: () => require('./traces/databases') as typeof import('./traces/databases.ts'),
  },
  {
    rows: messagingRows,
    loadTraces: () => require('./traces/messaging') as typeof import('./traces/messaging.ts'),
  },
  {
    rows: rpcRows,
    loadTraces: () => require('./traces/rpc') as typeof import('./traces/rpc.ts'),
  },
  {
    rows: graphqlRows,
    loadTraces: () => require('./traces/graphql') as typeof import('./traces/graphql.ts'),
  },
  {
    rows: socketRows,
    loadTraces: () => require('./traces/sockets') as typeof import('./traces/sockets.ts'),
  },
  {
    rows: cloudRows,
    loadTraces: () => require('./traces/cloud') as typeof import('./traces/cloud.ts'),
  },
  {
    rows: modelRows,
    loadTraces: () => require('./traces/models') as typeof import('./traces/models.ts'),
  },
  {
    rows: backgroundRows,
    loadTraces: () => require('./traces/background') as typeof import('./traces/background.ts'),
  },
];

/** Jest refuses `require()` after the end of a test file, also of what is loaded. */
function once(load: Group['loadTraces']): Group['loadTraces'] {
  let loaded: ReturnType<Group['loadTraces']> | undefined;
  return () => {
    loaded ??= load();
    return loaded;
  };
}

export const libraryTable: readonly TableRow[] = groups.flatMap(({ rows, loadTraces }) => {
  const loadOnce = once(loadTraces);
  return rows.map((row) => ({ ...row, loadTraces: loadOnce }));
});
