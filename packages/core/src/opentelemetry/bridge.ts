/** Registers Waymark as what is behind `@opentelemetry/api`. */
import { tracerOfLibraries } from '../default-tracer.ts';
import { describeValue, invalidOption, WaymarkError } from '../errors.ts';
import { type InternalTracer, internalsOf, isTracer, tracerOf } from '../internal-tracer.ts';
import { processState } from '../process-state.ts';
import { readProperty } from '../read-property.ts';
import { readSettings } from '../settings/read-settings.ts';
import { unknownOption } from '../settings/unknown-option.ts';
import type { Span } from '../span.ts';
import type { Tracer } from '../tracer.ts';
import { isWaymarkSpan } from '../waymark-span.ts';
import type {
  OpenTelemetryApi,
  OpenTelemetryContext,
  OpenTelemetryContextManager,
  OpenTelemetryPropagator,
  OpenTelemetryTracerProvider,
} from './api-types.ts';
import { createContextViews, spanKey } from './bridge-context.ts';
import { createPropagator } from './bridge-propagator.ts';
import { type BridgeTracers, WaymarkTracerProvider } from './bridge-tracer.ts';
import { createContextManager } from './context-manager.ts';
import { checkPrefer, createGuard, type PreferOption } from './doubled.ts';
import { takeOwnership } from './ownership.ts';
import { delegateOf, describeOwner, registered } from './registry.ts';

/** Options of {@link bridgeOpenTelemetry}. */
export interface BridgeOptions {
  /**
   * The tracer of spans that have no parent of Waymark's. Default: the process's, looked up for each span. A child belongs to the tracer
   * of its parent.
   */
  readonly tracer?: Tracer | undefined;
  /**
   * From which instrumentation a call has its span, if Waymark's and OpenTelemetry's could both make one: `waymark`, `opentelemetry` or
   * `both`, for all or by the name of the instrumentation's tracer. Default `waymark`.
   */
  readonly prefer?: PreferOption | undefined;
  /**
   * Beside an SDK that owns the API: spans of both sides are in one trace, each side's below the other's, and each side exports its
   * own. Default `false`.
   */
  readonly join?: boolean | undefined;
}

/** What {@link bridgeOpenTelemetry} returns. */
export interface OpenTelemetryBridge {
  /** Whether `@opentelemetry/api` leads to Waymark: tracer provider, context manager and propagator, or none of them. */
  readonly isRegistered: boolean;
  /** Whether the spans of the SDK that owns the API and those of Waymark are in one trace, by the option `join`. */
  readonly isJoined: boolean;
  /** Who owns the API instead: `NodeTracerProvider, @opentelemetry/api 1.9.0`. `undefined` if Waymark does, or if it has no owner. */
  readonly owner: string | undefined;
  /** For an instrumentation that takes one, registered or not: `instrumentation.setTracerProvider(bridge.tracerProvider)`. */
  readonly tracerProvider: OpenTelemetryTracerProvider;
  /** The active context of OpenTelemetry's side. It is Waymark's. */
  readonly contextManager: OpenTelemetryContextManager;
  /** Writes and reads headers in the formats of the tracer. */
  readonly propagator: OpenTelemetryPropagator;
  /** Takes Waymark out of the API. Tracers that were taken before go on making spans. */
  unregister(): void;
}

/** By tracer provider: the one that is registered leads to its bridge. */
const bridges = new WeakMap<object, OpenTelemetryBridge>();

/**
 * Brings whatever calls `@opentelemetry/api` into Waymark's traces: instrumentations, and libraries that trace themselves. Their spans
 * are Waymark's, and both sides have one active span, one baggage and one set of headers.
 *
 * If the API has an owner already, nothing is registered, and `owner` says who it is. Metrics and logs are not touched.
 *
 * @param api The copy that the libraries resolve: `import * as api from '@opentelemetry/api'`. Called again with it, returns the same bridge.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPENTELEMETRY_API` if it is not the API, `WAYMARK_INVALID_OPTION` or `WAYMARK_UNKNOWN_OPTION`.
 * @example
 * import * as api from '@opentelemetry/api';
 *
 * const bridge = bridgeOpenTelemetry(api);
 * if (!bridge.isRegistered) console.warn(`OpenTelemetry's API belongs to ${bridge.owner}`);
 */
