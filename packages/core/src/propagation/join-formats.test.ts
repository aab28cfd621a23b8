// Several formats in one list: the resulting spans and headers of a tracer.
import { createTracer } from '../create-tracer.ts';
import type { TracerOptions } from '../options.ts';
import { alwaysOffSampler, alwaysOnSampler, parentBasedSampler, type SamplingInput } from '../sampler.ts';
import type { SpanData } from '../span-data.ts';
import { inMemoryExporter } from '../testing/in-memory-exporter.ts';
import { ignoredSpan } from '../untraced.ts';
import type { Propagator } from './propagator.ts';

const TRACE = '80f198ee56343ba864fe8b2a57d3eff7';
const SPAN = 'e457b5a2e4d86bd1';
const OTHER_TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const OTHER_SPAN = '00f067aa0ba902b7';
const ROOT = `Root=1-${TRACE.slice(0, 8)}-${TRACE.slice(8)}`;

type Headers = Record<string, string>;

/** A server span of a request with these headers, and the headers of a call in it. */
function serve(headers: Headers, options: TracerOptions): { span: SpanData | undefined; sent: Headers } {
  const exporter = inMemoryExporter();
  const tracer = createTracer({ exporter, env: {}, flushOnExit: false, logLevel: 'none', ...options });
  const sent: Headers = {};
  tracer.withSpan('serve', { kind: 'server', parent: tracer.extract(headers) }, () => tracer.inject(sent));
  expect(tracer.stats().diagnostics).toEqual({});
  return { span: exporter.spans[0], sent };
}

function callerOf(headers: Headers, propagators: TracerOptions['propagators']): string | undefined {
  const { span } = serve(headers, { propagators, sampler: alwaysOnSampler() });
  return `${span?.traceId}-${span?.parentSpanId}`;
}

describe('two formats that name different spans', () => {
  const headers = { traceparent: `00-${TRACE}-${SPAN}-01`, b3: `${OTHER_TRACE}-${OTHER_SPAN}-1` };

  test('the first in the list is the parent, and the other a link', () => {
    const { span } = serve(headers, { propagators: ['tracecontext', 'b3'] });
    expect(span).toMatchObject({ traceId: TRACE, parentSpanId: SPAN });
    expect(span?.links).toMatchObject([{ traceId: OTHER_TRACE, spanId: OTHER_SPAN }]);

    const { span: reversed } = serve(headers, { propagators: ['b3', 'tracecontext'] });
    expect(reversed).toMatchObject({ traceId: OTHER_TRACE, parentSpanId: OTHER_SPAN });
    expect(reversed?.links).toMatchObject([{ traceId: TRACE, spanId: SPAN }]);
  });

  test('so is another span of the same trace', () => {
    const sameTrace = { ...headers, b3: `${TRACE}-${OTHER_SPAN}-1` };
    const { span } = serve(sameTrace, { propagators: ['tracecontext', 'b3'] });
    expect(span).toMatchObject({ parentSpanId: SPAN });
    expect(span?.links).toMatchObject([{ traceId: TRACE, spanId: OTHER_SPAN }]);
  });

  test('of three, the two others are links', () => {
    const three = { ...headers, 'uber-trace-id': '1:2:0:1' };
    const { span } = serve(three, { propagators: ['jaeger', 'tracecontext', 'b3'] });
    expect(span?.traceId).toBe('1'.padStart(32, '0'));
    expect(span?.links.map(({ traceId }) => traceId)).toEqual([TRACE, OTHER_TRACE]);
  });

  test('only spans directly below the caller get the link', () => {
    const exporter = inMemoryExporter();
    const tracer = createTracer({ exporter, env: {}, flushOnExit: false, propagators: ['b3', 'tracecontext'] });
    tracer.withSpan('serve', { parent: tracer.extract(headers) }, () => tracer.withSpan('inner', () => {}));
    expect(exporter.spans.map(({ name, links }) => [name, links.length])).toEqual([
      ['inner', 0],
      ['serve', 1],
    ]);
  });

  test('a malformed one counts as absent', () => {
    const { span } = serve({ ...headers, traceparent: 'bad' }, { propagators: ['tracecontext', 'b3'] });
    expect(span).toMatchObject({ traceId: OTHER_TRACE, links: [] });
  });

  test('a root alone cannot be a link', () => {
    const behindBalancer = { traceparent: `00-${OTHER_TRACE}-${OTHER_SPAN}-01`, 'x-amzn-trace-id': ROOT };
    const { span } = serve(behindBalancer, { propagators: ['tracecontext', 'xray'] });
    expect(span).toMatchObject({ traceId: OTHER_TRACE, links: [] });
  });
});

