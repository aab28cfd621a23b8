// What another API keeps with a context is in every context that Waymark makes from it.
import { createServer, get, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { contextWith, currentContext, withContext } from './active-context.ts';
import { Context } from './context.ts';
import { extract, withBaggage } from './current.ts';
import { traceHandler } from './http/index.ts';
import { createTracer, type Propagator, remoteSpan, type TracerOptions, withSpan } from './index.ts';
import { bullmqTelemetry } from './libraries/bullmq.ts';
import { tracedCaller } from './libraries/caller.ts';
import { Operation } from './libraries/operation.ts';
import { instrumentOutbound } from './outbound/index.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';

const values = Object.freeze({ theirs: true });

function setUp(options: TracerOptions = {}) {
  return createTracer({ exporter: inMemoryExporter(), env: {}, logLevel: 'none', flushOnExit: false, ...options });
}

const inside = <Result>(fn: () => Result): Result => withContext(new Context(undefined, undefined, values), fn);

const valuesHere = (): unknown => currentContext()?.values;

const headers = {
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  baggage: 'tenant=acme',
};

test('a context has none unless they are given', () => {
  expect(new Context(undefined, undefined).values).toBeUndefined();
  expect(setUp().withSpan('s', valuesHere)).toBeUndefined();
});

test.each<[string, () => unknown]>([
  ['withSpan()', () => setUp().withSpan('s', valuesHere)],
  ['withSpan() with options', () => setUp().withSpan('s', { kind: 'client' }, valuesHere)],
  ['withSpan() of a new trace', () => setUp().withSpan('s', { parent: null }, valuesHere)],
  ['withSpan() below another', () => setUp().withSpan('a', () => withSpan('b', valuesHere))],
  ['a span that is not sampled', () => setUp({ sampler: 'always_off' }).withSpan('s', valuesHere)],
  ['a disabled tracer', () => setUp({ disabled: true }).withSpan('s', valuesHere)],
  ['contextWith()', () => contextWith(setUp().startSpan('s')).values],
  ['withBaggage()', () => withBaggage({ tenant: 'acme' }, valuesHere)],
  ['extract()', () => extract(headers).values],
  ['extract() of nothing', () => extract({}).values],
  ['a span of what came by header', () => setUp().withSpan('s', { parent: setUp().extract(headers) }, valuesHere)],
  ['an await', () => setUp().withSpan('s', () => Promise.resolve().then(valuesHere))],
])('are kept by %s', async (_how, run) => {
  expect(await inside(run)).toBe(values);
});

const formats = ['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger', 'xray'] as const;

test.each(formats)('are kept by the format %s', (name) => {
  const tracer = setUp({ propagators: [name] });
  const carrier = {};
  tracer.withSpan('s', () => withBaggage({ tenant: 'acme' }, () => tracer.inject(carrier)));
  const context = inside(() => tracer.extract(carrier));
  expect(context.span ?? context.baggage).toBeDefined();
  expect(context.values).toBe(values);
});

test('are those of the context that is the parent', () => {
  const parent = new Context(
    remoteSpan({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }),
    undefined,
  );
  expect(inside(() => setUp().withSpan('s', { parent }, valuesHere))).toBeUndefined();
  expect(setUp().withSpan('s', { parent: new Context(undefined, undefined, values) }, valuesHere)).toBe(values);
});

test.each([7, 'text', () => undefined])('are left out if the parent of another copy has %p', (wrong) => {
  const parent = { span: undefined, baggage: undefined, values: wrong };
  expect(setUp().withSpan('s', { parent: parent as never }, valuesHere)).toBeUndefined();
});

test('are none if reading those of the parent throws', () => {
  const parent = {
    span: undefined,
    baggage: undefined,
    get values(): never {
      throw new Error('no');
    },
  };
  expect(setUp().withSpan('s', { parent }, valuesHere)).toBeUndefined();
});

test.each([
  ['with a span', {}],
  ['without one', { ignore: () => true }],
])('are kept for a request %s', async (_what, options) => {
  const handle = traceHandler((_request, response) => void response.end(String(valuesHere() === values)), {
    tracer: setUp(),
    outbound: false,
    ...options,
  });
  const server = createServer((request, response) => inside(() => handle(request, response)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a server that listens on a port has one
  const answer = await new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', agent: false, headers }, (response) => response.once('data', resolve)).on(
      'error',
      reject,
    );
  });
  await new Promise((resolve) => server.close(resolve));
  expect(String(answer)).toBe('true');
});

test.each([
  ['one format', [], {}] as const,
  ['several formats', ['b3'], {}] as const,
  ['a span that is not sampled', ['b3'], { sampler: 'always_off' }] as const,
])('are seen by the propagators of an outbound call, with %s', async (_what, others, options) => {
  const seen: unknown[] = [];
  const spy: Propagator = {
    name: 'spy',
    fields: ['x-spy'],
    extract: (context) => context,
    inject: (context) => void seen.push(context.values),
  };
  const tracer = setUp({ propagators: ['tracecontext', ...others, spy], ...options });
  const stop = instrumentOutbound();
  const server = createServer((_request, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a server that listens on a port has one
  await inside(() =>
    tracer.withSpan('s', () => {
      return new Promise<void>((resolve, reject) => {
        send({ port, host: '127.0.0.1', agent: false }, (response) => response.resume().on('end', resolve))
          .on('error', reject)
          .end();
      });
    }),
  );
  stop();
  await new Promise((resolve) => server.close(resolve));
  expect(seen).toEqual([values]);
});

test('are kept by the span of a library', () => {
  const tracer = setUp();
  inside(() =>
    tracer.withSpan('s', () => {
      const caller = tracedCaller('pg');
      const operation =
        caller && Operation.begin(caller, { library: 'pg', name: 'SELECT', kind: 'client', attributes: [] });
      expect(operation?.context().span).toMatchObject({ name: 'SELECT' });
      expect(operation?.context().values).toBe(values);
      operation?.end();
    }),
  );
});

test('are kept by a job of BullMQ', () => {
  const tracer = setUp();
  const { tracer: bullmq, contextManager } = bullmqTelemetry();
  inside(() =>
    tracer.withSpan('s', () => {
      const span = bullmq.startSpan('add', { kind: 3 }, contextManager.active());
      span.setAttributes({ 'bullmq.queue.operation': 'add', 'bullmq.queue.name': 'mail' });
      expect(contextManager.with(span.setSpanOnContext(contextManager.active()), valuesHere)).toBe(values);
      span.end();
    }),
  );
});
