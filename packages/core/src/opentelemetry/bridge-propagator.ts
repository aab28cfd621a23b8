/** OpenTelemetry's propagator, by the formats of the tracer's option `propagators`. */
import { Context } from '../context.ts';
import type { InternalTracer } from '../internal-tracer.ts';
import { longestWalk } from '../longest-walk.ts';
import { type Carrier, carrierGetter, carrierSetter } from '../propagation/carrier.ts';
import type { Getter, Setter } from '../propagation/propagator.ts';
import type { Span } from '../span.ts';
import type {
  OpenTelemetryContext,
  OpenTelemetryGetter,
  OpenTelemetryPropagator,
  OpenTelemetrySetter,
} from './api-types.ts';
import type { ContextViews } from './bridge-context.ts';

/** @param tracerFor The tracer whose formats apply to a span. */
export function createPropagator(
  views: ContextViews,
  tracerFor: (span: Span | undefined) => InternalTracer,
): OpenTelemetryPropagator {
  return new WaymarkPropagator(views, tracerFor);
}

/** A class, since other tracers show its name: they say who has registered. */
class WaymarkPropagator implements OpenTelemetryPropagator {
  readonly #views: ContextViews;
  readonly #tracerFor: (span: Span | undefined) => InternalTracer;

  constructor(views: ContextViews, tracerFor: (span: Span | undefined) => InternalTracer) {
    this.#views = views;
    this.#tracerFor = tracerFor;
  }

  inject<Given>(context: OpenTelemetryContext, carrier: Given, setter?: OpenTelemetrySetter<Given>): void {
    const view = this.#views.viewOf(context);
    if (view.span === undefined && view.baggage === undefined) return;
    const tracer = this.#tracerFor(view.span);
    const set = (setter ?? carrierSetter) as Setter<object>; // by hand it may be missing
    tracer.inject(carrier as object, set, new Context(view.span, view.baggage, view));
  }

  extract<Given>(
    context: OpenTelemetryContext,
    carrier: Given,
    getter?: OpenTelemetryGetter<Given>,
  ): OpenTelemetryContext {
    const view = this.#views.viewOf(context);
    const reader =
      getter === undefined ? (carrierGetter as Getter<object>) : toGetter(getter as OpenTelemetryGetter<object>);
    const { span, baggage } = this.#tracerFor(view.span).extract(carrier as object, reader);
    if (span === undefined && baggage === undefined) return context;
    const withSpan = span === undefined ? view : view.withSpan(span);
    return baggage === undefined ? withSpan : withSpan.updated(withSpan.span, baggage);
  }

  fields(): string[] {
    return [...new Set(this.#tracerFor(undefined).settings.propagators.flatMap(({ fields }) => fields))];
  }
}

/** Kafka's clients have values as bytes, Node's headers as arrays, and the getters of some libraries have no `keys()`. */
function toGetter(getter: OpenTelemetryGetter<object>): Getter<object> {
  return {
    get(carrier, name) {
      const value: unknown = getter.get(carrier, name);
      return typeof value === 'string' || value === undefined ? value : textsOf(value);
    },
    keys: (carrier) => {
      const keys: unknown = typeof getter.keys === 'function' ? getter.keys(carrier) : [];
      return Array.isArray(keys) ? keys.slice(0, longestWalk).filter((key) => typeof key === 'string') : [];
    },
  };
}

function textsOf(value: unknown): string | readonly string[] | undefined {
  return carrierGetter.get({ value } as Carrier, 'value');
}