export function bridgeOpenTelemetry(api: OpenTelemetryApi, options: BridgeOptions = {}): OpenTelemetryBridge {
  const root = checkApi(api);
  const settings = readSettings('bridgeOpenTelemetry(api, options)', () => readOptions(options));
  // The same package may be there twice, for `import` and for `require()`. Both have one registry.
  for (const part of [delegateOf(registered('trace')), registered('context')]) {
    const known = bridges.get(part as object);
    if (known?.isRegistered || known?.isJoined) return known;
  }
  const bridge = createBridge(api, root, settings);
  bridges.set(bridge.tracerProvider, bridge);
  if (bridge.isJoined) bridges.set(registered('context') as object, bridge);
  return bridge;
}

function createBridge(
  api: OpenTelemetryApi,
  root: OpenTelemetryContext,
  { tracer: given, prefer, join }: Settings,
): OpenTelemetryBridge {
  const tracerFor = (span: Span | undefined): InternalTracer =>
    (isWaymarkSpan(span) ? tracerOf(span) : undefined) ?? given ?? tracerOfLibraries();
  const tracerIfAny = (): InternalTracer | undefined => given ?? internalsOf(processState.defaultTracer);
  const views = createContextViews(root);
  const guard = createGuard(prefer, join);
  const tracers: BridgeTracers = { tracerFor, tracerIfAny, guard };
  const tracerProvider = new WaymarkTracerProvider(views, tracers);
  const contextManager = createContextManager(views);
  const propagator = createPropagator(views, tracers);
  const ownership = takeOwnership(
    { api, tracerProvider, contextManager, propagator, guard, views, join },
    () => tracerIfAny()?.diagnostics,
  );
  return {
    get isRegistered() {
      return ownership.isRegistered;
    },
    get isJoined() {
      return ownership.isJoined;
    },
    get owner() {
      return ownership.isRegistered ? undefined : describeOwner();
    },
    tracerProvider,
    contextManager,
    propagator,
    unregister: ownership.end,
  };
}

/** The options, checked. */
interface Settings {
  readonly tracer: InternalTracer | undefined;
  readonly prefer: PreferOption;
  readonly join: boolean;
}

const knownOptions: readonly (keyof BridgeOptions)[] = ['tracer', 'prefer', 'join'];

function readOptions(options: BridgeOptions): Settings {
  if (typeof options !== 'object' || options === null) {
    throw invalidOption('options', options, 'an object', "Leave it out to use the process's tracer.");
  }
  for (const key of Object.keys(options)) {
    if (!(knownOptions as readonly string[]).includes(key)) throw unknownOption(key, knownOptions);
  }
  const { tracer, join = false } = options;
  if (typeof join !== 'boolean') throw invalidOption('join', join, 'true or false', 'Leave it out for false.');
  const prefer = checkPrefer(options.prefer);
  if (tracer === undefined || isTracer(tracer)) return { tracer: internalsOf(tracer), prefer, join };
  throw invalidOption(
    'tracer',
    tracer,
    'a tracer',
    "Give it what createTracer() returns, or leave it out to use the process's.",
  );
}

/**
 * The root context. `import api from '@opentelemetry/api'` does not have it, so there it is what is active where nothing is.
 *
 * @returns `undefined` if there is none. Never throws.
 */
function rootOf(api: OpenTelemetryApi): OpenTelemetryContext | undefined {
  try {
    const { ROOT_CONTEXT: root = api.context.with(undefined as never, () => api.context.active()) } = api;
    return typeof root.setValue === 'function' && root.getValue(spanKey) === undefined ? root : undefined;
  } catch {
    return undefined; // another context manager that throws
  }
}

const methods = [
  ['trace', 'setGlobalTracerProvider'],
  ['context', 'setGlobalContextManager'],
  ['propagation', 'setGlobalPropagator'],
] as const;

/** Returns the root context of the API. */
function checkApi(api: OpenTelemetryApi): OpenTelemetryContext {
  const root = rootOf(api);
  const isApi =
    methods.every(([part, method]) => typeof readProperty(readProperty(api, part), method) === 'function') &&
    root !== undefined;
  if (isApi) return root;
  throw new WaymarkError(
    'WAYMARK_INVALID_OPENTELEMETRY_API',
    `bridgeOpenTelemetry(api) takes the package @opentelemetry/api, got ${describeValue(api)}. ` +
      "Write import * as api from '@opentelemetry/api', and bridgeOpenTelemetry(api).",
  );
}
