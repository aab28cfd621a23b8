/** A receiver of OTLP over HTTP, for tests and examples that check what was sent. */
import { decodeTraceRequest } from '../otlp/decode-request.ts';
import type { SpanData } from '../span-data.ts';
import { type SpanReceiver, startSpanReceiver } from './span-receiver.ts';

/** A receiver of OTLP over HTTP that keeps the spans, for tests. */
export type OtlpReceiver = SpanReceiver<SpanData>;

/**
 * Listens on a free port of this machine, for both encodings, compressed or not.
 *
 * @example
 * const receiver = await startOtlpReceiver();
 * const tracer = createTracer({ serviceName: 'job', exporter: otlpExporter({ url: receiver.url }) });
 * tracer.withSpan('work', work);
 * await tracer.flush();
 * expect(receiver.spans.map(({ name }) => name)).toEqual(['work']);
 */
export function startOtlpReceiver({ port = 0 }: { port?: number } = {}): Promise<OtlpReceiver> {
  return startSpanReceiver(
    {
      path: '/v1/traces',
      read: decodeTraceRequest,
      accept(response, contentType) {
        // A full success is an empty message, in the encoding of the request.
        response.setHeader('content-type', contentType).end(contentType.startsWith('application/json') ? '{}' : '');
      },
    },
    port,
  );
}