describe('two formats that name the same span', () => {
  test('are one caller', () => {
    const headers = { traceparent: `00-${TRACE}-${SPAN}-01`, b3: `${TRACE}-${SPAN}-1` };
    for (const propagators of [['tracecontext', 'b3'] as const, ['b3', 'tracecontext'] as const]) {
      expect(serve(headers, { propagators }).span).toMatchObject({ traceId: TRACE, parentSpanId: SPAN, links: [] });
    }
  });

  test('add up: tracestate and the random flag of one, debug of the other', () => {
    const headers = { traceparent: `00-${TRACE}-${SPAN}-03`, tracestate: 'vendor=1', b3: `${TRACE}-${SPAN}-d` };
    for (const propagators of [['tracecontext', 'b3'] as const, ['b3', 'tracecontext'] as const]) {
      const { span, sent } = serve(headers, { propagators });
      expect(sent).toEqual({
        traceparent: `00-${TRACE}-${span?.spanId}-03`,
        tracestate: 'vendor=1',
        b3: `${TRACE}-${span?.spanId}-d`,
      });
    }
  });

  test('follow the decision of the first', () => {
    const headers = { traceparent: `00-${TRACE}-${SPAN}-00`, b3: `${TRACE}-${SPAN}-1` };
    expect(serve(headers, { propagators: ['tracecontext', 'b3'] }).span).toBeUndefined();
    expect(serve(headers, { propagators: ['b3', 'tracecontext'] }).span).toBeDefined();
  });

  test('follow the decision of the second if the first leaves it open', () => {
    const sampler = parentBasedSampler({ root: alwaysOffSampler() });
    const headers = { traceparent: `00-${TRACE}-${SPAN}-01`, b3: `${TRACE}-${SPAN}` };
    expect(serve(headers, { propagators: ['b3', 'tracecontext'], sampler }).span).toBeDefined();
  });

  test('stay open if the second has no word for that', () => {
    const headers = { traceparent: `00-${TRACE}-${SPAN}-00`, b3: `${TRACE}-${SPAN}` };
    expect(serve(headers, { propagators: ['b3', 'tracecontext'] }).span).toBeDefined();
  });
});

describe('a decision without ids', () => {
  test('stops sampling', () => {
    expect(serve({ b3: '0' }, { propagators: ['b3'] }).span).toBeUndefined();
    expect(serve({ 'x-b3-sampled': '0' }, { propagators: ['b3multi'] }).span).toBeUndefined();
  });

  test('goes on with the ids of the new trace', () => {
    expect(serve({ b3: '0' }, { propagators: ['b3'] }).sent.b3).toMatch(/^[0-9a-f]{32}-[0-9a-f]{16}-0$/);
  });

  test.each(['1', 'd'])('asks for sampling as %s', (b3) => {
    const sampler = parentBasedSampler({ root: alwaysOffSampler() });
    const { span, sent } = serve({ b3 }, { propagators: ['b3'], sampler });
    expect(span).not.toHaveProperty('parentSpanId');
    expect(span).toMatchObject({ parentIsRemote: false });
    expect(sent.b3).toBe(`${span?.traceId}-${span?.spanId}-${b3}`);
  });

  test('goes with the ids of another format, whichever is first', () => {
    const headers = { b3: '0', traceparent: `00-${TRACE}-${SPAN}-01` };
    expect(serve(headers, { propagators: ['b3', 'tracecontext'] }).span).toBeUndefined();
    const asked = { b3: '1', traceparent: `00-${TRACE}-${SPAN}-00` };
    expect(serve(asked, { propagators: ['b3', 'tracecontext'] }).span).toMatchObject({
      traceId: TRACE,
      parentSpanId: SPAN,
    });
    expect(serve(headers, { propagators: ['tracecontext', 'b3'] }).span).toMatchObject({ traceId: TRACE });
  });

  test('passes through an ignored request unchanged', () => {
    const tracer = createTracer({ propagators: ['b3'], exporter: [], env: {}, flushOnExit: false });
    const sent: Headers = {};
    const ignored = ignoredSpan(tracer.extract({ b3: '0' }).span);
    tracer.inject(sent, undefined, { span: ignored, baggage: undefined });
    expect(sent).toEqual({ b3: '0' });
  });
});

