/**
 * The context that follows a request through `await`s, timers and streams: the active span and the baggage.
 *
 * One small object per active span. An idle keep-alive socket keeps the last one in memory, so it has nothing but these
 * three references, and an ended span has released its data.
 */
import { type Baggage, isBaggage } from './baggage.ts';
import type { Span } from './span.ts';

/** What travels together, in the process and by header. Made by `extract()`, `contextWith()` and the active span. */
export class Context {
  /** The active span; for a context that came by header, a span that stands for the remote caller's. */
  readonly span: Span | undefined;
  /** Changed in place by `setBaggage()`: the entries belong to this context and those made from it afterwards. */
  baggage: Baggage | undefined;
  /**
   * What another API keeps with the context, such as OpenTelemetry's. Waymark only passes it on: every context that is made from
   * this one has it too. A context of another copy of this package may lack it.
   */
  readonly values?: object | undefined;

  constructor(span: Span | undefined, baggage: Baggage | undefined, values?: object | undefined) {
    this.span = span;
    this.baggage = baggage;
    this.values = values;
  }
}

/** Whether a value is a context, also one made by another copy of this package. Never throws. */
export function isContext(value: unknown): value is Context {
  if (typeof value !== 'object' || value === null) return false;
  try {
    // Not instanceof: it follows the prototypes of a proxy, which may have no end.
    return 'span' in value && 'baggage' in value && (value.baggage === undefined || isBaggage(value.baggage));
  } catch {
    return false; // a proxy
  }
}
