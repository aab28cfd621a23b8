// Sampling: which traces are kept. The sampler decides when a trace starts, before any work is done for the trace.
import { createTracer, parentBasedSampler } from '@waymark/core';

// A tenth of all traces that start here. Of traces that start elsewhere, those that were kept there.
const tenth = createTracer({
  serviceName: 'tenth',
  exporter: 'none',
  sampler: { name: 'parentbased_traceidratio', ratio: 0.1 },
});

// Your own rule: only the checkouts. Under parentBasedSampler() it is called once for each trace.
const own = createTracer({
  serviceName: 'own',
  exporter: 'none',
  sampler: parentBasedSampler({ root: ({ name }) => name === 'checkout' }),
});

for (const [name, tracer] of Object.entries({ tenth, own })) {
  for (let count = 0; count < 1000; count++) {
    tracer.withSpan('checkout', () => tracer.withSpan('pay', () => {}));
    tracer.withSpan('health check', () => {});
  }
  const { started } = tracer.stats();
  console.log(`${name}: kept ${started} of 3000 spans`);
}

// What you should see, with another number near 300 in the first line:
//
// tenth: kept 291 of 3000 spans
// own: kept 2000 of 3000 spans
