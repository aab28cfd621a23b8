/** OpenTelemetry's context, with Waymark's view of it. */
import type { Baggage } from '../baggage.ts';
import { Context } from '../context.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { toParent } from '../parent.ts';
import type { Span } from '../span.ts';
import { suppressedSpan } from '../untraced.ts';
import { isWaymarkSpan } from '../waymark-span.ts';
import type { OpenTelemetryContext } from './api-types.ts';
import { fromOpenTelemetryBaggage, toOpenTelemetryBaggage } from './bridge-baggage.ts';
import { audibleSpan, isSilenced } from './silenced-span.ts';

// `createContextKey()` of the API is `Symbol.for()`, so all its copies have the same keys.
export const spanKey: symbol = Symbol.for('OpenTelemetry Context Key SPAN');
const baggageKey: symbol = Symbol.for('OpenTelemetry Baggage Key');
const suppressKey: symbol = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/**
 * A context that is immutable for its readers. The three keys that Waymark knows are fields, so that none of them costs a map.
 *
 * A `Context` of Waymark has it as its `values`: the context that OpenTelemetry's side entered is the one that it sees as active.
 */
export class BridgeContext implements OpenTelemetryContext {
  /** What `getValue(spanKey)` returns: also a span of another library, which `span` stands for. */
  readonly givenSpan: unknown;
  /** The active span of Waymark's context. */
  readonly span: Span | undefined;
  readonly baggage: Baggage | undefined;
  /** The baggage of OpenTelemetry's side, also with entries that no header can carry. Made when it is first read. */
  private givenBaggage: unknown;
  readonly suppression: unknown;
  /** The values of other keys: a context of the API, or of another library. */
  readonly #others: OpenTelemetryContext;
  /** What the host entered, if this only represents it: a context of the API, or any other value. */
  readonly entered: unknown;

  constructor(
    others: OpenTelemetryContext,
    givenSpan: unknown,
    span: Span | undefined,
    givenBaggage: unknown,
    baggage: Baggage | undefined,
    suppression: unknown,
    entered: unknown,
  ) {
    this.#others = others;
    this.givenSpan = givenSpan;
    this.span = span;
    this.givenBaggage = givenBaggage;
    this.baggage = baggage;
    this.suppression = suppression;
    this.entered = entered;
  }

  /** Not instanceof: it follows the prototypes of a proxy, which may have no end. */
  static is(value: unknown): value is BridgeContext {
    return typeof value === 'object' && value !== null && #others in value;
  }

  getValue(key: symbol): unknown {
    if (key === spanKey) return this.givenSpan;
    if (key === baggageKey) {
      if (this.givenBaggage === undefined && this.baggage !== undefined) {
        this.givenBaggage = toOpenTelemetryBaggage(this.baggage);
      }
      return this.givenBaggage;
    }
    if (key === suppressKey) return this.suppression;
    return this.#others.getValue(key);
  }

