// Each format through a service: in by header, out by the headers of a call that it makes.
import { alwaysOffSampler, getBaggage, parentBasedSampler } from '@waymark/core';
import type { TracingOptions } from '../server/adapter-under-test.ts';
import { closeAll, startDownstream, startTraced } from '../server/traced-app.ts';
import { frameworks } from './frameworks.ts';

const TRACE = '80f198ee56343ba864fe8b2a57d3eff7';
const SPAN = 'e457b5a2e4d86bd1';
const ROOT = `Root=1-${TRACE.slice(0, 8)}-${TRACE.slice(8)}`;

type Format = 'b3' | 'b3multi' | 'jaeger' | 'xray';
type Headers = readonly (readonly [name: string, value: string])[];

afterEach(closeAll);

describe.each(frameworks)('%s', (_, adapter) => {
  async function serve(tracing: TracingOptions, headers: Headers) {
    const downstream = await startDownstream();
    const baggage: (string | undefined)[] = [];
    const app = await startTraced(adapter, {
      tracing,
      routes: [
        {
          method: 'GET',
          path: '/users/:id',
          async handler({ send }) {
            baggage.push(getBaggage('tenant'));
            await (await fetch(downstream.url)).arrayBuffer();
            send(200);
          },
        },
      ],
    });
    await app.request('/users/7', { headers });
    return { app, sent: downstream.calls[0] ?? {}, baggage };
  }

  test.each<[format: Format, headers: Headers, sent: (spanId: string) => object]>([
    ['b3', [['b3', `${TRACE}-${SPAN}-1`]], (spanId) => ({ b3: `${TRACE}-${spanId}-1` })],
    ['b3', [['b3', `${TRACE}-${SPAN}-d`]], (spanId) => ({ b3: `${TRACE}-${spanId}-d` })],
    [
      'b3multi',
      [
        ['X-B3-TraceId', TRACE],
        ['X-B3-SpanId', SPAN],
        ['X-B3-Sampled', '1'],
      ],
      (spanId) => ({ 'x-b3-traceid': TRACE, 'x-b3-spanid': spanId, 'x-b3-sampled': '1' }),
    ],
    [
      'jaeger',
      [['uber-trace-id', `${TRACE}:${SPAN}:0:3`]],
      (spanId) => ({ 'uber-trace-id': `${TRACE}:${spanId}:0:3` }),
    ],
    [
      'xray',
      [['X-Amzn-Trace-Id', `Self=1-0-0;${ROOT};Parent=${SPAN};Sampled=1`]],
      (spanId) => ({ 'x-amzn-trace-id': `${ROOT};Parent=${spanId};Sampled=1` }),
    ],
  ])('continues a trace that came as %s %j', async (format, headers, sent) => {
    const served = await serve({ propagators: [format] }, headers);
    const [client, server] = await served.app.spans(2);
    expect(server).toMatchObject({ traceId: TRACE, parentSpanId: SPAN, parentIsRemote: true, kind: 'server' });
    expect(served.sent).toMatchObject(sent(client?.spanId ?? ''));
    expect(served.sent).not.toHaveProperty('traceparent');
    expect(served.sent).not.toHaveProperty('x-b3-parentspanid');
  });

  test.each<[format: Format, headers: Headers]>([
    ['b3', [['b3', '0']]],
    ['b3', [['b3', `${TRACE}-${SPAN}-0`]]],
    ['b3multi', [['X-B3-Sampled', '0']]],
    ['jaeger', [['uber-trace-id', `${TRACE}:${SPAN}:0:0`]]],
    ['xray', [['X-Amzn-Trace-Id', `${ROOT};Parent=${SPAN};Sampled=0`]]],
  ])('records nothing, and says so onward, for %s %j', async (format, headers) => {
    const { app, sent } = await serve({ propagators: [format] }, headers);
    expect(await app.spans(0)).toEqual([]);
    const { b3, 'x-b3-sampled': sampled, 'uber-trace-id': jaeger, 'x-amzn-trace-id': xray } = sent;
    expect([b3, sampled, jaeger, xray].join('')).toMatch(/(-0|^0|:0|Sampled=0)$/);
  });

  test.each<[format: Format, headers: Headers]>([
    ['b3', [['b3', `${TRACE}-${SPAN}`]]],
    ['xray', [['X-Amzn-Trace-Id', `${ROOT};Parent=${SPAN};Sampled=?`]]],
  ])('makes its sampling decision for %s %j, which leaves it open', async (format, headers) => {
    const on = await serve({ propagators: [format] }, headers);
    const [, server] = await on.app.spans(2);
    expect(server).toMatchObject({ traceId: TRACE, parentSpanId: SPAN });
    await closeAll();
    const sampler = parentBasedSampler({ root: alwaysOffSampler() });
    const off = await serve({ propagators: [format], sampler }, headers);
    expect(Object.values(off.sent).join()).toContain(TRACE.slice(8));
    expect(off.app.exporter.spans).toEqual([]);
  });

  test('starts with the trace id of a load balancer', async () => {
    const { app } = await serve({ propagators: ['xray'] }, [['X-Amzn-Trace-Id', ROOT]]);
    const [, server] = await app.spans(2);
    expect(server).toMatchObject({ traceId: TRACE });
    expect(server).not.toHaveProperty('parentSpanId');
  });

  test('has Jaeger’s baggage in the handler, and sends it on', async () => {
    const { app, sent, baggage } = await serve({ propagators: ['jaeger'] }, [['uberctx-tenant', 'J%C3%B6rg']]);
    await app.spans(2);
    expect(baggage).toEqual(['Jörg']);
    expect(sent).toMatchObject({ 'uberctx-tenant': 'J%C3%B6rg' });
  });

  test('records jaeger-debug-id on the root span', async () => {
    const { app } = await serve({ propagators: ['jaeger'] }, [['jaeger-debug-id', 'ticket 17']]);
    const [client, server] = await app.spans(2);
    expect(server?.attributes).toMatchObject({ 'jaeger-debug-id': 'ticket 17' });
    expect(client?.attributes).not.toHaveProperty('jaeger-debug-id');
  });

  test('links the caller of a second format, and writes both', async () => {
    const { app, sent } = await serve({ propagators: ['tracecontext', 'b3'] }, [
      ['traceparent', `00-${TRACE}-${SPAN}-01`],
      ['b3', `${SPAN}-${SPAN}-1`],
    ]);
    const [client, server] = await app.spans(2);
    expect(server).toMatchObject({ traceId: TRACE, links: [{ traceId: SPAN.padStart(32, '0'), spanId: SPAN }] });
    expect(sent).toMatchObject({
      traceparent: `00-${TRACE}-${client?.spanId}-01`,
      b3: `${TRACE}-${client?.spanId}-1`,
    });
  });
});
