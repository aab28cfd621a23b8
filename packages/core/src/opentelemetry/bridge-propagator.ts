/** OpenTelemetry's propagator, by the formats of the tracer's option `propagators`. */
import { longestWalk } from '../longest-walk.ts';
import { type Carrier, carrierGetter, carrierSetter } from '../propagation/carrier.ts';
import type { Getter, Setter } from '../propagation/propagator.ts';
import { baggagePropagator, tracecontextPropagator } from '../propagation/w3c.ts';
import type {
  OpenTelemetryContext,
  OpenTelemetryGetter,
  OpenTelemetryPropagator,
  OpenTelemetrySetter,
} from './api-types.ts';
import type { ContextViews } from './bridge-context.ts';
import type { BridgeTracers } from './bridge-tracer.ts';
import { isSilenced } from './silenced-span.ts';

/** Makes a propagator for a bridge. */
export function createPropagator(views: ContextViews, tracers: BridgeTracers): OpenTelemetryPropagator {
  return new WaymarkPropagator(views, tracers);
}

/** A class, since other tracers show its name: they say who has registered. */
class WaymarkPropagator implements OpenTelemetryPropagator {
  readonly #views: ContextViews;
  readonly #tracers: BridgeTracers;

  constructor(views: ContextViews, tracers: BridgeTracers) {
    this.#views = views;
    this.#tracers = tracers;
  }

  inject<Given>(context: OpenTelemetryContext, carrier: Given, setter?: OpenTelemetrySetter<Given>): void {
    try {
      const view = this.#views.viewOf(context);
      if (view.span === undefined && view.baggage === undefined) return;
      // Waymark writes the headers of this call when it makes the span, with the ids of that one, if the host may get them.
      if (isSilenced(view.givenSpan) && view.givenSpan.leavesHeadersToUs) return;
      const set = (setter ?? carrierSetter) as Setter<object>; // by hand it may be missing
      this.#tracers.tracerFor(view.span).inject(carrier as object, set, view.toContext());
    } catch (error) {
      this.#countFault(error);
    }
  }

  extract<Given>(
    context: OpenTelemetryContext,
    carrier: Given,
    getter?: OpenTelemetryGetter<Given>,
  ): OpenTelemetryContext {
    try {
      const view = this.#views.viewOf(context);
      const reader = getter === undefined ? carrierGetter : toGetter(getter as OpenTelemetryGetter<object>); // by hand it may be missing
      const extracted = this.#tracers.tracerFor(view.span).extract(carrier as object, reader as Getter<object>);
      if (extracted.span === undefined && extracted.baggage === undefined) return context;
      const withSpan = extracted.span === undefined ? view : view.withSpan(extracted.span);
      return extracted.baggage === undefined ? withSpan : withSpan.updated(withSpan.span, extracted.baggage);
    } catch (error) {
      this.#countFault(error);
      return context;
    }
  }

  fields(): string[] {
    // Instrumentations ask while they are set up: no tracer is made for them.
    const propagators = this.#tracers.tracerIfAny()?.settings.propagators ?? [
      tracecontextPropagator,
      baggagePropagator,
    ];
    return [...new Set(propagators.flatMap(({ fields }) => fields))];
  }

  #countFault(error: unknown): void {
    this.#tracers.tracerIfAny()?.diagnostics.count('propagator-failed', error);
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
