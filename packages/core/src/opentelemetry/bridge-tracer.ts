/** OpenTelemetry's tracer provider and tracers. Their spans are Waymark's own. */
import { Context } from '../context.ts';
import { handledSpan } from '../handled-span.ts';
import { type InstrumentationScope, scopeOf } from '../instrumentation-scope.ts';
import type { InternalTracer } from '../internal-tracer.ts';
import { withGivenParent } from '../late-span.ts';
import { processState } from '../process-state.ts';
import { readOption } from '../read-option.ts';
import { readProperty } from '../read-property.ts';
import { readSpanOptions } from '../read-span-options.ts';
import type { Span } from '../span.ts';
import { type SpanKind, toSpanKind } from '../span-kind.ts';
import type { SpanStart } from '../span-options.ts';
import { toText } from '../to-text.ts';
import { ignoredSpan, suppressedSpan } from '../untraced.ts';
import { isWaymarkSpan, type WaymarkSpan } from '../waymark-span.ts';
import type {
  OpenTelemetryContext,
  OpenTelemetrySpanOptions,
  OpenTelemetryTracer,
  OpenTelemetryTracerProvider,
} from './api-types.ts';
import type { BridgeContext, ContextViews } from './bridge-context.ts';
import type { Guard, WatchedTracer } from './doubled.ts';
import { isSilenced, SilencedSpan } from './silenced-span.ts';

const { storage } = processState;

// Those of the API's `SpanKind`.
const clientKind = 2;
const producerKind = 3;

/** Which of Waymark's tracers a bridge uses. */
export interface BridgeTracers {
  /** The tracer that a child of the span belongs to. */
  tracerFor(span: Span | undefined): InternalTracer;
  /** The tracer to flush, if there is one yet. */
  tracerIfAny(): InternalTracer | undefined;
  /** Decides which instrumentation traces what both sides could trace. */
  readonly guard: Guard;
}

/** A class, since other tracers show its name: they say who has registered. */
export class WaymarkTracerProvider implements OpenTelemetryTracerProvider {
  readonly #views: ContextViews;
  readonly #tracers: BridgeTracers;
  readonly #byScope = new WeakMap<InstrumentationScope, OpenTelemetryTracer>();

  constructor(views: ContextViews, tracers: BridgeTracers) {
    this.#views = views;
    this.#tracers = tracers;
  }

  getTracer(name: string, version?: string, options?: { schemaUrl?: string }): OpenTelemetryTracer {
    const scope = scopeOf(textOf(name) ?? '', textOf(version), textOf(readProperty(options, 'schemaUrl')));
    let tracer = this.#byScope.get(scope);
    if (tracer === undefined) {
      tracer = new BridgeTracer(this.#views, this.#tracers, scope);
      this.#byScope.set(scope, tracer);
    }
    return tracer;
  }

  async forceFlush(): Promise<void> {
    await this.#tracers.tracerIfAny()?.flush();
  }

  async shutdown(): Promise<void> {
    await this.forceFlush();
  }
}

class BridgeTracer implements OpenTelemetryTracer {
  readonly #views: ContextViews;
  readonly #tracers: BridgeTracers;
  /** What a span without options starts with. Its fields are there, so that none comes from a polluted prototype. */
  readonly #bare: SpanStart;
  readonly #watched: WatchedTracer | undefined;

  constructor(views: ContextViews, tracers: BridgeTracers, scope: InstrumentationScope) {
    this.#views = views;
    this.#tracers = tracers;
    this.#bare = { kind: undefined, attributes: undefined, links: undefined, startTime: undefined, scope };
    this.#watched = tracers.guard.watch(scope.name);
  }

  startSpan(name: string, options?: OpenTelemetrySpanOptions, context?: OpenTelemetryContext): Span {
    const view = context === undefined ? undefined : this.#views.viewOf(context);
    const parent = view === undefined ? storage.getStore()?.span : view.span;
    return this.#start(name, options, isWaymarkSpan(parent) ? parent : undefined, view);
  }

