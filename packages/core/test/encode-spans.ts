/** The body of a request with the spans of a tracer, as the send queue makes it: for tests of a format. */
import type { SpanExporter } from '../src/exporter.ts';
import type { RecordingSpan } from '../src/recording-span.ts';
import type { Resource } from '../src/resource.ts';
import type { SpanFormat } from '../src/sending/span-format.ts';
import { SpansByScope } from '../src/sending/spans-by-scope.ts';

export interface EncodingExporter extends SpanExporter {
  /** The body for the spans that have ended since the last call. At least one has. */
  body(): Buffer;
}

export function encodingExporter(format: SpanFormat): EncodingExporter {
  const spans = new SpansByScope(Number.POSITIVE_INFINITY);
  let resource: Resource | undefined;
  return {
    name: 'bytes',
    export(span: RecordingSpan) {
      const writer = spans.writerFor(span.scope);
      writer.beginItem();
      format.encodeSpan(writer, span);
      resource = span.tracer.resource;
    },
    stats: () => ({ exported: 0, waiting: 0, dropped: {} }),
    body: () => Buffer.concat(format.frame(spans.take(), resource as Resource)), // at least one span has ended
  };
}
