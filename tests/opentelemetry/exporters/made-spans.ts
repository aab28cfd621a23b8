// Spans with everything that a span may have, for a comparison of what exporters send.
import type { Tracer } from '@waymark/core';

const callerId = '0af7651916cd43dd8448eb211c80319c';

export function makeSpans(tracer: Tracer): void {
  const caller = tracer.extract({
    traceparent: `00-${callerId}-b7ad6b7169203331-01`,
    tracestate: 'vendor=a:b,other=1',
  });
  const linked = {
    traceId: '1'.repeat(32),
    spanId: '2'.repeat(16),
    traceFlags: 1,
    traceState: 'of=link',
    isRemote: true,
  };
  const startMs = Date.now() + 0.25;
  const server = tracer.startSpan('POST /pay', {
    kind: 'server',
    parent: caller,
    startTime: startMs,
    attributes: {
      text: 'a "b" é 🦊',
      empty: '',
      integer: 7,
      negative: -3,
      zero: 0,
      half: 0.5,
      large: Number.MAX_SAFE_INTEGER,
      yes: true,
      no: false,
      texts: ['a', 'b', ''],
      integers: [1, 2],
      halves: [0.5, -1.25],
      flags: [true, false],
      nothing: [],
      bytes: new Uint8Array([0, 1, 255]),
      1: 'a key like a place',
    },
    links: [
      { context: linked, attributes: { why: 'retry' } },
      { context: { ...linked, traceFlags: 0, isRemote: false } },
    ],
  });
  tracer.startSpan('charge', { kind: 'client', parent: server, startTime: startMs + 1 }).end(startMs + 2.000001);
  const job = tracer.withScope('shop', '1.2.0').startSpan('enqueue', { kind: 'producer', parent: server });
  job.setStatus({ code: 'ok' });
  job.end();
  tracer.withScope('bare').startSpan('take', { kind: 'consumer', parent: server, links: [] }).end();
  server.addEvent('cache.miss', { key: 'k', size: 3 }, startMs + 3);
  server.recordException(new RangeError('too much'));
  server.setStatus({ code: 'error', message: 'too much' });
  server.end(startMs + 1999.9999);
  tracer.withSpan('a root', () => tracer.startSpan('its child').end());
}

/** The limits with which some of it is dropped, so that the counts of what was dropped are compared too. */
export const limits = { attributeCount: 15, eventCount: 1, linkCount: 1, attributeCountPerEvent: 1 };
