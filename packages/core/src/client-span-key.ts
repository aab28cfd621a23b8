/** The client span on a request of a client library. */
import type { WaymarkSpan } from './waymark-span.ts';

/** The key of the span on a request. The context would not do: callbacks of clients run in that of the caller who opened the socket. */
export const clientSpanKey: unique symbol = Symbol.for('waymark.client-span.v1') as never;

/** The span of a request that has no response yet; `undefined` if it has none. */
export function spanOfCall(request: object): WaymarkSpan | undefined {
  return (request as { [clientSpanKey]?: { readonly recording: WaymarkSpan } | null })[clientSpanKey]?.recording;
}
