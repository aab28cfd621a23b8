/** Under this key a request carries its server span, for whichever copy of this package sees it next. */
export const serverSpanKey: unique symbol = Symbol.for('waymark.server-span.v1') as never;
