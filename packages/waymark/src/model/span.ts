/**
 * The collector's model of a span. OTLP returns a span that was received by OTLP unchanged, down to the last nanosecond
 * and the type of each number. Zipkin's spans are translated when they are received, and translated back on export.
 */

export type SpanKind = 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';

export type StatusCode = 'unset' | 'ok' | 'error';

/**
 * An attribute's value, in the shortest form that JSON allows. A number is an OTLP int if it is a safe integer, else a
 * double. Other values are in an object with OTLP's name for them: an integral double, an int beyond 2^53, NaN, bytes,
 * a map.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export type Value =
  | string
  | boolean
  | number
  | null
  | readonly Value[]
  | { readonly doubleValue: number | 'NaN' | 'Infinity' | '-Infinity' }
  | { readonly intValue: string }
  /** Base64. */
  | { readonly bytesValue: string }
  | { readonly kvlistValue: Attributes };

/** TypeScript's `Array.isArray()` does not narrow to readonly arrays. */
export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export type Attributes = Readonly<Record<string, Value>>;

export interface Span {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. Not always unique in its trace: in Zipkin, the two sides of a call share an id. */
  readonly spanId: string;
  /** Absent for a root. */
  readonly parentSpanId?: string;
  readonly traceState?: string;
  /** OTLP's `flags`; absent if 0. */
  readonly flags?: number;
  readonly name: string;
  readonly kind: SpanKind;
  /** Decimal digits: nanoseconds since 1970 do not fit a double. See time.ts. */
  readonly startTimeUnixNano: string;
  /** `0` for a span that has not ended. See span-duration.ts. */
  readonly endTimeUnixNano: string;
  readonly attributes: Attributes;
  readonly events?: readonly SpanEvent[];
  readonly links?: readonly SpanLink[];
  /** Absent if unset and without a message. */
  readonly status?: { readonly code: StatusCode; readonly message?: string };
  readonly droppedAttributesCount?: number;
  readonly droppedEventsCount?: number;
  readonly droppedLinksCount?: number;
  /** The same object for all spans of one resource in a batch. */
  readonly resource: Resource;
  readonly scope?: Scope;
}

export interface SpanEvent {
  readonly timeUnixNano: string;
  readonly name: string;
  readonly attributes?: Attributes;
  readonly droppedAttributesCount?: number;
}

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState?: string;
  readonly flags?: number;
  readonly attributes?: Attributes;
  readonly droppedAttributesCount?: number;
}

export interface Resource {
  /** The attribute `service.name`, or `unknown_service`. */
  readonly serviceName: string;
  readonly attributes: Attributes;
  readonly schemaUrl?: string;
  readonly droppedAttributesCount?: number;
}

/** The instrumentation scope. */
export interface Scope {
  readonly name: string;
  readonly version?: string;
  readonly attributes?: Attributes;
  readonly schemaUrl?: string;
  readonly droppedAttributesCount?: number;
}
