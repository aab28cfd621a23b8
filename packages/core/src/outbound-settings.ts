/** What outbound calls go by, beyond what concerns all spans. Carried by the tracer that they belong to. */
export interface OutboundSettings {
  /** Methods that appear under their own name. */
  readonly knownMethods: ReadonlySet<string>;
  /** The URL as it may be recorded. */
  readonly redactUrl: (url: string) => string;
  /** Whether trace headers go where a URL leads; `undefined`: everywhere. Throws what a function of the host's throws. */
  readonly mayTrace: ((url: string) => boolean) | undefined;
  /** The same for baggage, and for what else is for our own services alone. */
  readonly mayCarryBaggage: ((url: string) => boolean) | undefined;
  /** What becomes of a `traceparent` that is neither ours nor our caller's; `undefined`: nothing was decided, it is kept. */
  readonly existingTraceHeaders: ExistingTraceHeaders | undefined;
  /** Put into the tracestate of calls to our own services, and taken out of that of others. */
  readonly traceStateMember: TraceStateMember | undefined;
}

/** Whether trace headers that the application has written into a call stay. */
export type ExistingTraceHeaders = 'keep' | 'replace';

/** A member of `tracestate`. */
export interface TraceStateMember {
  /** Lower-case letters, digits, `_`, `-`, `*` and `/`, as W3C Trace Context has it. */
  readonly key: string;
  /** Printable ASCII without `,` and `=`. */
  readonly value: string;
}