  startActiveSpan<F extends (span: Span) => unknown>(name: string, ...rest: unknown[]): ReturnType<F> {
    if (rest.length === 0) return undefined as ReturnType<F>; // as OpenTelemetry's own tracers do
    const fn = rest[Math.min(rest.length, 3) - 1] as (span: Span) => ReturnType<F>; // by the overloads
    const options = rest.length > 1 ? (rest[0] as OpenTelemetrySpanOptions) : undefined;
    const context = rest.length > 2 ? (rest[1] as OpenTelemetryContext | undefined) : undefined;
    if (context === undefined) {
      const active = storage.getStore();
      const parent = active?.span;
      const span = this.#start(name, options, isWaymarkSpan(parent) ? parent : undefined);
      if (isSilenced(span)) return fn(span);
      if (span !== suppressedSpan) return storage.run(new Context(span, active?.baggage, active?.values), fn, span);
      const view = this.#views.viewOf(this.#views.fromWaymark(active));
      return storage.run(view.withSpan(span).toContext(), fn, span);
    }
    const view = this.#views.viewOf(context);
    const span = this.#start(name, options, isWaymarkSpan(view.span) ? view.span : undefined, view);
    return storage.run(view.withSpan(span).toContext(), fn, span);
  }

  /**
   * Never throws.
   *
   * @param view The context that the caller has passed, if any: hooks of the tracer run in it.
   */
  #start(
    name: string,
    options: OpenTelemetrySpanOptions | undefined,
    given: WaymarkSpan | undefined,
    view?: BridgeContext,
  ): WaymarkSpan | SilencedSpan {
    try {
      if (given !== undefined && given.mode !== undefined && given.mode === 'suppressed') return suppressedSpan;
      if (this.#watched?.isSilent(kindOf(options)) === true) {
        const kind = kindOf(options);
        const isOutgoing = kind === clientKind || kind === producerKind;
        const isReceived = !isOutgoing && (given === undefined || isCaller(given));
        return new SilencedSpan(isReceived ? handledSpan(given) : given, this.#watched.leavesHeadersToUs);
      }
      const tracer = this.#tracers.tracerFor(given);
      if (typeof options !== 'object' || options === null) {
        return tracer.rememberUnended(begin(tracer, name, 'internal', given, this.#bare, view));
      }
      const read = readSpanOptions(options, this.#bare.scope, tracer.diagnostics);
      const parent = isRoot(options) ? undefined : given;
      return tracer.rememberUnended(begin(tracer, name, toSpanKind(read.kind), parent, read, view));
    } catch (error) {
      this.#tracers.tracerIfAny()?.diagnostics.count('instrumentation-failed', error); // a parent that throws
      return ignoredSpan(undefined);
    }
  }
}

function begin(
  tracer: InternalTracer,
  name: string,
  kind: SpanKind,
  parent: WaymarkSpan | undefined,
  options: SpanStart,
  view: BridgeContext | undefined,
): WaymarkSpan {
  if (view === undefined) return tracer.beginSpan(toText(name), kind, parent, options);
  // Most instrumentations pass the active context. Only another one names a parent.
  const start = parent === storage.getStore()?.span ? options : withGivenParent(options, parent);
  return tracer.hooks === undefined
    ? tracer.beginSpan(toText(name), kind, parent, start)
    : tracer.beginSpanIn(view.toContext(), toText(name), kind, parent, start);
}

/**
 * A span of another process. What is left out for the request must not make it active: it is Waymark that decides whether the caller is
 * trusted, and contrib's Express instrumentation makes what was active before `tracing()` active again after it.
 */
function isCaller(span: WaymarkSpan | undefined): boolean {
  return span?.mode !== undefined && span.mode === 'remote';
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isRoot(options: object): boolean {
  try {
    return readOption(options, 'root') === true;
  } catch {
    return false; // a getter that throws
  }
}

function kindOf(options: unknown): unknown {
  return readProperty(options, 'kind');
}
