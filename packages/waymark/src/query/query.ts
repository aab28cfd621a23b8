/**
 * The query language, as data. Without braces, one span must meet all conditions. Each `{…}` is about a separate span, and the
 * terms outside of braces together are about one more: `{service:gateway} {service:orders status:error}`. A trace matches
 * `-{status:error}` if none of its spans has failed.
 */
export interface Query {
  readonly text: string;
  /** As written, with its braces. */
  readonly condition: Condition;
  /** The same as a condition on a trace: each part that is about one span is in a `some`. */
  readonly traceCondition: Condition;
}

/** `start` and `end` are positions in the query string. */
export type Condition = (
  | { readonly type: 'all' }
  | { readonly type: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly type: 'not'; readonly part: Condition }
  /** Holds for a trace that has a span for which `part` holds. */
  | { readonly type: 'some'; readonly part: Condition }
  | Text
  | Field
) & { readonly start: number; readonly end: number };

/** Part of a name, a service, a value, an event or a status message; case does not matter. */
export interface Text {
  readonly type: 'text';
  readonly lowerCaseText: string;
}

export interface Field {
  readonly type: 'field';
  /** `service`, `name`, `status`, `kind`, `dur`, `trace` and `span` are of the span itself, unless `isAttribute`. */
  readonly key: string;
  readonly isAttribute: boolean;
  readonly test: Test;
}

export type Test =
  | { readonly operator: 'exists' }
  | { readonly operator: 'equals'; readonly value: string }
  /** The strings between the stars. There are at least two; each may be empty. */
  | { readonly operator: 'like'; readonly parts: readonly string[] }
  /** Milliseconds for `dur`. */
  | { readonly operator: '<' | '<=' | '>' | '>='; readonly value: number };

/** Keys of the span itself. A key in quotes is always an attribute's: `"name":x`. */
export const builtInKeys = ['service', 'name', 'status', 'kind', 'dur', 'trace', 'span'] as const;

/** Other names for them. */
export const keyAliases: ReadonlyMap<string, string> = new Map([
  ['duration', 'dur'],
  ['service.name', 'service'],
  // OpenTelemetry's name of the scope in formats that have no field for it.
  ['scope', 'otel.scope.name'],
  ['traceId', 'trace'],
  ['trace_id', 'trace'],
  ['spanId', 'span'],
  ['span_id', 'span'],
]);

export class InvalidQuery extends Error {
  readonly code: 'WAYMARK_INVALID_QUERY' = 'WAYMARK_INVALID_QUERY';
  /** The invalid part of the query string. */
  readonly start: number;
  readonly end: number;

  constructor(message: string, start: number, end: number) {
    super(message);
    this.name = 'InvalidQuery';
    this.start = start;
    this.end = end;
  }
}
