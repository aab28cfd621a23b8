// Compiled, not only run: `tsc -b` fails where a wrong use compiles, or a right one does not.
import { createTracer, type Span } from '@waymark/core';
import { inMemoryExporter } from '@waymark/core/testing';
import type { Request } from 'express';
import { type TracingOptions, traceNest, tracing } from './index.ts';

const tracer = createTracer({ exporter: [], env: {}, flushOnExit: false });
const quiet = { env: {}, outbound: false } as const;
const nest = {} as Parameters<typeof traceNest>[0]; // never called

test('takes a tracer, or what makes one', () => {
  tracing(tracer);
  tracing({ tracer, ...quiet, ignore: ({ path }) => path === '/health' });
  tracing({ serviceName: 'gateway', exporter: inMemoryExporter(), ...quiet, trust: 'link' });
  tracing({ tracer: undefined, exporter: [], ...quiet });
  tracing({ tracer, serviceName: undefined, ...quiet });
});

test('refuses both, when it is compiled and when it runs', () => {
  // @ts-expect-error
  expect(() => tracing({ tracer, serviceName: 'gateway' })).toThrow('serviceName must be left out when');
  // @ts-expect-error
  expect(() => tracing({ tracer, exporter: [] })).toThrow('exporter must be left out when tracer is given');
  // @ts-expect-error
  const options: TracingOptions = { tracer, sampler: () => true };
  expect(() => tracing(options)).toThrow('sampler must be left out when tracer is given');
  // @ts-expect-error
  const setUpNest = () => traceNest(nest, { tracer, serviceName: 'gateway' });
  expect(setUpNest).toBeInstanceOf(Function);
});

test('types req.span as it is: absent on a request that tracing() has not seen', () => {
  const read = ({ span }: Request): Span | undefined => span;
  // @ts-expect-error
  const readUnchecked = ({ span }: Request): string => span.traceId;
  expect(read({} as Request)).toBeUndefined();
  expect(() => readUnchecked({} as Request)).toThrow(TypeError);
});
