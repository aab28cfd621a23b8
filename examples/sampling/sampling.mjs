// Sampling: which traces are kept. Decided when a trace starts, before anything is done for it.
import { createTracer, parentBasedSampler, traceIdRatioSampler } from '@waymark/core';

// A tenth of all traces, and of those that come from elsewhere the ones that were kept there.
const tenth = createTracer({
  serviceName: 'tenth',
  exporter: [],
  sampler: parentBasedSampler({ root: traceIdRatioSampler(0.1) }),
});

// A rule of your own: the checkouts, and nothing else. Under parentBasedSampler() it is asked once for each trace.
const own = createTracer({
  serviceName: 'own',
  exporter: [],
  sampler: parentBasedSampler({ root: ({ name }) => name === 'checkout' }),
});

for (const tracer of [tenth, own]) {
  for (let count = 0; count < 1000; count++) {
    tracer.withSpan('checkout', () => tracer.withSpan('pay', () => {}));
    tracer.withSpan('health check', () => {});
  }
  const { started } = tracer.stats();
  console.log(`${tracer.settings.serviceName}: kept ${started} of 3000 spans`);
}

// What you should see, with another number near 300 in the first line:
//
// tenth: kept 291 of 3000 spans
// own: kept 2000 of 3000 spans
