/** Reads a file with traces. It recognises the format by its content, whatever tool saved the file. */
import { splitMessages } from './collector-file.ts';
import { inflateBody } from './inflate-body.ts';
import { decodeJaegerJson } from './jaeger-json.ts';
import { isObject, type JsonObject } from './json-fields.ts';
import { decodeOtlpJson } from './otlp-json.ts';
import { decodeOtlpProtobuf } from './otlp-protobuf.ts';
import { readJson } from './read-json.ts';
import type { DecodedSpans } from './span-batch.ts';
import { createSpanBatch, type SpanBatch } from './span-batch.ts';
import { toOtlpRequest } from './tempo-json.ts';
import { UnreadableBody } from './unreadable-body.ts';
import { decodeWaymarkJson } from './waymark-json.ts';
import { decodeZipkinJson } from './zipkin-json.ts';
import { decodeZipkinV1Json, isZipkinV1 } from './zipkin-v1-json.ts';

export type FileFormat = 'otlp' | 'jaeger' | 'zipkin' | 'waymark';

/** The limit for a file, and for its unpacked content. A file of 50,000 spans has 40 MB. */
export const maxFileBytes: number = 128 * 1024 * 1024;

/** @throws {UnreadableBody} */
export function decodeFile(file: Uint8Array): DecodedSpans & { readonly format: FileFormat } {
  const batch = createSpanBatch();
  const format = readFile(unpack(file, maxFileBytes), batch);
  return { format, ...batch.finish() };
}

/** Recognises compression by the first bytes: browsers do not say how a file is compressed. */
function unpack(file: Uint8Array, maxBytes: number): Uint8Array {
  if (file[0] === 0x1f && file[1] === 0x8b) return inflateBody(file, 'gzip', { maxBytes });
  const isZstd = file[0] === 0x28 && file[1] === 0xb5 && file[2] === 0x2f && file[3] === 0xfd;
  return isZstd ? inflateBody(file, 'zstd', { maxBytes }) : file;
}

function readFile(file: Uint8Array, batch: SpanBatch): FileFormat {
  const messages = splitMessages(file);
  if (messages === undefined) return readText(file, batch);
  let room = maxFileBytes;
  for (const message of messages.whole) {
    const unpacked = unpack(message, Math.max(room, 1));
    room -= unpacked.length;
    if (unpacked[0] === openBrace) decodeOtlpJson(toOtlpRequest(readJson(unpacked, 'OTLP') as JsonObject), batch);
    else decodeOtlpProtobuf(unpacked, batch);
  }
  if (messages.isCutOff) batch.reject(cutOff);
  return 'otlp';
}

const openBrace = 0x7b;

const cutOff = 'the file ends in the middle of a request';

/**
 * Reads JSON, or one JSON document per line, as the OpenTelemetry Collector's file exporter and gRPC's gateway write
 * it.
 */
function readText(file: Uint8Array, batch: SpanBatch): FileFormat {
  let document: unknown;
  try {
    document = readJson(file, 'a file with traces in');
  } catch (error) {
    const lines = readLines(file);
    if (lines !== undefined) {
      const [first] = lines.whole.map((line) => decodeDocument(line, batch));
      if (lines.isCutOff) batch.reject(cutOff);
      return first ?? 'otlp';
    }
    // A request in OTLP's protobuf begins with the tag of its first field, which is the same byte as a line feed.
    if (file[0] !== 0x0a) throw error;
    decodeOtlpProtobuf(file, batch);
    return 'otlp';
  }
  return decodeDocument(document, batch);
}

/** `undefined` if a line is not JSON. The last line may be incomplete, since the file may still be being written. */
function readLines(body: Uint8Array): { readonly whole: readonly unknown[]; readonly isCutOff: boolean } | undefined {
  const whole: unknown[] = [];
  let start = 0;
  while (start < body.length) {
    const found = body.indexOf(0x0a, start);
    const end = found < 0 ? body.length : found;
    const line = body.subarray(start, end);
    start = end + 1;
    if (line.length === 0) continue;
    try {
      whole.push(readJson(line, 'OTLP'));
    } catch {
      return found < 0 && whole.length > 0 ? { whole, isCutOff: true } : undefined;
    }
  }
  return whole.length > 0 ? { whole, isCutOff: false } : undefined;
}

function decodeDocument(document: unknown, batch: SpanBatch): FileFormat {
  if (Array.isArray(document)) return decodeList(document, batch);
  if (isObject(document)) {
    // Jaeger's API v3 and Tempo's API v2 wrap the document in an object.
    const inner = document.result ?? document.trace;
    if (isOtlp(document)) {
      decodeOtlpJson(toOtlpRequest(document), batch);
      return 'otlp';
    }
    if (isObject(inner) && isOtlp(inner)) {
      decodeOtlpJson(toOtlpRequest(inner), batch);
      return 'otlp';
    }
    if (isJaegerTrace(document) || Array.isArray(document.data)) {
      decodeJaegerJson(isJaegerTrace(document) ? { data: [document] } : document, batch);
      return 'jaeger';
    }
    if (typeof document.traceId === 'string' && Array.isArray(document.spans)) {
      decodeWaymarkJson(document, batch);
      return 'waymark';
    }
  }
  throw new UnreadableBody(
    'This JSON has no known form of traces: OTLP has resourceSpans, Tempo batches, Jaeger data, Waymark spans, and Zipkin is a list of spans.',
  );
}

function decodeList(list: readonly unknown[], batch: SpanBatch): FileFormat {
  const [first] = list;
  if (isObject(first) && !isZipkinSpan(first)) {
    const [format] = list.map((item) => decodeDocument(item, batch));
    return format ?? 'otlp';
  }
  // `GET /api/v2/traces` has a list for each trace.
  const spans = list.flat();
  if (spans.some((span) => isObject(span) && isZipkinV1(span))) decodeZipkinV1Json(spans, batch);
  else decodeZipkinJson(spans, batch);
  return 'zipkin';
}

function isZipkinSpan(value: JsonObject): boolean {
  return !isOtlp(value) && !isJaegerTrace(value) && !Array.isArray(value.spans) && !isObject(value.result);
}

function isOtlp({ resourceSpans, resource_spans, batches }: JsonObject): boolean {
  return Array.isArray(resourceSpans ?? resource_spans ?? batches);
}

/** A single trace of Jaeger, without the response around it. */
function isJaegerTrace({ spans, processes }: JsonObject): boolean {
  return Array.isArray(spans) && isObject(processes);
}
