import { createTracer } from '../create-tracer.ts';
import { createHttpTracing } from '../http/index.ts';
import { otlpExporter } from '../otlp/otlp-exporter.ts';
import { zipkinExporter } from '../zipkin/zipkin-exporter.ts';

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const throwing = new Proxy(
  {},
  {
    get() {
      throw new Error('looked at');
    },
    ownKeys() {
      throw new Error('looked at');
    },
  },
);
const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;

const values: Readonly<Record<string, unknown>> = {
  'a revoked proxy': revoked(),
  'a proxy that throws': throwing,
  'an object without a prototype': Object.create(null),
  'a cyclic object': cyclic,
  'a symbol': Symbol('x'),
  null: null,
  'an array of a revoked proxy': [revoked()],
};

const of = {
  tracing: [
    ...[
      'tracer',
      'ignore',
      'outbound',
      'knownMethods',
      'redactQuery',
      'captureHeaders',
      'trust',
      'allowBaggage',
      'env',
    ],
    ...[
      'propagateTo',
      'traceStateMember',
      'existingTraceHeaders',
      'responseHeaders',
      'traceUrl',
      'serviceName',
      'sampler',
    ],
  ],
  otlpExporter: [
    'url',
    'headers',
    'protocol',
    'compression',
    'timeoutMs',
    'proxy',
    'batch',
    'spool',
    'certificate',
    'env',
  ],
  zipkinExporter: ['url', 'headers', 'compression', 'timeoutMs', 'proxy', 'batch', 'spool', 'certificate', 'env'],
  createTracer: [
    'serviceName',
    'resourceAttributes',
    'sampler',
    'propagators',
    'limits',
    'clock',
    'idGenerator',
    'exporter',
    'env',
  ],
};

const functions: Readonly<Record<keyof typeof of, (options: object) => unknown>> = {
  tracing: (options) => createHttpTracing({ exporter: [], flushOnExit: false, outbound: false, env: {}, ...options }),
  otlpExporter: (options) => otlpExporter({ env: {}, ...options }),
  zipkinExporter: (options) => zipkinExporter({ env: {}, ...options }),
  createTracer: (options) => createTracer({ exporter: [], flushOnExit: false, env: {}, ...options }),
};

const cases = Object.entries(of).flatMap(([fn, names]) =>
  Object.keys(values).flatMap((value) => names.map((name) => [fn as keyof typeof of, name, value] as const)),
);

test.each(cases)('%s() accepts %s that is %s, or throws a WaymarkError', (fn, name, value) => {
  let thrown: unknown;
  try {
    functions[fn]({ [name]: values[value] });
  } catch (error) {
    thrown = error;
  }
  expect([undefined, 'WaymarkError']).toContain((thrown as Error | undefined)?.name);
});

test.each(Object.keys(of) as (keyof typeof of)[])('%s() refuses options that cannot be read', (fn) => {
  const direct = { tracing: createHttpTracing, otlpExporter, zipkinExporter, createTracer }[fn];
  for (const options of [revoked(), throwing]) {
    expect(() => direct(options as never)).toThrow(expect.objectContaining({ name: 'WaymarkError' }));
  }
});
