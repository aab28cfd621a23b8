// Compiled, not only run: `tsc -b` fails where a wrong use compiles, or a right one does not.
import { createTracer, type Span } from '@waymark/core';
import { inMemoryExporter } from '@waymark/core/testing';
import Fastify, { type FastifyRequest } from 'fastify';
import { type TracingOptions, traceNest, tracing } from './index.ts';

const tracer = createTracer({ exporter: [], env: {}, flushOnExit: false });
const quiet = { env: {}, outbound: false } as const;
const nest = {} as Parameters<typeof traceNest>[0]; // never called

test('takes a tracer, or what makes one', async () => {
  await Fastify().register(tracing, tracer);
  await Fastify().register(tracing, { tracer, ...quiet, ignore: ({ url }) => url === '/health' });
  await Fastify().register(tracing, { serviceName: 'orders', exporter: inMemoryExporter(), ...quiet, trust: 'link' });
  await Fastify().register(tracing, { tracer: undefined, exporter: [], ...quiet });
  await Fastify().register(tracing, { tracer, serviceName: undefined, ...quiet });
});

test('refuses both, when it is compiled and when it runs', async () => {
  // @ts-expect-error
  const named = async () => Fastify().register(tracing, { tracer, serviceName: 'orders' });
  await expect(named).rejects.toThrow('serviceName must be left out when tracer is given');
  // @ts-expect-error
  const options: TracingOptions = { tracer, sampler: () => true };
  expect(options).toBeInstanceOf(Object);
  // @ts-expect-error
  const setUpNest = () => traceNest(nest, { tracer, serviceName: 'orders' });
  expect(setUpNest).toBeInstanceOf(Function);
});

test('takes options that a program builds first', async () => {
  const fromTracer = (isShared: boolean): TracingOptions =>
    isShared ? { tracer, ...quiet } : { serviceName: process.env.NO_SUCH_NAME, exporter: [], ...quiet };
  await Fastify().register(tracing, fromTracer(true));
  await Fastify().register(tracing, { ...fromTracer(false), ignore: '/health' });
  const levelled: TracingOptions = { exporter: [], ...quiet, logLevel: 'warn' };
  await Fastify().register(tracing, levelled);
  // @ts-expect-error register() has a logLevel too, and Fastify has no such level.
  const silent: TracingOptions = { exporter: [], ...quiet, logLevel: 'none' };
  await expect(Fastify().register(tracing, silent as { exporter: [] })).resolves.toBeDefined();
  const setUpNest = () => traceNest(nest, { exporter: [], ...quiet, logLevel: 'none' });
  expect(setUpNest).toBeInstanceOf(Function);
});

test('types request.span as it is: absent on a request that tracing has not seen', () => {
  const read = ({ span }: FastifyRequest): Span | undefined => span;
  // @ts-expect-error
  const readUnchecked = ({ span }: FastifyRequest): string => span.traceId;
  expect(read({} as FastifyRequest)).toBeUndefined();
  expect(() => readUnchecked({} as FastifyRequest)).toThrow(TypeError);
});
