/** The settings of outbound calls, on top of those of all spans. The tracer that the calls belong to has them. */
export interface OutboundSettings {
  /** Methods that appear under their own name. */
  readonly knownMethods: ReadonlySet<string>;
  /** The URL as it may be recorded. */
  readonly redactUrl: (url: string) => string;
  /** Whether calls to a URL carry trace headers; `undefined`: all calls do. Throws what the application's function throws. */
  readonly mayTrace: ((url: string) => boolean) | undefined;
  /** The same for baggage, and for other data that only the application's own services may get. */
  readonly mayCarryBaggage: ((url: string) => boolean) | undefined;
  /** What to do with a `traceparent` that neither Waymark nor the caller has written; `undefined`: not set, it is kept. */
  readonly existingTraceHeaders: ExistingTraceHeaders | undefined;
  /** Added to the tracestate of calls to the application's own services, and removed from that of other calls. */
  readonly traceStateMember: TraceStateMember | undefined;
}

/** Whether trace headers that the application has written into a call are kept. */
export type ExistingTraceHeaders = 'keep' | 'replace';

/** A member of `tracestate`. */
export interface TraceStateMember {
  /** Lower-case letters, digits, `_`, `-`, `*` and `/`, as W3C Trace Context has it. */
  readonly key: string;
  /** Printable ASCII without `,` and `=`. */
  readonly value: string;
}
