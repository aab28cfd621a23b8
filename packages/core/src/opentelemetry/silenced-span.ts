/** The span of an instrumentation whose spans are left out, since Waymark traces the same calls. */
import { readProperty } from '../read-property.ts';
import type { Span } from '../span.ts';
import type { SpanContext } from '../span-context.ts';
import { UnrecordedSpan } from '../unrecorded-span.ts';

/** The part of OpenTelemetry's `Span` that another span needs of its parent. */
interface ParentSpan {
  spanContext(): SpanContext;
}

/** The key of the mark on such a span. Each copy of this package recognises those of another one. */
const silencedKey = Symbol.for('waymark.silenced.v1');

const noContext: SpanContext = Object.freeze({
  traceId: '0'.repeat(32),
  spanId: '0'.repeat(16),
  traceFlags: 0,
  isSampled: false,
  isRemote: false,
  isRandom: false,
});

/**
 * A span that records nothing. It has the ids of its parent, so that what it is passed on to is a child of its parent; in a context that
 * becomes active, its parent takes its place.
 */
export class SilencedSpan extends UnrecordedSpan implements Span {
  static {
    Object.defineProperty(SilencedSpan.prototype, silencedKey, { value: true });
  }

  /** The span of the context that it was started in; any value of the application's. */
  readonly parent: unknown;
  /** Whether Waymark writes the headers of the call, so that the instrumentation must not. */
  readonly leavesHeadersToUs: boolean;

  constructor(parent: unknown, leavesHeadersToUs: boolean) {
    super();
    this.parent = parent;
    this.leavesHeadersToUs = leavesHeadersToUs;
  }

  get traceId(): string {
    return this.spanContext().traceId;
  }

  get spanId(): string {
    return this.spanContext().spanId;
  }

  spanContext(): SpanContext {
    const { spanContext } = (this.parent ?? {}) as Partial<ParentSpan>; // it is called only if it is a function
    return typeof spanContext === 'function' ? spanContext.call(this.parent) : noContext;
  }
}

/** Whether a value is such a span. Never throws. */
export function isSilenced(value: unknown): value is SilencedSpan {
  return typeof value === 'object' && readProperty(value, silencedKey) === true;
}

/** The span itself; for one that is left out, the nearest one above it that is not. */
export function audibleSpan(span: unknown): unknown {
  let audible = span;
  while (isSilenced(audible)) audible = audible.parent;
  return audible;
}
