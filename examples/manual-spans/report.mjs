// Your own spans, without a server or a request. A job, a script or a worker traces the same way.
import { setTimeout as work } from 'node:timers/promises';
import { getTracer, startSpan, withSpan } from '@waymark/core';

// The first call sets the options of the process's tracer. withSpan() and startSpan() use this tracer.
getTracer({ serviceName: 'nightly-report', exporter: 'console' });

await withSpan('report', { attributes: { 'report.month': '2026-11' } }, async (span) => {
  // withSpan() ends its span when the promise settles, and returns what the function returns.
  const rows = await withSpan('loadRows', async () => {
    await work(20);
    return [{ total: 40 }, { total: 25 }];
  });
  span.setAttribute('report.rows', rows.length);

  // startSpan() is for work that is not one function. You end the span yourself.
  const render = startSpan('render');
  await work(5);
  render.addEvent('page', { number: 1 }).end();

  // An exception is recorded, fails the span, and is rethrown unchanged.
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
