import type { RecordingSpan } from '../recording-span.ts';
import type { Resource } from '../resource.ts';
import type { ByteWriter } from './byte-writer.ts';

/** How spans become the body of a request: what OTLP protobuf, OTLP JSON and others differ in. */
export interface SpanFormat {
  /** Of the request's body. */
  readonly contentType: string;
  /** Appends one span. Called inside its `end()`, so it may not take long. */
  encodeSpan(writer: ByteWriter, span: RecordingSpan): void;
  /** The body for encoded spans of one resource, in parts. `spans` is not empty. */
  frame(spans: readonly Buffer[], resource: Resource): readonly Buffer[];
  /** Makes two bodies of one, with the same spans in the same order. `undefined` if it has one span, or is not from here. */
  halve(body: Buffer): readonly [Half, Half] | undefined;
}

export interface Half {
  readonly body: Buffer;
  readonly spanCount: number;
}