  setValue(key: symbol, value: unknown): BridgeContext {
    if (key === spanKey) return this.withSpan(value);
    if (key === baggageKey) return this.withBaggage(value);
    if (key === suppressKey) return this.withSuppression(value);
    return this.withOthers(this.#others.setValue(key, value));
  }

  deleteValue(key: symbol): BridgeContext {
    if (key === spanKey) return this.withSpan(undefined);
    if (key === baggageKey) return this.withBaggage(undefined);
    if (key === suppressKey) return this.withSuppression(undefined);
    return this.withOthers(this.#others.deleteValue(key));
  }

  withSpan(given: unknown): BridgeContext {
    const span = activeSpanOf(given, this.suppression);
    return new BridgeContext(this.#others, given, span, this.givenBaggage, this.baggage, this.suppression, undefined);
  }

  withBaggage(given: unknown): BridgeContext {
    const baggage = fromOpenTelemetryBaggage(given, () => diagnosticsOf(this.span));
    return new BridgeContext(this.#others, this.givenSpan, this.span, given, baggage, this.suppression, undefined);
  }

  /** The same context for Waymark. For its readers, `given` stands for the span. */
  showing(given: unknown): BridgeContext {
    return new BridgeContext(
      this.#others,
      given,
      this.span,
      this.givenBaggage,
      this.baggage,
      this.suppression,
      undefined,
    );
  }

  private withSuppression(suppression: unknown): BridgeContext {
    const span = activeSpanOf(this.givenSpan, suppression);
    return new BridgeContext(
      this.#others,
      this.givenSpan,
      span,
      this.givenBaggage,
      this.baggage,
      suppression,
      undefined,
    );
  }

  private withOthers(others: OpenTelemetryContext): BridgeContext {
    const { givenSpan, span, givenBaggage, baggage, suppression } = this;
    return new BridgeContext(others, givenSpan, span, givenBaggage, baggage, suppression, undefined);
  }

  /** The context with what Waymark has changed since: the span, or the baggage by `setBaggage()`. */
  updated(span: Span | undefined, baggage: Baggage | undefined): BridgeContext {
    const givenBaggage = baggage === this.baggage ? this.givenBaggage : undefined;
    if (span === this.span) {
      return new BridgeContext(this.#others, this.givenSpan, span, givenBaggage, baggage, this.suppression, undefined);
    }
    return new BridgeContext(this.#others, span, span, givenBaggage, baggage, suppressionOf(span), undefined);
  }

  /** Waymark's context with the same content. Each call makes one, since `setBaggage()` changes it. */
  toContext(): Context {
    // In the place of a span that is left out, its parent is active.
    if (this.givenSpan !== this.span && isSilenced(this.givenSpan)) return this.withSpan(this.span).toContext();
    return new Context(this.span, this.baggage, this);
  }
}

/** The span that Waymark's context has for a span of OpenTelemetry's. Never throws. */
function activeSpanOf(given: unknown, suppression: unknown): Span | undefined {
  if (suppression === true) return suppressedSpan;
  if (given === undefined || given === null) return undefined;
  const parent = toParent(audibleSpan(given));
  return parent === 'invalid' ? undefined : parent;
}

function suppressionOf(span: Span | undefined): true | undefined {
  return isWaymarkSpan(span) && span.mode !== undefined && span.mode === 'suppressed' ? true : undefined;
}

function diagnosticsOf(span: Span | undefined): Diagnostics | undefined {
  return isWaymarkSpan(span) ? span.tracer?.diagnostics : undefined;
}

/** Leads between the contexts of OpenTelemetry's API and Waymark's. */
export interface ContextViews {
  /** The context that OpenTelemetry's side sees in a context of Waymark's. Never throws. */
  fromWaymark(context: Context | undefined): OpenTelemetryContext;
  /** What Waymark sees in a context that OpenTelemetry's side passes. Never throws. */
  viewOf(context: unknown): BridgeContext;
}

/** @param root `ROOT_CONTEXT` of the API: the context outside any. */
export function createContextViews(root: OpenTelemetryContext): ContextViews {
  const rootView = new BridgeContext(root, undefined, undefined, undefined, undefined, undefined, root);
  /** Of contexts that must not be changed: frozen ones, and those of the application. */
  const views = new WeakMap<object, BridgeContext>();

  function viewOf(context: unknown): BridgeContext {
    if (BridgeContext.is(context)) return context;
    if (context === root || context === undefined || context === null) return rootView;
    try {
      const { getValue } = context as Partial<OpenTelemetryContext>; // it is called only if it is a function
      if (typeof getValue === 'function') {
        const theirs = context as OpenTelemetryContext;
        const [givenSpan, givenBaggage, suppression] = [spanKey, baggageKey, suppressKey].map((key) =>
          getValue.call(theirs, key),
        );
        const span = activeSpanOf(givenSpan, suppression);
        const baggage = fromOpenTelemetryBaggage(givenBaggage, () => diagnosticsOf(span));
        return new BridgeContext(theirs, givenSpan, span, givenBaggage, baggage, suppression, theirs);
      }
    } catch {
      // It cannot be read: its code runs as at the root, and sees the context that it has entered.
    }
    return new BridgeContext(root, undefined, undefined, undefined, undefined, undefined, context);
  }

  /** The next `active()` finds it there. It is no other content, so nothing changes for the readers of the context. */
  function keep(context: Context, view: BridgeContext): void {
    try {
      if (context instanceof Context) (context as { values: object | undefined }).values = view;
      else views.set(context, view);
    } catch {
      views.set(context, view); // a frozen context: that of untraced work
    }
  }

  return {
    viewOf,
    fromWaymark(context) {
      if (context === undefined) return root;
      try {
        const { span, baggage, values } = context;
        const own = BridgeContext.is(values) ? values : rootView;
        let view = own;
        if (view.span !== span || view.baggage !== baggage) {
          const kept = views.get(context);
          if (kept !== undefined && kept.span === span && kept.baggage === baggage) view = kept;
          else {
            view = own.updated(span, baggage);
            keep(context, view);
          }
        }
        return view.entered === undefined ? view : (view.entered as OpenTelemetryContext); // whatever the host has entered
      } catch {
        return root; // a context of the application's that throws
      }
    },
  };
}
