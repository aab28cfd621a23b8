// Compiled, not only run: `tsc -b` fails where a wrong use compiles, or a right one does not.
import { createTracer } from '../create-tracer.ts';
import { createHttpTracing, type HttpOptions, type HttpTracingOptions, traceHandler } from './index.ts';

const tracer = createTracer({ exporter: [], env: {}, flushOnExit: false });
const quiet = { env: {}, outbound: false } as const;
const handler = (): void => {};

test('takes a tracer, or what makes one', () => {
  traceHandler(handler, tracer);
  traceHandler(handler, { tracer, ...quiet, ignore: ({ url }) => url === '/health' });
  traceHandler(handler, { serviceName: 'hello', exporter: [], ...quiet });
  createHttpTracing({ tracer: undefined, exporter: [], ...quiet });
});

test('refuses both, when it is compiled and when it runs', () => {
  // @ts-expect-error
  expect(() => traceHandler(handler, { tracer, serviceName: 'hello' })).toThrow('serviceName must be left out when');
  // @ts-expect-error
  expect(() => createHttpTracing({ tracer, exporter: [] })).toThrow('exporter must be left out when tracer is given');
  // @ts-expect-error
  const options: HttpTracingOptions = { tracer, logLevel: 'none' };
  expect(() => createHttpTracing(options)).toThrow('logLevel must be left out when tracer is given');
});

test('lets a helper add a tracer, or a name, to options about HTTP', () => {
  const withTracer = (options: HttpOptions) => createHttpTracing({ ...options, tracer });
  const withName = (options: HttpOptions) =>
    createHttpTracing({ ...options, serviceName: 'hello', exporter: [], env: {} });
  expect(withTracer({ outbound: false })).toHaveProperty('begin');
  expect(withName({ outbound: false })).toHaveProperty('begin');
});
