/**
 * Tests run from source, with no build before them: the `@waymark/source` condition resolves to `src/`.
 *
 * @jest-config-loader esbuild-register
 */
import type { Config } from 'jest';

// Set by scripts/test.mjs: paths of tests that have a command for themselves.
const leftOut = process.env.WAYMARK_TESTS_LEFT_OUT?.split(',') ?? [];

const config: Config = {
  // Jest would leave a core free; most tests wait for processes and sockets, of which each has its own.
  maxWorkers: '100%',
  // For a test that hangs. On a busy machine one that does not takes several times as long as on a quiet one.
  testTimeout: 60_000,
  roots: ['<rootDir>/packages', '<rootDir>/tests'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '/dist/',
    '/tests/packed/',
    '/tests/backends/',
    '/tests/runtimes/',
    ...leftOut.map((path) => `<rootDir>/${path}`),
  ],
  modulePathIgnorePatterns: ['/dist/'],
  globalSetup: '<rootDir>/packages/waymark/viewer/tests/build-before-tests.mjs',
  // Set by .ci/run.
  setupFilesAfterEnv: process.env.WAYMARK_SECOND_TRY === '1' ? ['<rootDir>/.ci/second-try.cjs'] : [],
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@waymark/source', 'node', 'node-addons'] },
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
};

export default config;
