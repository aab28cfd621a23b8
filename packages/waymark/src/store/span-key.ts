import type { Span } from '../model/span.ts';

/** Delivered twice is the same span twice; Zipkin's two sides of a call share an id, and nothing else. */
export function keyOf({ spanId, kind, startTimeUnixNano, resource }: Span): string {
  return `${spanId} ${kind} ${startTimeUnixNano} ${resource.serviceName}`;
}
