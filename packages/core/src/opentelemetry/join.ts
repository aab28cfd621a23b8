/**
 * Beside an SDK of OpenTelemetry that owns the API: its tracer and its propagator stay, and both sides have one active context.
 *
 * Only the context manager is replaced, by one that enters Waymark's context inside the SDK's. So a span of either side is the parent
 * of the spans that the other one starts in it. The SDK's own context manager still runs: those of agents do more than to keep a
 * context.
 */
import type { Context } from '../context.ts';
import { processState } from '../process-state.ts';
import { readProperty } from '../read-property.ts';
import { isWaymarkSpan, type WaymarkSpan } from '../waymark-span.ts';
import type { OpenTelemetryContext, OpenTelemetryContextManager } from './api-types.ts';
import { BridgeContext, type ContextViews, spanKey } from './bridge-context.ts';
import { registered, replaceRegistered } from './registry.ts';

const { storage } = processState;

// @opentelemetry/core, rpc-metadata: the instrumentation of HTTP has its server span there, also one that is not sampled.
const rpcMetadataKey = Symbol.for('OpenTelemetry SDK Context Key RPC_METADATA');
const serverKind = 1;

/** The two sides' contexts as one, until `leave()`. */
export interface Joined {
  /** Whether it is still in force: the SDK may have been shut down. */
  readonly isInForce: boolean;
  /** See `OpenTelemetryState`. */
  serverSpanIn(context: Context | undefined): WaymarkSpan | undefined;
  leave(): void;
}

/** @param ours A context manager on Waymark's contexts. */
export function joinContexts(ours: OpenTelemetryContextManager, views: ContextViews): Joined {
  const theirs = registered('context') as OpenTelemetryContextManager | undefined; // the API has checked it
  const both = theirs === undefined ? ours : new JoinedContextManager(ours, theirs);
  replaceRegistered('context', both);
  return {
    get isInForce() {
      return registered('context') === both;
    },
    serverSpanIn(context) {
      // Outside any context of Waymark's, an agent may have entered one of its own by another way than the API.
      const view = context === undefined ? views.viewOf(theirs?.active()) : context.values;
      if (!BridgeContext.is(view) || (context !== undefined && context.span !== view.span)) return undefined;
      return isWaymarkSpan(view.span) && isServerSpan(view.getValue(spanKey), view) ? view.span : undefined;
    },
    leave() {
      if (registered('context') === both) replaceRegistered('context', theirs);
    },
  };
}

/** Whether a span is a server span, or below that of the instrumentation of HTTP, as those around middleware are. */
function isServerSpan(span: unknown, context: OpenTelemetryContext): boolean {
  return (
    readProperty(span, 'kind') === serverKind || readProperty(context.getValue(rpcMetadataKey), 'span') !== undefined
  );
}

class JoinedContextManager implements OpenTelemetryContextManager {
  readonly #ours: OpenTelemetryContextManager;
  readonly #theirs: OpenTelemetryContextManager;

  constructor(ours: OpenTelemetryContextManager, theirs: OpenTelemetryContextManager) {
    this.#ours = ours;
    this.#theirs = theirs;
  }

  active(): OpenTelemetryContext {
    // Outside any context of Waymark's, what the SDK has entered before the two were joined.
    return storage.getStore() === undefined ? this.#theirs.active() : this.#ours.active();
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: OpenTelemetryContext,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    const [ours, theirs] = [this.#ours, this.#theirs];
    // Not `context` again: a context manager of an agent's may enter another one, with values of its own.
    return theirs.with(context, () => ours.with(theirs.active(), fn, thisArg, ...args)) as ReturnType<F>;
  }

  bind<T>(context: OpenTelemetryContext, target: T): T {
    const bound = this.#ours.bind(context, target);
    return typeof bound === 'function' ? this.#theirs.bind(context, bound) : bound;
  }

  enable(): this {
    this.#theirs.enable();
    return this;
  }

  disable(): this {
    this.#theirs.disable();
    return this;
  }

  attach(context: OpenTelemetryContext): ReturnType<OpenTelemetryContextManager['attach']> {
    const attached: { dispose?(): void } | undefined = this.#theirs.attach?.(context); // since API 1.10
    const own = this.#ours.attach(context);
    const dispose = (): void => {
      own.dispose();
      attached?.dispose?.();
    };
    return { ...own, dispose, [Symbol.dispose]: dispose } as ReturnType<OpenTelemetryContextManager['attach']>;
  }
}
