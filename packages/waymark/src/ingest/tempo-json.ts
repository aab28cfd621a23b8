/**
 * Converts OTLP's JSON as other tools write it. Grafana Tempo calls resources `batches`, and has ids as base64, as
 * protobuf's own JSON does. Files from before OTLP 1.0 have `instrumentationLibrarySpans`.
 *
 * @see https://grafana.com/docs/tempo/latest/api_docs/
 */
import type { JsonObject } from './json-fields.ts';

/** @param document The result of JSON.parse(). It is changed in place. */
export function toOtlpRequest(document: JsonObject): JsonObject {
  const list = document.resourceSpans ?? document.resource_spans ?? document.batches;
  for (const resourceSpans of objectsOf(list)) {
    resourceSpans.scopeSpans ??= resourceSpans.scope_spans ?? librarySpansOf(resourceSpans);
    for (const scopeSpans of objectsOf(resourceSpans.scopeSpans)) {
      for (const span of objectsOf(scopeSpans.spans)) {
        toHexIds(span);
        for (const link of objectsOf(span.links)) toHexIds(link);
      }
    }
  }
  return { resourceSpans: list };
}

function librarySpansOf(resourceSpans: Draft): unknown {
  const libraries = resourceSpans.instrumentationLibrarySpans ?? resourceSpans.instrumentation_library_spans;
  for (const library of objectsOf(libraries)) {
    library.scope ??= library.instrumentationLibrary ?? library.instrumentation_library;
  }
  return libraries;
}

const idFields = ['traceId', 'trace_id', 'spanId', 'span_id', 'parentSpanId', 'parent_span_id'];

/** 16 or 8 bytes have other lengths in base64 than in hex. */
function toHexIds(into: Draft): void {
  for (const field of idFields) {
    const id = into[field];
    if (typeof id === 'string' && /^(?:[\w+/-]{22}==|[\w+/-]{11}=)$/.test(id)) {
      into[field] = Buffer.from(id, 'base64').toString('hex');
    }
  }
}

type Draft = Record<string, unknown>;

/** Items that are not objects are left to the reader, which reports their path. */
function objectsOf(value: unknown): Draft[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is Draft => typeof item === 'object' && item !== null);
}
