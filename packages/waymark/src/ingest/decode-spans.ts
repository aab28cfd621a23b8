/**
 * Decodes the body of a request, in any format that senders use, into spans of the model. Core has smaller decoders for
 * the receivers of users' tests; core/src/otlp/decode-request.ts says why there are two.
 */
import { type BodyEncoding, inflateBody } from './inflate-body.ts';
import { decodeOtlpJson } from './otlp-json.ts';
import { decodeOtlpProtobuf } from './otlp-protobuf.ts';
import { readJson } from './read-json.ts';
import { createSpanBatch, type DecodedSpans } from './span-batch.ts';
import { decodeZipkinJson } from './zipkin-json.ts';
import { decodeZipkinProtobuf } from './zipkin-protobuf.ts';
import { decodeZipkinV1Json } from './zipkin-v1-json.ts';

export type IngestFormat = 'otlp-protobuf' | 'otlp-json' | 'zipkin-json' | 'zipkin-v1-json' | 'zipkin-protobuf';

/**
 * @throws {UnreadableBody} If the body is not in the given format, or would take too much memory. The message says
 *   where decoding stopped.
 */
export function decodeSpans(
  format: IngestFormat,
  compressedBody: Uint8Array,
  encoding: BodyEncoding = 'identity',
): DecodedSpans {
  const body = inflateBody(compressedBody, encoding);
  const batch = createSpanBatch();
  switch (format) {
    case 'otlp-protobuf':
      decodeOtlpProtobuf(body, batch);
      break;
    case 'otlp-json':
      decodeOtlpJson(readJson(body, 'OTLP'), batch);
      break;
    case 'zipkin-json':
      decodeZipkinJson(readJson(body, 'Zipkin'), batch);
      break;
    case 'zipkin-v1-json':
      decodeZipkinV1Json(readJson(body, 'Zipkin'), batch);
      break;
    case 'zipkin-protobuf':
      decodeZipkinProtobuf(body, batch);
      break;
  }
  return batch.finish();
}
