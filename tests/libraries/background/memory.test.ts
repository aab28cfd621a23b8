// Requests that leave timers behind: a timer keeps its callback, and nothing of the request but the ids of its span.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createTracer, setBaggage } from '@waymark/core';
import { inMemoryExporter } from '@waymark/core/testing';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const tracer = createTracer({ exporter: [], env: {}, logLevel: 'none', flushOnExit: false });
const count = 100_000;

function heapAfter(fn: () => void): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  fn();
  collectGarbage();
  return process.memoryUsage().heapUsed - before;
}

/** Timers that do not fire in this test. */
function leaveTimers(start: (leave: () => void) => void): NodeJS.Timeout[] {
  return Array.from({ length: count }, () => {
    let timer: NodeJS.Timeout | undefined;
    start(() => {
      timer = setTimeout(() => {}, 3_600_000).unref();
    });
    return timer as NodeJS.Timeout; // set by start()
  });
}

test('100,000 requests that leave a timer keep a few hundred bytes each', () => {
  let plain: NodeJS.Timeout[] = [];
  let traced: NodeJS.Timeout[] = [];
  const inRequest = (leave: () => void) =>
    tracer.withSpan('request', { parent: null, attributes: { body: 'x'.repeat(2000) } }, (span) => {
      setBaggage('tenant', 'acme');
      for (let step = 0; step < 3; step++) tracer.withSpan('step', () => span.addEvent('step'));
      leave();
    });
  leaveTimers(inRequest).forEach(clearTimeout); // compiled
  const ofPlain = heapAfter(() => {
    plain = leaveTimers((leave) => leave());
  });
  const ofTraced = heapAfter(() => {
    traced = leaveTimers(inRequest);
  });
  for (const timer of [...plain, ...traced]) clearTimeout(timer);
  // The span without its data, its trace, the context, and the baggage, which the callback may read.
  expect((ofTraced - ofPlain) / count).toBeLessThan(1000);
});

test('a timer that fires again and again keeps no request but the one that has started it', async () => {
  const exporter = inMemoryExporter();
  const own = createTracer({ exporter, env: {}, logLevel: 'none', flushOnExit: false });
  let left = 20_000;
  let tick: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    // Each turn plans the next one inside its span.
    tick = () => {
      own.withSpan('tick', () => {
        if (--left === 0) resolve();
        else setImmediate(tick);
      });
      if (left % 1000 === 0) exporter.reset();
    };
  });
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  own.withSpan('request', () => void setImmediate(tick));
  await done;
  collectGarbage();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(5_000_000);
});
