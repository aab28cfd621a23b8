/**
 * Bun and Deno. Their binaries are large, so `npm test` leaves these tests out; `npm run runtimes` runs them.
 *
 * @jest-config-loader esbuild-register
 */
import type { Config } from 'jest';
import workspace from '../../jest.config.ts';

const { globalSetup: _, ...shared } = workspace;

const config: Config = {
  ...shared,
  rootDir: '../..',
  roots: ['<rootDir>/tests/runtimes'],
  testPathIgnorePatterns: ['/node_modules/'],
  // For tests that hang. The first test may have to download a binary.
  testTimeout: 180_000,
};

export default config;