describe('debug', () => {
  test.each([
    ['b3', { b3: `${TRACE}-${SPAN}-d` }],
    ['b3multi', { 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-flags': '1' }],
    ['jaeger', { 'uber-trace-id': `${TRACE}:${SPAN}:0:3` }],
  ] as const)('of %s is recorded whatever the sampler says, and carried on', (format, headers) => {
    const { span, sent } = serve(headers, { propagators: [format], sampler: alwaysOffSampler() });
    expect(span).toMatchObject({ traceId: TRACE, parentSpanId: SPAN });
    expect(JSON.parse(JSON.stringify(sent).replaceAll(span?.spanId ?? '', SPAN))).toEqual(headers);
  });

  test('is sent in W3C’s headers as sampled', () => {
    const { span, sent } = serve({ b3: `${TRACE}-${SPAN}-d` }, { propagators: ['b3', 'tracecontext'] });
    expect(sent.traceparent).toBe(`00-${TRACE}-${span?.spanId}-01`);
  });

  test('is shared by the spans below, and by no other trace', () => {
    const tracer = createTracer({ propagators: ['b3'], exporter: [], env: {}, flushOnExit: false });
    const inner: Headers = {};
    tracer.withSpan('a', { parent: tracer.extract({ b3: 'd' }) }, () =>
      tracer.withSpan('b', () => tracer.inject(inner)),
    );
    expect(inner.b3).toMatch(/-d$/);
    const next: Headers = {};
    tracer.withSpan('c', { parent: null }, () => tracer.inject(next));
    expect(next.b3).toMatch(/-1$/);
  });

  test('by jaeger-debug-id starts a trace, with the id only on its root', () => {
    const exporter = inMemoryExporter();
    const sampler = parentBasedSampler({ root: alwaysOffSampler() });
    const tracer = createTracer({ propagators: ['jaeger'], sampler, exporter, env: {}, flushOnExit: false });
    const parent = tracer.extract({ 'jaeger-debug-id': 'ticket 17' });
    const sent: Headers = {};
    tracer.withSpan('serve', { kind: 'server', parent }, () => tracer.withSpan('inner', () => tracer.inject(sent)));
    const [inner, root] = exporter.spans;
    expect(root?.attributes).toEqual({ 'jaeger-debug-id': 'ticket 17' });
    expect(inner?.attributes).toEqual({});
    expect(sent['uber-trace-id']).toBe(`${root?.traceId}:${inner?.spanId}:0:3`);
  });

  test('by jaeger-debug-id has no effect together with a context of any format', () => {
    const headers = { 'jaeger-debug-id': 'x', traceparent: `00-${TRACE}-${SPAN}-00` };
    for (const propagators of [['tracecontext', 'jaeger'] as const, ['jaeger', 'tracecontext'] as const]) {
      expect(serve(headers, { propagators }).span).toBeUndefined();
    }
  });
});

describe('a decision that is left open', () => {
  const cases = [
    ['b3', { b3: `${TRACE}-${SPAN}` }],
    ['b3multi', { 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN }],
    ['xray', { 'x-amzn-trace-id': `${ROOT};Parent=${SPAN};Sampled=?` }],
    ['xray', { 'x-amzn-trace-id': `${ROOT};Parent=${SPAN}` }],
  ] as const;

  test.each(cases)('by %s is taken by the root sampler, and the ids are kept', (format, headers) => {
    const on = serve(headers, { propagators: [format], sampler: parentBasedSampler({ root: alwaysOnSampler() }) });
    expect(on.span).toMatchObject({ traceId: TRACE, parentSpanId: SPAN, parentIsRemote: true });
    const off = serve(headers, { propagators: [format], sampler: parentBasedSampler({ root: alwaysOffSampler() }) });
    expect(off.span).toBeUndefined();
    expect(JSON.stringify(off.sent)).toContain(TRACE.slice(8));
  });

  test.each(cases)('by %s passes through an ignored request unchanged', (format, headers) => {
    const tracer = createTracer({ propagators: [format], exporter: [], env: {}, flushOnExit: false });
    const sent: Headers = {};
    const ignored = ignoredSpan(tracer.extract({ ...headers }).span);
    tracer.inject(sent, undefined, { span: ignored, baggage: undefined });
    const complete = { 'x-amzn-trace-id': `${ROOT};Parent=${SPAN};Sampled=?` };
    expect(sent).toEqual(format === 'xray' ? complete : headers);
  });

  test('is undefined for a custom sampler', () => {
    const asked: SamplingInput['parent'][] = [];
    const sampler = ({ parent }: SamplingInput) => asked.push(parent) > 0;
    for (const b3 of [`${TRACE}-${SPAN}`, `${TRACE}-${SPAN}-0`, '0']) serve({ b3 }, { propagators: ['b3'], sampler });
    expect(asked).toEqual([
      { spanId: SPAN, isSampled: undefined, isRemote: true },
      { spanId: SPAN, isSampled: false, isRemote: true },
      { spanId: undefined, isSampled: false, isRemote: true },
    ]);
  });
});

test('a root alone gives the trace its id, and the span no parent', () => {
  const { span, sent } = serve({ 'x-amzn-trace-id': ROOT }, { propagators: ['xray'] });
  expect(span).toMatchObject({ traceId: TRACE, parentIsRemote: false });
  expect(span).not.toHaveProperty('parentSpanId');
  expect(sent).toEqual({ 'x-amzn-trace-id': `${ROOT};Parent=${span?.spanId};Sampled=1` });
});

test('a root alone is completed by another format with the same trace', () => {
  const headers = { 'x-amzn-trace-id': ROOT, traceparent: `00-${TRACE}-${SPAN}-01` };
  expect(callerOf(headers, ['xray', 'tracecontext'])).toBe(`${TRACE}-${SPAN}`);
  expect(callerOf(headers, ['tracecontext', 'xray'])).toBe(`${TRACE}-${SPAN}`);
});

test('ids that are not W3C’s do not count as random', () => {
  const { sent } = serve({ b3: `${TRACE}-${SPAN}-1` }, { propagators: ['b3', 'tracecontext'] });
  expect(sent.traceparent).toMatch(/-01$/);
});

describe('all formats of the list are written', () => {
  const propagators = ['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger', 'xray'] as const;

  test('with the same span', () => {
    const { span, sent } = serve({}, { propagators });
    const { traceId = '', spanId = '' } = span ?? {};
    expect(sent).toEqual({
      traceparent: `00-${traceId}-${spanId}-03`,
      b3: `${traceId}-${spanId}-1`,
      'x-b3-traceid': traceId,
      'x-b3-spanid': spanId,
      'x-b3-sampled': '1',
      'uber-trace-id': `${traceId}:${spanId}:0:1`,
      'x-amzn-trace-id': `Root=1-${traceId.slice(0, 8)}-${traceId.slice(8)};Parent=${spanId};Sampled=1`,
    });
  });

  test('with the same span id for an unsampled call, and another for the next', () => {
    const tracer = createTracer({
      propagators,
      sampler: alwaysOffSampler(),
      exporter: [],
      env: {},
      flushOnExit: false,
    });
    const calls: Headers[] = [{}, {}];
    tracer.withSpan('serve', () => {
      for (const headers of calls) tracer.inject(headers);
    });
    const ids = calls.map((headers) => headers['x-b3-spanid'] ?? '');
    expect(ids[0]).not.toBe(ids[1]);
    for (const [index, id] of ids.entries()) {
      expect(id).toMatch(/^[0-9a-f]{16}$/);
      const others = ['traceparent', 'b3', 'uber-trace-id', 'x-amzn-trace-id'].map((name) => calls[index]?.[name]);
      for (const other of others) expect(other).toContain(id);
    }
  });
});

test('the baggage of two formats is joined, and the first wins for a key', () => {
  const tracer = (propagators: TracerOptions['propagators']) =>
    createTracer({ propagators, exporter: [], env: {}, flushOnExit: false });
  const headers = { baggage: 'tenant=acme,a=1', 'uberctx-tenant': 'other', 'uberctx-b': '2' };
  const read = (propagators: TracerOptions['propagators']) =>
    [...(tracer(propagators).extract(headers).baggage?.entries() ?? [])].map(([key, { value }]) => `${key}=${value}`);
  expect(read(['baggage', 'jaeger'])).toEqual(['tenant=acme', 'a=1', 'b=2']);
  expect(read(['jaeger', 'baggage'])).toEqual(['tenant=other', 'b=2', 'a=1']);
});

test('a custom format works like any other', () => {
  const own: Propagator = {
    name: 'own',
    fields: ['own'],
    extract: (context) => ({ ...context, span: { foreign: true } as never }),
    inject: () => {},
  };
  const { span } = serve({ b3: `${TRACE}-${SPAN}-1` }, { propagators: ['b3', own] });
  expect(span).toMatchObject({ traceId: TRACE, links: [] });
});
