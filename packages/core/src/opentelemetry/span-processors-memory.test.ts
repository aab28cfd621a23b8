// What stays in memory of spans that processors of OpenTelemetry's SDK have got.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createTracer } from '../create-tracer.ts';
import type { OpenTelemetrySpanProcessor } from '../open-telemetry-types.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const forgetful: OpenTelemetrySpanProcessor = {
  onStart() {},
  onEnd() {},
  forceFlush: async () => {},
  shutdown: async () => {},
};

test('an ended span that is still referred to has no data, as in the context of an idle socket', async () => {
  const tracer = createTracer({
    spanProcessors: [forgetful],
    exporter: 'none',
    env: {},
    logLevel: 'none',
    flushOnExit: false,
  });
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const spans = Array.from({ length: 200 }, (_, index) => {
    const span = tracer.startSpan('upload', {
      attributes: { text: Buffer.alloc(100_000, 97 + (index % 26)).toString() },
    });
    span.end();
    return span;
  });
  await new Promise(setImmediate);
  collectGarbage();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(5_000_000);
  expect(spans).toHaveLength(200);
});
