/** Where the exports are that tracing needs of GraphQL servers. */
import type { LibraryRow } from '../library-row.ts';

export const graphqlRows: readonly LibraryRow[] = [
  {
    name: 'graphql',
    packageName: 'graphql',
    files: ['execution/execute.js', 'execution/subscribe.js', 'language/parser.js', 'validation/validate.js'],
    // Of version 17, which is an ES module on the Nodes that can require() one. Nearly each operation is parsed first.
    channels: ['tracing:graphql:parse:start', 'tracing:graphql:execute:start', 'tracing:graphql:subscribe:start'],
    byHand: 'traceGraphql(graphql)',
  },
  {
    name: 'graphql',
    packageName: '@graphql-tools/executor',
    files: ['cjs/execution/execute.js'],
    byHand: 'plugins: [yogaTracing()]',
  },
  {
    name: 'graphql',
    packageName: '@apollo/server',
    files: [], // as CommonJS, it calls the functions of graphql that are replaced
    modules: ['dist/esm/index.js'],
    companion: '@apollo/utils.createhash',
    byHand: 'plugins: [apolloTracing()]',
  },
  {
    name: 'graphql',
    packageName: 'mercurius',
    files: [], // found by the application that it decorates: see lookAtApp() in instrument.ts
    byHand: 'traceMercurius(app)',
  },
  { name: 'dataloader', packageName: 'dataloader', files: ['index.js'], byHand: 'traceDataloader(DataLoader)' },
];
