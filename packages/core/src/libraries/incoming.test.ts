// The work of a message: below its sender, or linked to its senders, and never below the code that subscribed.
import { runInNewContext } from 'node:vm';
import {
  activeSpan,
  createTracer,
  getBaggage,
  setDefaultTracer,
  type Tracer,
  type TracerOptions,
  withBaggage,
  withContext,
} from '../index.ts';
import { processState } from '../process-state.ts';
import { inMemoryExporter } from '../testing/index.ts';
import { untraced } from '../untraced.ts';
import { contextToCarry, hasContext, readContext, writeContext } from './carried-context.ts';
import { Incoming, type IncomingFacts } from './incoming.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const headers = { traceparent: `00-${traceId}-${spanId}-01` };

afterEach(() => {
  processState.defaultTracer = undefined;
});

function setUp(options: TracerOptions = {}) {
  const exporter = inMemoryExporter();
  const tracer: Tracer = createTracer({ exporter, env: {}, logLevel: 'none', ...options });
  setDefaultTracer(tracer);
  return { exporter, tracer };
}

function begin(facts: Partial<IncomingFacts> = {}): Incoming {
  const incoming = Incoming.begin({
    library: 'kafkajs',
    name: 'process orders',
    kind: 'consumer',
    attributes: ['messaging.system', 'kafka'],
    senders: [readContext(headers)],
    ...facts,
  });
  if (incoming === undefined) throw new Error('no span was started');
  return incoming;
}

test('is a child of its sender, also inside a span', () => {
  const { exporter, tracer } = setUp();
  tracer.withSpan('subscribe', () => begin().run(() => tracer.withSpan('work', () => {})));
  const [work, processing] = exporter.spans;
  expect(processing).toMatchObject({
    name: 'process orders',
    kind: 'consumer',
    traceId,
    parentSpanId: spanId,
    attributes: { 'messaging.system': 'kafka' },
    scope: { name: '@waymark/core/libraries/kafkajs' },
  });
  expect(work?.parentSpanId).toBe(processing?.spanId);
});

test.each([
  ['a link is asked for', { linksOnly: true }, 1],
  ['there are several senders', { senders: [readContextOnce, readContextOnce, () => undefined] }, 2],
] as const)('starts a trace with links if %s', (_, facts, count) => {
  const { exporter } = setUp();
  const senders = 'senders' in facts ? facts.senders.map((read) => read()) : [readContext(headers)];
  begin({ ...facts, senders, linkAttributes: (index) => ({ index }) }).end();
  const [span] = exporter.spans;
  expect(span?.traceId).not.toBe(traceId);
  expect(span?.parentSpanId).toBeUndefined();
  expect(span?.links).toMatchObject(
    Array.from({ length: count }, (_link, index) => ({ traceId, spanId, attributes: { index } })),
  );
});

test('starts a trace with a link if the option of the library says so', () => {
  const { exporter } = setUp({ libraries: { kafkajs: { newTracePerMessage: true } } });
  begin().end();
  expect(exporter.spans).toMatchObject([{ links: [{ traceId, spanId }] }]);
  expect(exporter.spans[0]).not.toHaveProperty('parentSpanId');
});

test('has failed without an exception if the handler refuses the message', () => {
  const { exporter } = setUp();
  const incoming = begin();
  incoming.refuse('nack', 'the message was refused');
  incoming.end();
  expect(exporter.spans).toMatchObject([
    {
      attributes: { 'error.type': 'nack' },
      status: { code: 'error', message: 'the message was refused' },
      events: [],
    },
  ]);
});

function readContextOnce() {
  return readContext(headers);
}

test('starts a trace if no context is carried', () => {
  const { exporter } = setUp();
  begin({ senders: [undefined] }).end();
  expect(exporter.spans[0]).toMatchObject({ links: [] });
  expect(exporter.spans[0]).not.toHaveProperty('parentSpanId');
});

test('goes on with the decision and the baggage of a sender that is not sampled', () => {
  const { exporter } = setUp();
  const sender = readContext({ traceparent: `00-${traceId}-${spanId}-00`, baggage: 'tenant=acme' });
  const incoming = begin({ senders: [sender] });
  const carried: Record<string, string> = {};
  incoming.run(() => {
    expect(getBaggage('tenant')).toBe('acme');
    const context = contextToCarry('kafkajs', undefined);
    if (context !== undefined) writeContext(context, carried);
  });
  expect(incoming.isRecording).toBe(false);
  expect(carried).toMatchObject({
    traceparent: expect.stringMatching(`^00-${traceId}-.{16}-0[02]$`),
    baggage: 'tenant=acme',
  });
  expect(exporter.spans).toEqual([]);
});

