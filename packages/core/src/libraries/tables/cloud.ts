/** Where the exports are that tracing needs of clouds and search engines. */
import type { LibraryRow } from '../library-row.ts';

/** The packages that have the class which all clients of the AWS SDK extend: an SDK of 2025 and later, of 2023 and later, and before. */
const awsSdk: readonly LibraryRow[] = [
  ['@smithy/core', 'dist-cjs/submodules/client/index.js'],
  ['@smithy/smithy-client', 'dist-cjs/index.js'],
  ['@aws-sdk/smithy-client', 'dist-cjs/index.js'],
].map(([packageName = '', file = '']) => ({
  name: 'aws-sdk',
  packageName,
  files: [file],
  byHand: 'traceAwsSdk(client)',
}));

export const cloudRows: readonly LibraryRow[] = [
  ...awsSdk,
  {
    name: 'aws-sdk',
    packageName: 'sqs-consumer',
    files: ['dist/cjs/consumer.js', 'dist/consumer.js'],
    modules: ['dist/esm/consumer.js'],
    byHand: 'traceAwsSdk(Consumer)',
  },
  {
    name: 'azure',
    packageName: '@azure/core-tracing',
    // The first three have the state that CommonJS and ES modules share; the last is of versions before 1.1.
    files: ['dist/commonjs/state-cjs.js', 'dist/commonjs/state-cjs.cjs', 'dist/commonjs/state.js', 'dist/index.js'],
    byHand: 'traceAzure(coreTracing)',
  },
  {
    name: 'elasticsearch',
    packageName: '@elastic/transport',
    files: ['lib/Transport.js'],
    byHand: 'traceElasticsearch(client)',
  },
  {
    name: 'opensearch',
    packageName: '@opensearch-project/opensearch',
    files: ['lib/Transport.js'],
    byHand: 'traceOpensearch(client)',
  },
  // The class of the client is in the package itself since 1.23, and was in another one before.
  {
    name: 'clickhouse',
    packageName: '@clickhouse/client',
    files: ['dist/common/client.js'],
    byHand: 'traceClickhouse(client)',
  },
  {
    name: 'clickhouse',
    packageName: '@clickhouse/client-common',
    files: ['dist/client.js'],
    byHand: 'traceClickhouse(client)',
  },
];
