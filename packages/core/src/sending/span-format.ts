import type { RecordingSpan } from '../recording-span.ts';
import type { Resource } from '../resource.ts';
import type { ByteWriter } from './byte-writer.ts';
import type { ScopeSpans } from './spans-by-scope.ts';

/** How spans become the body of a request: implemented by OTLP protobuf, OTLP JSON and Zipkin's JSON. */
export interface SpanFormat {
  /** The `content-type` of requests. */
  readonly contentType: string;
  /** Appends one span. Called inside its `end()`, so it must be fast. */
  encodeSpan(writer: ByteWriter, span: RecordingSpan): void;
  /** The body for encoded spans of one resource, in parts. There is at least one span. */
  frame(scopes: readonly ScopeSpans[], resource: Resource): readonly Buffer[];
  /** Splits a body in two, with the same spans in the same order. The body may come from an earlier version. `undefined` for a body with one span, or of another program. */
  halve(body: Buffer): readonly [Half, Half] | undefined;
}

export interface Half {
  readonly body: Buffer;
  readonly spanCount: number;
}
