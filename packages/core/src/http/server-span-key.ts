/** The key of the server span on a request, for all copies of this package. */
export const serverSpanKey: unique symbol = Symbol.for('waymark.server-span.v1') as never;
