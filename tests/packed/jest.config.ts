/**
 * The packed tarballs, as users install them. Slow, so `npm test` leaves them out; `npm run test:packed` runs them.
 *
 * @jest-config-loader esbuild-register
 */
import { join } from 'node:path';
import type { Config } from 'jest';
import workspace from '../../jest.config.ts';

const { maxWorkers, testTimeout, globalSetup, ...shared } = workspace;
const rootDir = join(__dirname, '../..');

const config: Config = {
  rootDir,
  ...(maxWorkers === undefined ? {} : { maxWorkers }),
  testTimeout: 60_000,
  projects: [
    {
      ...shared,
      displayName: 'tarballs',
      rootDir,
      roots: ['<rootDir>/tests/packed'],
      testPathIgnorePatterns: ['/node_modules/', '/fixtures/'],
    },
    // The contract suites again, on what is published and not on its sources.
    {
      ...shared,
      displayName: 'contract',
      rootDir,
      roots: ['<rootDir>/tests/contract'],
      modulePathIgnorePatterns: [],
      testEnvironmentOptions: {},
      globalSetup: '<rootDir>/tests/packed/install-tarballs.ts',
      globalTeardown: '<rootDir>/tests/packed/remove-tarballs.ts',
      resolver: '<rootDir>/tests/packed/resolve-tarballs.cjs',
    },
  ],
};

export default config;
