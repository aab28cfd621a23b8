/** Registers a bridge with the API, or joins the SDK that has registered; and says what it found. */
import { createDiagnostics, type Diagnostics } from '../diagnostics.ts';
import type { OpenTelemetryState } from '../open-telemetry-state.ts';
import { processState } from '../process-state.ts';
import { watchApiCopies } from './api-copies.ts';
import type {
  OpenTelemetryApi,
  OpenTelemetryContextManager,
  OpenTelemetryPropagator,
  OpenTelemetryTracerProvider,
} from './api-types.ts';
import type { ContextViews } from './bridge-context.ts';
import { type Guard, serverSpanIn } from './doubled.ts';
import { joinContexts } from './join.ts';
import { delegateOf, describeOwner, registered, registryVersion, takenSlots } from './registry.ts';

/** A bridge to register. */
export interface Registration {
  readonly api: OpenTelemetryApi;
  readonly tracerProvider: OpenTelemetryTracerProvider;
  readonly contextManager: OpenTelemetryContextManager;
  readonly propagator: OpenTelemetryPropagator;
  readonly guard: Guard;
  readonly views: ContextViews;
  /** Whether to join an SDK. */
  readonly join: boolean;
}

/** What became of it. */
export interface Ownership {
  /** Whether all three parts are registered. */
  readonly isRegistered: boolean;
  /** Whether an SDK has been joined. */
  readonly isJoined: boolean;
  /** Takes out of the API what was put there. */
  end(): void;
}

/** @param diagnosticsIfAny Where to report; if there is no tracer yet, standard error. */
export function takeOwnership(registration: Registration, diagnosticsIfAny: () => Diagnostics | undefined): Ownership {
  const warn = (message: string): void => (diagnosticsIfAny() ?? createDiagnostics()).note('warn', message);
  return registration.join ? join(registration, warn) : register(registration, warn);
}

/** Notes for the rest of core that a bridge is in force. */
function enter(
  { guard: { wrapsOverTheirs, leavesToTheirs } }: Registration,
  { isJoined, isInForce, serverSpanIn }: Pick<OpenTelemetryState, 'isJoined' | 'isInForce' | 'serverSpanIn'>,
): () => void {
  const state = { isInForce, isJoined, wrapsOverTheirs, leavesToTheirs, serverSpanIn };
  processState.openTelemetry = state;
  return () => {
    if (processState.openTelemetry === state) processState.openTelemetry = undefined;
  };
}

const nothing: Ownership = { isRegistered: false, isJoined: false, end() {} };

function register(registration: Registration, warn: (message: string) => void): Ownership {
  const { api, contextManager, propagator, tracerProvider } = registration;
  const owner = describeOwner();
  if (owner !== undefined) {
    // Another copy of this package has registered, with the same active span and the same tracer of the process.
    const { openTelemetry } = processState;
    if (openTelemetry?.isJoined === false && openTelemetry.isInForce()) return { ...nothing, isRegistered: true };
    warn(
      `@opentelemetry/api belongs to ${owner} already, so bridgeOpenTelemetry() has changed nothing. Spans of both in one trace: ` +
        'bridgeOpenTelemetry(api, { join: true }). Single instrumentations in Waymark: instrumentation.setTracerProvider(bridge.tracerProvider). ' +
        'All of them: remove the other, or call bridgeOpenTelemetry() before it. See docs/opentelemetry.md',
    );
    return nothing;
  }
  // The tracer provider comes last: a tracer that was taken before keeps the first provider that it finds, so there is no way back.
  const isDone =
    api.context.setGlobalContextManager(contextManager) &&
    api.propagation.setGlobalPropagator(propagator) &&
    api.trace.setGlobalTracerProvider(tracerProvider);
  if (!isDone) {
    takeOut();
    const version = registryVersion();
    warn(
      `bridgeOpenTelemetry() was refused: ${version === undefined ? 'another copy' : `@opentelemetry/api ${version}`} has made the API's registry, ` +
        'such as for metrics, and only that version may register there. Have one copy only: npm ls @opentelemetry/api shows them all. ' +
        'See docs/opentelemetry.md',
    );
    return nothing;
  }
  const copies = watchApiCopies(registryVersion() ?? '', warn);
  registration.guard.onTracer = copies.look;
  const isInForce = (): boolean =>
    registered('context') === contextManager &&
    registered('propagation') === propagator &&
    delegateOf(registered('trace')) === tracerProvider;
  const leave = enter(registration, { isJoined: false, isInForce, serverSpanIn });
  return {
    get isRegistered() {
      return isInForce();
    },
    isJoined: false,
    end() {
      copies.stop();
      leave();
      takeOut();
    },
  };

  function takeOut(): void {
    if (registered('context') === contextManager) api.context.disable();
    if (registered('propagation') === propagator) api.propagation.disable();
    if (delegateOf(registered('trace')) === tracerProvider) api.trace.disable();
  }
}

function join(registration: Registration, warn: (message: string) => void): Ownership {
  const owner = describeOwner();
  if (owner === undefined || !takenSlots().includes('trace')) {
    warn(
      'bridgeOpenTelemetry(api, { join: true }) finds no SDK of OpenTelemetry, so it has changed nothing. Start the SDK before this call, ' +
        'or leave join out if there is none. See docs/opentelemetry.md',
    );
    return nothing;
  }
  // It would lose spans: it sends one only if all the spans above it are Sentry's. It also enters contexts by other ways than the API.
  if (owner.startsWith('SentryTracerProvider')) {
    warn(
      `bridgeOpenTelemetry(api, { join: true }) cannot join ${owner}, and has changed nothing: Sentry sends a span only if all the spans ` +
        'above it are its own. Leave its option enableOpenTelemetrySetup out, and both trace beside each other. See docs/other-tracers.md',
    );
    return nothing;
  }
  const joined = joinContexts(registration.contextManager, registration.views);
  const leave = enter(registration, {
    isJoined: true,
    isInForce: () => joined.isInForce,
    serverSpanIn: joined.serverSpanIn,
  });
  return {
    isRegistered: false,
    get isJoined() {
      return joined.isInForce;
    },
    end() {
      leave();
      joined.leave();
    },
  };
}