test('there is none for a library that is turned off, and without a tracer', () => {
  expect(
    Incoming.begin({ library: 'kafkajs', name: 'x', kind: 'consumer', attributes: [], senders: [] }),
  ).toBeUndefined();
  setUp({ libraries: { kafkajs: false } });
  expect(() => begin()).toThrow('no span was started');
});

describe('run', () => {
  test('ends when the promise settles, and passes its result on', async () => {
    const { exporter } = setUp();
    let finish = (_: string): void => {};
    const result = begin().run(() => new Promise<string>((resolve) => (finish = resolve)));
    expect(exporter.spans).toEqual([]);
    finish('done');
    await expect(result).resolves.toBe('done');
    expect(exporter.spans).toHaveLength(1);
  });

  test.each([
    [
      'throws',
      (error: Error) => () => {
        throw error;
      },
    ],
    ['rejects', (error: Error) => () => Promise.reject(error)],
  ])('records what a handler %s, which the library gets unchanged', async (_, handler) => {
    const { exporter } = setUp();
    const error = new RangeError('no stock');
    await expect(async () => begin().run(handler(error))).rejects.toBe(error);
    expect(exporter.spans).toMatchObject([
      {
        status: { code: 'error', message: 'no stock' },
        attributes: { 'error.type': 'RangeError' },
        events: [{ name: 'exception' }],
      },
    ]);
  });

  test('waits for a promise of another realm', async () => {
    const { exporter } = setUp();
    const result = begin().run(() => runInNewContext('Promise.resolve(1)') as Promise<number>, false);
    expect(exporter.spans).toEqual([]);
    await result;
    expect(exporter.spans).toHaveLength(1);
  });

  test('calls then of a thenable that the library does not await: never', () => {
    const { exporter } = setUp();
    // biome-ignore lint/suspicious/noThenProperty: a query builder has it
    const lazy = { then: jest.fn() };
    expect(begin().run(() => lazy, false)).toBe(lazy);
    expect(lazy.then).not.toHaveBeenCalled();
    expect(exporter.spans).toHaveLength(1);
  });
});

test('hooks at the start run in the context of the sender, and find the attributes', () => {
  const seen: unknown[] = [];
  const { tracer } = setUp({
    onStart: (span) => void seen.push([span.name, activeSpan()?.spanId, span.getAttribute('messaging.system')]),
  });
  tracer.withSpan('subscribe', () => begin().end());
  expect(seen[1]).toEqual(['process orders', spanId, 'kafka']);
});

test('samplers get the attributes and the links', () => {
  const facts: unknown[] = [];
  setUp({
    sampler({ attributes, links }) {
      facts.push(attributes, links?.length);
      return true;
    },
  });
  begin({ linksOnly: true }).end();
  expect(facts).toEqual([{ 'messaging.system': 'kafka' }, 1]);
});

describe('what a message carries', () => {
  test('is the span that sends it, or the caller that has none', () => {
    const { tracer } = setUp();
    tracer.withSpan('request', (request) =>
      withBaggage({ tenant: 'acme' }, () => {
        const carrier: Record<string, unknown> = {};
        const context = contextToCarry('kafkajs', undefined);
        if (context !== undefined) writeContext(context, carrier);
        expect(carrier).toMatchObject({ traceparent: expect.stringContaining(request.spanId), baggage: 'tenant=acme' });
        expect(hasContext(carrier)).toBe(true);
        expect(readContext(carrier)?.span?.spanId).toBe(request.spanId);
      }),
    );
  });

  test.each([
    ['outside of any span', (fn: () => void) => fn()],
    ['in untraced()', (fn: () => void) => untraced(fn)],
  ])('is nothing %s', (_, around) => {
    setUp();
    around(() => expect(contextToCarry('kafkajs', undefined)).toBeUndefined());
  });

  test('is nothing for a library that is turned off', () => {
    const { tracer } = setUp({ libraries: ['pg'] });
    tracer.withSpan('request', () => expect(contextToCarry('kafkajs', undefined)).toBeUndefined());
  });

  test.each([
    ['nothing', undefined, false],
    ['other headers', { 'content-type': 'json' }, false],
    ['baggage alone', { baggage: 'a=b' }, false],
    ['bytes', { traceparent: Buffer.from(headers.traceparent) }, true],
    ['another case', { TraceParent: headers.traceparent }, true],
  ])('a context is found in a carrier: %s', (_, carrier, expected) => {
    setUp();
    expect(hasContext(carrier)).toBe(expected);
  });

  test('a carrier that throws is left as it is', () => {
    setUp();
    const hostile = new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('hostile');
        },
      },
    );
    expect(hasContext(hostile)).toBe(true);
    expect(readContext(hostile)).toBeUndefined();
    expect(() => withContext({ span: undefined, baggage: undefined }, () => readContext(null as never))).not.toThrow();
  });
});
