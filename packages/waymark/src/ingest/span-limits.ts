/**
 * How much of one span is kept. Well beyond what services send: OpenTelemetry's SDKs stop at 128 attributes, events and links.
 * A screen shows many spans at once, and one of them that is odd must not break it.
 */
export const spanLimits = {
  /** Of a span. */
  attributes: 1000,
  events: 1000,
  links: 1000,
  /** Of a resource. */
  resourceAttributes: 250,
  /** Of an event, a link or a scope. */
  partAttributes: 128,
  /** Of a list or a map that is a value. */
  items: 1000,
  /** Lists and maps within one another. */
  depth: 16,
  /** Characters, as all lengths. Longer than any name of a host. */
  serviceNameLength: 256,
  /** Of a span, a scope, a version, a schema's URL. */
  nameLength: 1024,
  /** Kubernetes' labels, with their prefix, come to 350. */
  keyLength: 512,
  /** An SQL statement, a stack trace; also an event's name and a status's message. */
  valueLength: 65_536,
  /** W3C asks for 512. It is of no use in part: a longer one is left out. */
  traceStateLength: 8192,
  /** All keys and values of a resource or a scope together. */
  resourceSize: 65_536,
  /** All keys, values, events and links of a span together. */
  spanSize: 1_048_576,
} as const;

/** What a value takes beside its characters. */
export const valueOverhead = 16;
