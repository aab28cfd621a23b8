/**
 * The collector's model of a span. OTLP returns a span that was received by OTLP unchanged, down to the last nanosecond
 * and the type of each number. Zipkin's spans are translated when they are received, and translated back on export.
 */

/** OTLP's kinds, by name. */
export type SpanKind = 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** OTLP's status codes, by name. */
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

/** Attributes by key. */
export type Attributes = Readonly<Record<string, Value>>;

/** One span, with everything that its sender reported. */
export interface Span {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. Not always unique in its trace: in Zipkin, the two sides of a call share an id. */
  readonly spanId: string;
  /** Absent for a root. */
  readonly parentSpanId?: string;
  /** The header's value; absent if empty. */
  readonly traceState?: string;
  /** OTLP's `flags`; absent if 0. */
  readonly flags?: number;
  /** Empty if the sender gave none. */
  readonly name: string;
  /** `unspecified` if the sender gave none. */
  readonly kind: SpanKind;
  /** Decimal digits: nanoseconds since 1970 do not fit a double. See time.ts. */
  readonly startTimeUnixNano: string;
  /** `0` for a span that has not ended. See span-duration.ts. */
  readonly endTimeUnixNano: string;
  /** By key, in the order in which they came. */
  readonly attributes: Attributes;
  /** In the order in which they came; absent if there are none. */
  readonly events?: readonly SpanEvent[];
  /** In the order in which they came; absent if there are none. */
  readonly links?: readonly SpanLink[];
  /** Absent if unset and without a message. */
  readonly status?: { readonly code: StatusCode; readonly message?: string };
  /** Attributes that the sender or the collector left out; absent if 0. */
  readonly droppedAttributesCount?: number;
  /** Events that the sender or the collector left out; absent if 0. */
  readonly droppedEventsCount?: number;
  /** Links that the sender or the collector left out; absent if 0. */
  readonly droppedLinksCount?: number;
  /** The same object for all spans of one resource in a batch. */
  readonly resource: Resource;
  /** The library that made the span; absent if the sender did not say. */
  readonly scope?: Scope;
}

/** Something that happened at a moment of a span. */
export interface SpanEvent {
  /** Decimal digits: nanoseconds since 1970. */
  readonly timeUnixNano: string;
  /** Such as `exception`. */
  readonly name: string;
  /** By key; absent if there are none. */
  readonly attributes?: Attributes;
  /** Attributes that the sender or the collector left out; absent if 0. */
  readonly droppedAttributesCount?: number;
}

/** A pointer to another span, often of another trace. */
export interface SpanLink {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  /** The header's value; absent if empty. */
  readonly traceState?: string;
  /** OTLP's `flags`; absent if 0. */
  readonly flags?: number;
  /** By key; absent if there are none. */
  readonly attributes?: Attributes;
  /** Attributes that the sender or the collector left out; absent if 0. */
  readonly droppedAttributesCount?: number;
}

/** The service and the process that made a span. */
export interface Resource {
  /** The attribute `service.name`, or `unknown_service`. */
  readonly serviceName: string;
  /** By key, `service.name` among them. */
  readonly attributes: Attributes;
  /** Which version of the conventions the attributes follow; absent if the sender did not say. */
  readonly schemaUrl?: string;
  /** Attributes that the sender or the collector left out; absent if 0. */
  readonly droppedAttributesCount?: number;
}

/** The instrumentation scope. */
export interface Scope {
  /** Such as `@opentelemetry/instrumentation-http`. */
  readonly name: string;
  /** Absent if the sender did not say. */
  readonly version?: string;
  /** By key; absent if there are none. */
  readonly attributes?: Attributes;
  /** Which version of the conventions the attributes follow; absent if the sender did not say. */
  readonly schemaUrl?: string;
  /** Attributes that the sender or the collector left out; absent if 0. */
  readonly droppedAttributesCount?: number;
}
