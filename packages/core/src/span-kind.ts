/** The kind of a span, by OpenTelemetry's name or by the number that its API has for it. */

/**
 * What a span does for its service: answers a request (`server`), makes one (`client`), sends or takes a message (`producer`, `consumer`),
 * or works within (`internal`).
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/api/#spankind
 */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

// In the order of the enum `SpanKind` of @opentelemetry/api, which counts from 0. OTLP counts from 1: see otlp-values.ts.
const kinds: readonly SpanKind[] = ['internal', 'server', 'client', 'producer', 'consumer'];

/** `internal` for a value that is not a kind. Never throws. */
export function toSpanKind(kind: unknown): SpanKind {
  if (typeof kind === 'number') return kinds[kind] ?? 'internal';
  return kinds.find((name) => name === kind) ?? 'internal';
}
