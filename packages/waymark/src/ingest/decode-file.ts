/** Reads a file with traces, of whatever tool it was saved by: the format is recognised by its shape. */
import type { DecodedSpans } from './decode-spans.ts';
import { inflateBody } from './inflate-body.ts';
import { decodeJaegerJson } from './jaeger-json.ts';
import { decodeOtlpJson } from './otlp-json.ts';
import { readJson } from './read-json.ts';
import { createSpanBatch } from './span-batch.ts';
import { UnreadableBody } from './unreadable-body.ts';
import { decodeZipkinJson } from './zipkin-json.ts';

export type FileFormat = 'otlp' | 'jaeger' | 'zipkin';

/** Of what is sent, and of what it unpacks to: a file of 50,000 spans has 40 MB. */
export const maxFileBytes: number = 128 * 1024 * 1024;

/** @throws {UnreadableBody} */
export function decodeFile(file: Uint8Array): DecodedSpans & { readonly format: FileFormat } {
  // By its first bytes: browsers do not say what a file is packed with.
  const isPacked = file[0] === 0x1f && file[1] === 0x8b;
  const document = readDocument(isPacked ? inflateBody(file, 'gzip', { maxBytes: maxFileBytes }) : file);
  const batch = createSpanBatch();
  const format = formatOf(document);
  switch (format) {
    case 'otlp':
      // The OpenTelemetry Collector's file exporter writes a request on each line.
      for (const request of Array.isArray(document) ? document : [document]) decodeOtlpJson(request, batch);
      break;
    case 'jaeger':
      decodeJaegerJson(isTrace(document) ? { data: [document] } : document, batch);
      break;
    case 'zipkin':
      // `GET /api/v2/traces` has a list for each trace.
      decodeZipkinJson((document as unknown[]).flat(), batch);
      break;
  }
  return { format, ...batch.finish() };
}

function readDocument(body: Uint8Array): unknown {
  try {
    return readJson(body, 'a file with traces in');
  } catch (error) {
    const requests = readLines(body);
    if (requests === undefined) throw error;
    return requests;
  }
}

function readLines(body: Uint8Array): unknown[] | undefined {
  const lines: unknown[] = [];
  let start = 0;
  while (start < body.length) {
    const found = body.indexOf(0x0a, start);
    const end = found < 0 ? body.length : found;
    const line = body.subarray(start, end);
    start = end + 1;
    if (line.length === 0) continue;
    try {
      lines.push(readJson(line, 'OTLP'));
    } catch {
      return undefined;
    }
  }
  return lines.length > 1 ? lines : undefined;
}

function formatOf(document: unknown): FileFormat {
  if (Array.isArray(document)) {
    const [first = {}] = document;
    if (isOtlp(first)) return 'otlp';
    return 'zipkin';
  }
  if (isOtlp(document)) return 'otlp';
  if (isTrace(document) || (isObject(document) && Array.isArray(document.data))) return 'jaeger';
  throw new UnreadableBody(
    'This JSON has no traces that can be read: OTLP has resourceSpans, Jaeger has data, Zipkin is a list of spans.',
  );
}

function isOtlp(value: unknown): boolean {
  return isObject(value) && (Array.isArray(value.resourceSpans) || Array.isArray(value.resource_spans));
}

/** One trace of Jaeger's, without the answer around it. */
function isTrace(value: unknown): boolean {
  return isObject(value) && Array.isArray(value.spans) && isObject(value.processes);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
