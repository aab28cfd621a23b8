/**
 * The answers of OTLP, in the encoding of the request: an `ExportTraceServiceResponse`, or a `google.rpc.Status` with the error.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
 */
import { Writer } from 'protobufjs/minimal';
import { messageTag, varintTag } from '../ingest/protobuf-messages.ts';

export type OtlpEncoding = 'protobuf' | 'json';

export const otlpContentTypes: Readonly<Record<OtlpEncoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** An empty message means full success. `rejectedSpans` 0 with a message is a warning. */
export function encodeExportAnswer(
  encoding: OtlpEncoding,
  { rejectedSpans, message = '' }: { readonly rejectedSpans: number; readonly message?: string | undefined },
): Buffer {
  const isFull = rejectedSpans === 0 && message === '';
  if (encoding === 'json') {
    // Protobuf's JSON writes a 64-bit number as a string.
    const partialSuccess = { rejectedSpans: String(rejectedSpans), errorMessage: message };
    return Buffer.from(JSON.stringify(isFull ? {} : { partialSuccess }));
  }
  const writer = Writer.create();
  if (!isFull) {
    writer.uint32(messageTag(1)).fork();
    writer.uint32(varintTag(1)).int64(rejectedSpans);
    if (message !== '') writer.uint32(messageTag(2)).string(message);
    writer.ldelim();
  }
  return Buffer.from(writer.finish());
}

// https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
const grpcCodes: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  413: 3,
  415: 3,
  429: 8,
  500: 13,
  503: 14,
};

export function encodeStatus(encoding: OtlpEncoding, httpStatus: number, message: string): Buffer {
  const code = grpcCodes[httpStatus] ?? 2;
  if (encoding === 'json') return Buffer.from(JSON.stringify({ code, message }));
  const writer = Writer.create();
  writer.uint32(varintTag(1)).int32(code);
  writer.uint32(messageTag(2)).string(message);
  return Buffer.from(writer.finish());
}
