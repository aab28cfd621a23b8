/** A receiver of Zipkin's format, for tests and examples that check what was sent. */
import { readZipkinSpans, type ZipkinSpan } from '../zipkin/zipkin-span.ts';
import { type SpanReceiver, startSpanReceiver } from './span-receiver.ts';

/** A receiver of Zipkin's JSON that keeps the spans, for tests. */
export type ZipkinReceiver = SpanReceiver<ZipkinSpan>;

/**
 * Listens on a free port of this machine, for Zipkin's JSON, version 2, compressed or not. A request that Zipkin's
 * server would refuse is answered with status 400.
 *
 * @example
 * const receiver = await startZipkinReceiver();
 * const tracer = createTracer({ serviceName: 'job', exporter: zipkinExporter({ url: receiver.url }) });
 * tracer.withSpan('work', work);
 * await tracer.flush();
 * expect(receiver.spans.map(({ name }) => name)).toEqual(['work']);
 */
export function startZipkinReceiver({ port = 0 }: { port?: number } = {}): Promise<ZipkinReceiver> {
  return startSpanReceiver(
    {
      path: '/api/v2/spans',
      read: (_contentType, body) => readZipkinSpans(body),
      accept: (response) => response.writeHead(202).end(),
    },
    port,
  );
}
