// Spans of your own. No server, no request: a job, a script or a worker traces the same way.
import { setTimeout as work } from 'node:timers/promises';
import { consoleExporter, getTracer, startSpan, withSpan } from '@waymark/core';

// The first call says what the process's tracer is like; withSpan() and startSpan() use it.
getTracer({ serviceName: 'nightly-report', exporter: consoleExporter() });

await withSpan('report', { attributes: { 'report.month': '2026-11' } }, async (span) => {
  // withSpan() ends its span when the promise settles, and gives back what you return.
  const rows = await withSpan('loadRows', async () => {
    await work(20);
    return [{ total: 40 }, { total: 25 }];
  });
  span.setAttribute('report.rows', rows.length);

  // startSpan() leaves the end to you: for work that is not one function.
  const render = startSpan('render');
  await work(5);
  render.addEvent('page', { number: 1 }).end();

  // What is thrown is recorded, marks the span as failed, and comes out unchanged.
  await withSpan('mail', () => Promise.reject(new Error('no mail server'))).catch((error) => {
    span.addEvent('saved instead', { reason: error.message });
  });
});

// What you should see:
//
// trace 0e1ead30e37dbc2e371d060eda53d711  4 spans, 1 service, 28.5 ms, 1 failed
// nightly-report report report.month=2026-11 report.rows=2  28.5 ms  ─────────────────────────
// ├─ loadRows                                               21.2 ms  ╶──────────────────
// ├─ render                                                 5.53 ms                     ╶────╴
// └─ mail                                                   0.47 ms                          ╶
//      ✗ Error: no mail server
