/**
 * The packed tarballs, as users install them. Slow, so `npm test` leaves them out; `npm run test:packed` runs them.
 *
 * @jest-config-loader esbuild-register
 */
import type { Config } from 'jest';
import workspace from '../../jest.config.ts';

const config: Config = {
  ...workspace,
  rootDir: '../..',
  roots: ['<rootDir>/tests/packed'],
  testPathIgnorePatterns: ['/node_modules/', '/fixtures/'],
  testTimeout: 60_000,
};

export default config;
