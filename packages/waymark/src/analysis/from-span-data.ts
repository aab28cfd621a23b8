/** Reads the spans of a tracer in this process, so that a test can analyse them. */
import type { Attributes, Span, SpanKind, StatusCode, Value } from '../model/span.ts';

/** The part of a span of `inMemoryExporter()`, of `@waymark/core/testing`, that is read. Its `SpanData` has this shape. */
export interface InMemorySpan {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  /** Absent for a root. */
  readonly parentSpanId?: string;
  /** Such as `GET /users/:id`. */
  readonly name: string;
  /** By OpenTelemetry's name. */
  readonly kind: SpanKind;
  /** Unix milliseconds. */
  readonly startMs: number;
  /** Unix milliseconds. */
  readonly endMs: number;
  /** By key. */
  readonly attributes: InMemoryAttributes;
  /** Each with its time in Unix milliseconds. */
  readonly events: readonly {
    readonly name: string;
    readonly timeMs: number;
    readonly attributes: InMemoryAttributes;
  }[];
  /** Each with the ids of the span that it points to. */
  readonly links: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes: InMemoryAttributes;
  }[];
  /** The message is absent unless the code is `error`. */
  readonly status: { readonly code: StatusCode; readonly message?: string };
  /** The service: `service.name` is among the attributes. */
  readonly resource: { readonly attributes: InMemoryAttributes };
}

/** Attributes as `SpanData` has them. */
export type InMemoryAttributes = Readonly<Record<string, unknown>>;

/**
 * Converts the spans of `inMemoryExporter()` for `toOutline()`.
 *
 * @param spans Spans of one trace or several. `toOutline()` takes the spans of one trace.
 * @returns The spans in the same order. Times have the resolution of a double: a quarter of a microsecond.
 * @example
 * import { inMemoryExporter } from '@waymark/core/testing';
 * import { analyseTrace, fromSpanData, toOutline } from 'waymark/analysis';
 *
 * const exporter = inMemoryExporter(); const { repeats } = analyseTrace(toOutline(fromSpanData(exporter.spans)));
 */
export function fromSpanData(spans: readonly InMemorySpan[]): Span[] {
  const resources = new Map<InMemorySpan['resource'], Span['resource']>();
  return spans.map((span) => {
    let resource = resources.get(span.resource);
    if (resource === undefined) {
      const attributes = toAttributes(span.resource.attributes);
      resource = { serviceName: String(attributes['service.name'] ?? 'unknown_service'), attributes };
      resources.set(span.resource, resource);
    }
    const { traceId, spanId, parentSpanId, name, kind, events, links, status } = span;
    return {
      traceId,
      spanId,
      ...(parentSpanId !== undefined && { parentSpanId }),
      name,
      kind,
      startTimeUnixNano: toNano(span.startMs),
      endTimeUnixNano: toNano(span.endMs),
      attributes: toAttributes(span.attributes),
      events: events.map((event) => ({
        name: event.name,
        timeUnixNano: toNano(event.timeMs),
        attributes: toAttributes(event.attributes),
      })),
      links: links.map((link) => ({ ...link, attributes: toAttributes(link.attributes) })),
      status,
      resource,
    };
  });
}

/** Nanoseconds as decimal digits. Whole milliseconds are converted separately, since a double cannot hold all digits. */
function toNano(unixMs: number): string {
  const wholeMs = Math.floor(unixMs);
  const rest = Math.min(Math.round((unixMs - wholeMs) * 1e6), 999_999);
  return `${wholeMs}${String(rest).padStart(6, '0')}`;
}

function toAttributes(attributes: InMemoryAttributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, toValue(value)]));
}

function toValue(value: unknown): Value {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null || value === undefined) {
    return value ?? null;
  }
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return value;
    return { doubleValue: Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity' };
  }
  if (typeof value === 'bigint') return { intValue: String(value) };
  if (value instanceof Uint8Array)
    return { bytesValue: btoa(Array.from(value, (byte) => String.fromCharCode(byte)).join('')) };
  if (Array.isArray(value)) return value.map(toValue);
  return { kvlistValue: toAttributes(value as InMemoryAttributes) }; // no other is left that an attribute can have
}
