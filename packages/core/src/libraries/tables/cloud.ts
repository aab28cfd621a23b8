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
];
