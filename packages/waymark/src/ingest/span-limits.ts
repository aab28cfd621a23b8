/**
 * The limits of one span. They are far above what services send: OpenTelemetry's SDKs stop at 128 attributes, events
 * and links. A screen shows many spans at once, and a single odd span must not break it.
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
  /** Items of a list or a map that is a value. */
  items: 1000,
  /** Levels of nested lists and maps. OpenTelemetry's AttributeValueDepthLimit. */
  depth: 64,
  /** Characters, like all lengths here. Longer than any host name. */
  serviceNameLength: 256,
  /** The name of a span or a scope, a version, or a schema URL. */
  nameLength: 1024,
  /** Kubernetes labels have up to 350 characters with their prefix. */
  keyLength: 512,
  /** Enough for an SQL statement or a stack trace. Also for an event's name and a status message. */
  valueLength: 65_536,
  /** W3C requires support for 512. A part of a tracestate is useless, so a longer one is dropped. */
  traceStateLength: 8192,
  /** All keys and values of a resource or a scope together. */
  resourceSize: 65_536,
  /** All keys, values, events and links of a span together. */
  spanSize: 1_048_576,
} as const;

/** The size of a value in addition to its characters. */
export const valueOverhead = 16;
