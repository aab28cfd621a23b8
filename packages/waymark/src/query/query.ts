/**
 * The query language, as data. A query without braces asks for one span on which all of it holds. Each `{…}` asks for a
 * span of its own, and what stands outside of braces, together, for one more: `{service:gateway} {service:orders
 * status:error}`; `-{status:error}` is a trace in which no span has failed.
 */
export interface Query {
  readonly text: string;
  /** As it was written. */
  readonly condition: Condition;
  /** The same as a condition on a trace: `some` around all that is about one span. */
  readonly traceCondition: Condition;
}

/** `start` and `end`: where in the text. */
export type Condition = (
  | { readonly type: 'all' }
  | { readonly type: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly type: 'not'; readonly part: Condition }
  /** Holds for a trace if it has a span for which the part holds. */
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
  /** What stands between the stars; at least two parts, any may be empty. */
  | { readonly operator: 'like'; readonly parts: readonly string[] }
  /** Milliseconds for `dur`. */
  | { readonly operator: '<' | '<=' | '>' | '>='; readonly value: number };

/** Names that are not attributes'. A key in quotes always is one: `"name":x`. */
export const builtInKeys = ['service', 'name', 'status', 'kind', 'dur', 'trace', 'span'] as const;

/** Other names for them. */
export const keyAliases: ReadonlyMap<string, string> = new Map([
  ['duration', 'dur'],
  ['service.name', 'service'],
  ['traceId', 'trace'],
  ['trace_id', 'trace'],
  ['spanId', 'span'],
  ['span_id', 'span'],
]);

export class InvalidQuery extends Error {
  readonly code: 'WAYMARK_INVALID_QUERY' = 'WAYMARK_INVALID_QUERY';
  /** Which part of the text cannot be read. */
  readonly start: number;
  readonly end: number;

  constructor(message: string, start: number, end: number) {
    super(message);
    this.name = 'InvalidQuery';
    this.start = start;
    this.end = end;
  }
}
