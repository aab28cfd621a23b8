// @ts-check
// `npm run backends [-- jest arguments]`: our spans in real Jaeger, Zipkin and OpenTelemetry Collector.
import { runToEnd } from './run-to-end.mjs';
import { installDependencies, root } from './setup.mjs';

installDependencies();
await runToEnd([
  `${root}/node_modules/jest/bin/jest.js`,
  '--config=tests/backends/jest.config.ts',
  ...process.argv.slice(2),
]);
