/**
 * Real Jaeger, Zipkin and OpenTelemetry Collector. They take long to come by, so `npm test` leaves these tests out;
 * `npm run backends` runs them.
 *
 * @jest-config-loader esbuild-register
 */
import type { Config } from 'jest';
import workspace from '../../jest.config.ts';

const config: Config = {
  ...workspace,
  rootDir: '../..',
  roots: ['<rootDir>/tests/backends'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/tests/backends/start-backends.ts',
  globalTeardown: '<rootDir>/tests/backends/stop-backends.ts',
  maxWorkers: 1,
  // For what hangs. A store needs a moment until it shows what it has taken, more on a busy machine.
  testTimeout: 120_000,
};

export default config;
