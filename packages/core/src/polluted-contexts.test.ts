// A name on the prototype of all objects is no part of a span context, and no option of a sampler.
import { createTracer, parentBasedSampler, traceIdRatioSampler } from './index.ts';
import { otlpExporter } from './otlp/index.ts';
import { startOtlpReceiver } from './testing/otlp-receiver.ts';
import { startZipkinReceiver } from './testing/zipkin-receiver.ts';
import { zipkinExporter } from './zipkin/index.ts';

const caller = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };

function polluted<Result>(name: string, value: unknown, run: () => Result): Result {
  Object.defineProperty(Object.prototype, name, { value, configurable: true, enumerable: true, writable: true });
  try {
    return run();
  } finally {
    Reflect.deleteProperty(Object.prototype, name);
  }
}

const quiet = { env: {}, logLevel: 'none', flushOnExit: false } as const;

test.each([
  ['traceState', 'a=b'],
  ['traceState', 7],
  ['traceState', { a: 1 }],
  ['traceState', () => 1],
  ['isRemote', true],
])('a span with a link is sent in each format with %s = %p', async (name, value) => {
  await using otlp = await startOtlpReceiver();
  await using zipkin = await startZipkinReceiver();
  const exporter = [
    otlpExporter({ url: otlp.url, env: {} }),
    otlpExporter({ url: otlp.url, protocol: 'http/json', env: {} }),
    zipkinExporter({ url: zipkin.url, env: {} }),
  ];
  const tracer = createTracer({ exporter, ...quiet });
  polluted(name, value, () => tracer.startSpan('s', { links: [{ context: caller }] }).end());
  await tracer.flush();
  expect(otlp.spans.map(({ links }) => links)).toEqual([
    [expect.objectContaining(caller)],
    [expect.objectContaining(caller)],
  ]);
  expect(otlp.spans.some(({ links }) => links.some((link) => 'traceState' in link))).toBe(false);
  expect(zipkin.spans.length).toBe(1);
});

test('flags on the prototype sample no trace', () => {
  const tracer = createTracer({ exporter: [], ...quiet });
  const isRecording = polluted('traceFlags', 1, () => tracer.startSpan('s', { parent: caller }).isRecording());
  expect(isRecording).toBe(false);
});

test.each(['remoteParentSampled', 'remoteParentNotSampled', 'localParentSampled', 'localParentNotSampled'])(
  '%s on the prototype is no sampler',
  (name) => {
    const sampler = polluted(name, 'polluted', () => parentBasedSampler({ root: traceIdRatioSampler(1) }));
    expect(sampler.followsLocalParent).toBe(true);
  },
);
