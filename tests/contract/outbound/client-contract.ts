// What tracing does for every HTTP client. https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span
import {
  activeSpan,
  alwaysOffSampler,
  parseTraceparent,
  type SpanExporter,
  withBaggage,
  withContext,
} from '@waymark/core';
import type { OutboundClient } from './clients.ts';
import { type Downstream, findDeadOrigin, startDownstream, startSecureDownstream } from './downstream.ts';
import { codeOf, describeCall, readTraceparent, startTracing, type Tracing } from './tracing.ts';

export function describeClient(client: OutboundClient): void {
  let downstream: Downstream;
  let tracing: Tracing;

  beforeEach(async () => {
    downstream = await startDownstream();
    tracing = startTracing();
  });

  afterEach(async () => {
    tracing.stop();
    await downstream.close();
  });

  /** Calls in a span, reads the answer, and returns the span of the call. */
  async function call(path: string, options?: Parameters<OutboundClient['send']>[1]) {
    await tracing.inCaller(async () => (await client.send(downstream.origin + path, options)).text());
    const [span] = await tracing.calls(1);
    return span;
  }

  describe('the span', () => {
    test('has the attributes of the conventions', async () => {
      const span = await call('/ok');
      expect(span).toMatchObject({ name: 'GET', kind: 'client', status: { code: 'unset' }, events: [], links: [] });
      expect({ ...span?.attributes }).toEqual({
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'network.peer.address': '127.0.0.1',
        'network.peer.port': downstream.port,
        'network.protocol.version': '1.1',
        'server.address': '127.0.0.1',
        'server.port': downstream.port,
        'url.full': `${downstream.origin}/ok`,
      });
    });

    test('is a child of the active span', async () => {
      const caller = await tracing.inCaller(async (span) => {
        await (await client.send(`${downstream.origin}/ok`)).text();
        return span;
      });
      expect((await tracing.calls(1))[0]).toMatchObject({ traceId: caller.traceId, parentSpanId: caller.spanId });
    });

    test('has the secrets of its URL redacted, and the rest as it was', async () => {
      const span = await call('/ok?a=%20+b&sig=s3cret&X-Amz-Signature=s3cret&b');
      expect(span?.attributes['url.full']).toBe(
        `${downstream.origin}/ok?a=%20+b&sig=REDACTED&X-Amz-Signature=REDACTED&b`,
      );
      expect(downstream.received[0]?.path).toBe('/ok?a=%20+b&sig=s3cret&X-Amz-Signature=s3cret&b');
    });

    test('is named HTTP for a method that is not known', async () => {
      const span = await call('/ok', { method: 'PROPFIND' });
      expect(span?.name).toBe('HTTP');
      expect(span?.attributes).toMatchObject({
        'http.request.method': '_OTHER',
        'http.request.method_original': 'PROPFIND',
      });
    });

    test.each([
      [204, 'GET 204 unset'],
      [304, 'GET 304 unset'],
      [399, 'GET 399 unset'],
      [400, 'GET 400 error error.type 400'],
      [404, 'GET 404 error error.type 404'],
      [500, 'GET 500 error error.type 500'],
    ])(
      'of an answer with status %d has the status of the conventions, without a description',
      async (status, expected) => {
        const span = await call(`/status/${status}`);
        expect(describeCall(span as never)).toBe(expected);
        expect(span?.status.message).toBeUndefined();
      },
    );

    test('gives the sampler the attributes of the call', async () => {
      const asked: unknown[] = [];
      tracing.stop();
      tracing = startTracing({
        sampler: ({ name, kind, attributes }) => {
          asked.push({ name, kind, ...attributes });
          return true;
        },
      });
      await call('/ok?sig=s3cret');
      expect(asked[1]).toEqual({
        name: 'GET',
        kind: 'client',
        'http.request.method': 'GET',
        'server.address': '127.0.0.1',
        'server.port': downstream.port,
        'url.full': `${downstream.origin}/ok?sig=REDACTED`,
      });
    });

    test('carries a request body through', async () => {
      const span = await call('/ok', { method: 'POST', body: 'some body' });
      expect(describeCall(span as never)).toBe('POST 200 unset');
    });

    test('leaves the active span to the application', async () => {
      await tracing.inCaller(async (caller) => {
        const answer = await client.send(`${downstream.origin}/ok`);
        expect(activeSpan()).toBe(caller);
        await answer.text();
        expect(activeSpan()).toBe(caller);
      });
    });
  });

  describe('how it ends', () => {
    test('with the headers, if the body is not read', async () => {
      await tracing.inCaller(async () => {
        const answer = await client.send(`${downstream.origin}/big`);
        expect((await tracing.calls(1)).map(describeCall)).toEqual(['GET 200 unset']);
        await answer.cancel();
      });
      expect((await tracing.calls(1)).map(describeCall)).toEqual(['GET 200 unset']);
    });

    test('with the headers, if the body is slow', async () => {
      await tracing.inCaller(async () => {
        const answer = await client.send(`${downstream.origin}/slow`);
        expect((await tracing.calls(1)).map(describeCall)).toEqual(['GET 200 unset']);
        downstream.release();
        expect(await answer.text()).toBe('firstlast');
      });
      await tracing.calls(1);
    });

    test('with the headers, if the body breaks off', async () => {
      await tracing.inCaller(async () => {
        const answer = await client.send(`${downstream.origin}/cut`);
        await expect(answer.text()).rejects.toThrow();
      });
      expect((await tracing.calls(1)).map(describeCall)).toEqual(['GET 200 unset']);
    });

    test('with the final answer, not with an informational one', async () => {
      expect(describeCall((await call('/hints')) as never)).toBe('GET 200 unset');
    });

    test('as cancelled, which is no error, when the caller gives up waiting', async () => {
      const controller = new AbortController();
      await tracing.inCaller(async () => {
        const answer = client.send(`${downstream.origin}/hang`, { signal: controller.signal });
        await downstream.waitForRequests(1);
        controller.abort();
        await expect(answer).rejects.toThrow();
      });
      expect((await tracing.calls(1)).map(describeCall)).toEqual(['GET unanswered unset cancelled']);
    });

    test('as answered, when the caller gives up reading', async () => {
      const controller = new AbortController();
      await tracing.inCaller(async () => {
        const answer = await client.send(`${downstream.origin}/slow`, { signal: controller.signal });
        const text = answer.text();
        controller.abort();
        await expect(text).rejects.toThrow();
      });
      expect((await tracing.calls(1)).map(describeCall)).toEqual(['GET 200 unset']);
    });

    test('as an error, when time is up', async () => {
      const controller = new AbortController();
      await tracing.inCaller(async () => {
        const answer = client.send(`${downstream.origin}/hang`, { signal: controller.signal });
        await downstream.waitForRequests(1);
        controller.abort(new DOMException('time is up', 'TimeoutError')); // what AbortSignal.timeout() does
        await expect(answer).rejects.toThrow();
      });
      expect((await tracing.calls(1)).map(describeCall)).toEqual(['GET unanswered error error.type timeout']);
    });

    test('without a span, when the signal was aborted before the call', async () => {
      await tracing.inCaller(async () => {
        await expect(client.send(`${downstream.origin}/ok`, { signal: AbortSignal.abort() })).rejects.toThrow();
      });
      const calls = await tracing.calls(client.checksSignalFirst ? 0 : 1);
      expect(calls.map(describeCall)).toEqual(client.checksSignalFirst ? [] : ['GET unanswered unset cancelled']);
      expect(downstream.received).toEqual([]);
    });

    test.each([
      ['no server listens', findDeadOrigin],
      ['the name is unknown', async () => 'http://nowhere.invalid'],
      ['the certificate is not trusted', startSecureOrigin],
      ['the server hangs up', async () => `${downstream.origin}/reset`],
    ])('with the code of the failure, when %s', async (_what, findUrl) => {
      const url = await findUrl();
      const failure = await tracing.inCaller(() => client.send(url).then(fail, (error: unknown) => error));
      const [span] = await tracing.calls(1);
      expect(codeOf(failure)).toMatch(/^[A-Z_]{5,}$/);
      expect(describeCall(span as never)).toBe(`GET unanswered error error.type ${codeOf(failure)}`);
    });

    test('without a span, when the request could not be made', async () => {
      await tracing.inCaller(async () => {
        await expect(client.send(downstream.origin, { headers: { 'bad header': 'x' } })).rejects.toThrow();
        await expect(client.send('nothing://127.0.0.1')).rejects.toThrow();
      });
      expect(await tracing.calls(0)).toEqual([]);
    });

    // fetch makes a separate request for each redirect (https://github.com/nodejs/undici). For the other clients, the test follows them.
    test('once for each hop of a redirect, and counts the resends', async () => {
      await tracing.inCaller(async () => {
        let path = '/redirect/xx';
        for (let status = 302; status === 302; ) {
          const answer = await client.send(downstream.origin + path);
          await answer.text();
          status = answer.status;
          path = path === '/redirect/xx' ? '/redirect/x' : path === '/redirect/x' ? '/redirect/' : '/ok';
        }
        await (await client.send(`${downstream.origin}/ok`)).text();
      });
      expect((await tracing.calls(5)).map(describeCall)).toEqual([
        'GET 302 unset',
        'GET 302 unset resend 1',
        'GET 302 unset resend 2',
        'GET 200 unset resend 3',
        'GET 200 unset',
      ]);
    });
  });

  describe('what it sends', () => {
    test('is the context of the span', async () => {
      const span = await call('/ok');
      const [request] = downstream.received;
      expect(request?.headers.traceparent).toBe(`00-${span?.traceId}-${span?.spanId}-03`);
      expect(request?.count('traceparent')).toBe(1);
    });

    test('is the baggage and the tracestate of the caller', async () => {
      const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
      const { tracer } = tracing;
      const context = tracer.extract({ traceparent, tracestate: 'congo=t61', baggage: 'user=7' });
      await tracer.withSpan('caller', { parent: context }, async () => {
        await (await client.send(`${downstream.origin}/ok`)).text();
      });
      expect(downstream.received[0]?.headers).toMatchObject({ tracestate: 'congo=t61', baggage: 'user=7' });
    });

    test('is no second traceparent if the application has set one', async () => {
      const own = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
      const { tracer } = tracing;
      await tracer.withSpan(
        'caller',
        { parent: tracer.extract({ traceparent, tracestate: 'congo=t61' }) },
        async () => {
          await (await client.send(`${downstream.origin}/ok`, { headers: { TraceParent: own } })).text();
        },
      );
      const [request] = downstream.received;
      expect(request?.count('traceparent')).toBe(1);
      expect(request?.headers).toMatchObject({ traceparent: own });
      expect(request?.headers).not.toHaveProperty('tracestate');
      expect((await tracing.calls(1)).map(describeCall)).toEqual(['GET 200 unset']);
    });

    test('is no second baggage or tracestate if the application has set one', async () => {
      const { tracer } = tracing;
      const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
      const context = tracer.extract({ traceparent, tracestate: 'congo=t61', baggage: 'user=7' });
      await tracer.withSpan('caller', { parent: context }, async () => {
        const headers = { Baggage: 'mine=1', TraceState: 'rojo=1' };
        await (await client.send(`${downstream.origin}/ok`, { headers })).text();
      });
      const [request] = downstream.received;
      expect(request?.headers).toMatchObject({ tracestate: 'rojo=1', baggage: 'mine=1' });
      expect(readTraceparent(request?.headers.traceparent)).toMatchObject({
        traceId: parseTraceparent(traceparent)?.traceId,
      });
    });

    test('leaves the caller’s headers object alone', async () => {
      const headers = Object.freeze({ 'x-own': '1' });
      await call('/ok', { headers });
      expect(headers).toEqual({ 'x-own': '1' });
      expect(downstream.received[0]?.headers).toMatchObject({ 'x-own': '1', traceparent: expect.any(String) });
    });

    test('is a separate parent id for each call, with flags 00, below a span that is not sampled', async () => {
      tracing.stop();
      tracing = startTracing({ sampler: alwaysOffSampler() });
      const caller = await tracing.inCaller(async (span) => {
        for (let round = 0; round < 2; round++) await (await client.send(`${downstream.origin}/ok`)).text();
        return span;
      });
      const sent = downstream.received.map(({ headers }) => readTraceparent(headers.traceparent));
      const ids = new Set([caller.spanId, ...sent.map(({ spanId }) => spanId)]);
      expect(sent).toMatchObject([
        { traceId: caller.traceId, flags: '02' },
        { traceId: caller.traceId, flags: '02' },
      ]);
      expect(ids.size).toBe(3);
      expect(tracing.exporter.spans).toEqual([]);
    });

    test('is nothing, and no span, where tracing is suppressed, as for exporters', async () => {
      let send = (): Promise<void> => Promise.resolve();
      const exporter: SpanExporter = {
        name: 'busy',
        start({ untraced }) {
          send = () => untraced(async () => void (await (await client.send(`${downstream.origin}/ok`)).text()));
        },
        export() {},
        stats: () => ({ exported: 0, waiting: 0, dropped: {} }),
      };
      tracing.stop();
      tracing = startTracing({ exporter });
      await tracing.inCaller(() => withBaggage({ user: '7' }, send));
      expect(downstream.received[0]?.headers).not.toHaveProperty('traceparent');
      expect(downstream.received[0]?.headers).not.toHaveProperty('baggage');
      expect(tracing.tracer.stats().started).toBe(1);
    });

    test('is baggage alone if there is no active span and the tracer of the process is disabled', async () => {
      await withBaggage({ user: '7' }, async () => (await client.send(`${downstream.origin}/ok`)).text());
      expect(downstream.received[0]?.headers).not.toHaveProperty('traceparent');
      expect(downstream.received[0]?.headers).toMatchObject({ baggage: 'user=7' });
    });

    test('is nothing after tracing has been stopped', async () => {
      tracing.stop();
      await tracing.inCaller(async () => (await client.send(`${downstream.origin}/ok`)).text());
      expect(downstream.received[0]?.headers).not.toHaveProperty('traceparent');
      expect(await tracing.calls(0)).toEqual([]);
    });

    test('is still the context after the tracer has been shut down', async () => {
      const { tracer } = tracing;
      await tracing.inCaller(async (caller) => {
        await tracer.shutdown();
        await (await client.send(`${downstream.origin}/ok`)).text();
        expect(readTraceparent(downstream.received[0]?.headers.traceparent)).toMatchObject({ traceId: caller.traceId });
        expect(caller.isRecording()).toBe(true);
      });
    });
  });

  describe('a fault of ours', () => {
    test('in a propagator is counted, and the request goes on', async () => {
      const broken = { name: 'broken', fields: ['x-broken'], extract: fail, inject: fail };
      tracing.stop();
      tracing = startTracing({ propagators: [broken, 'tracecontext'] });
      const span = await call('/ok');
      expect(downstream.received[0]?.headers.traceparent).toContain(span?.spanId);
      expect(tracing.tracer.stats().diagnostics).toEqual({ 'propagator-failed': 1 });
    });

    test('in any other place is counted, and the request goes on', async () => {
      const { tracer } = tracing;
      const broken = {
        trace: { a: 0, b: 0, c: 0, d: 1 },
        idHigh: 0,
        idLow: 1,
        tracer,
        get mode(): never {
          return fail();
        },
      };
      const answer = await withContext({ span: broken as never, baggage: undefined }, async () => {
        return (await client.send(`${downstream.origin}/ok`)).text();
      });
      expect(answer).toBe('none');
      expect(tracer.stats().diagnostics).toEqual({ 'instrumentation-failed': 1 });
    });
  });

  test('calls made at the same time do not mix', async () => {
    const { tracer } = tracing;
    const count = 200;
    const callers = await Promise.all(
      Array.from({ length: count }, (_, index) =>
        tracer.withSpan(`caller ${index}`, { parent: null }, async (caller) => {
          for (let round = 0; round < 3; round++) {
            const answer = await client.send(`${downstream.origin}/echo/${index}`);
            expect(readTraceparent(await answer.text())).toMatchObject({ traceId: caller.traceId });
            expect(activeSpan()).toBe(caller);
          }
          return caller;
        }),
      ),
    );
    const parentOf = new Map(callers.map(({ traceId, spanId }) => [traceId, spanId]));
    const calls = await tracing.calls(count * 3);
    for (const { traceId, parentSpanId } of calls) expect(parentSpanId).toBe(parentOf.get(traceId));
    const sent = downstream.received.map(({ headers }) => readTraceparent(headers.traceparent).spanId);
    expect(new Set(sent)).toEqual(new Set(calls.map(({ spanId }) => spanId)));
  });
}

const opened: Downstream[] = [];

async function startSecureOrigin(): Promise<string> {
  const downstream = await startSecureDownstream();
  opened.push(downstream);
  return downstream.origin;
}

afterEach(async () => {
  for (const downstream of opened.splice(0)) await downstream.close();
});

function fail(): never {
  throw new Error('a fault of ours');
}
