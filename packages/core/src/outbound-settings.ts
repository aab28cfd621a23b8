/** What outbound calls go by, beyond what concerns all spans. Carried by the tracer that they belong to. */
export interface OutboundSettings {
  /** Methods that appear under their own name. */
  readonly knownMethods: ReadonlySet<string>;
  /** The URL as it may be recorded. */
  readonly redactUrl: (url: string) => string;
}
