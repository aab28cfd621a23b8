import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createTracer, type TracerOptions } from './index.ts';
import type { RecordingSpan } from './recording-span.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function setUp(options: TracerOptions = {}) {
  return createTracer({ exporter: [], env: {}, logLevel: 'none', flushOnExit: false, ...options });
}

test.each<[string, TracerOptions]>([
  ['without hooks', {}],
  ['with hooks', { onEnding() {} }],
])('a chain of spans, each in the context of the one before, keeps none of the ended ones: %s', (_what, options) => {
  const tracer = setUp(options);
  let span = tracer.startSpan('poll', { parent: null });
  const chain = (length: number): void => {
    for (let count = 0; count < length; count++) {
      span.end();
      span = tracer.startSpan('poll', { parent: span });
    }
  };
  chain(1000);
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  chain(100_000);
  collectGarbage();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(5_000_000);
});

test('spans that still run, and server spans, stay above', () => {
  const tracer = setUp();
  const [root, server] = [tracer.startSpan('root'), tracer.startSpan('server', { kind: 'server' })];
  for (const above of [root, server]) {
    const step = tracer.startSpan('step', { parent: above });
    const inner = tracer.startSpan('inner', { parent: step });
    if (above === server) server.end();
    step.end();
    inner.end();
    tracer.startSpan('late', { parent: inner });
    expect((inner as RecordingSpan).localParent).toBe(above);
  }
});
