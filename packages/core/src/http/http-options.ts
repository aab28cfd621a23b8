/** What an adapter can be given: a tracer or what makes one, and what concerns HTTP alone. */
import { createTracer, getTracer } from '../create-tracer.ts';
import { invalidOption } from '../errors.ts';
import { type Environment, resolveKnownMethods, type TracerOptions, tracerOptionNames } from '../options.ts';
import { processState } from '../process-state.ts';
import { Tracer } from '../tracer.ts';
import { compileIgnore, type Ignore, type IsIgnored } from './ignore.ts';

/** Options of `tracing()`. What makes a tracer stands beside them. */
export interface HttpTracingOptions<Request = unknown> extends TracerOptions {
  /** A tracer made before, in place of the options that make one. */
  tracer?: Tracer;
  /**
   * Requests that get no span: a path, a pattern for paths, a function of the framework's request, or several. The caller's
   * context still passes through to what they call. Default: none.
   */
  ignore?: Ignore<Request>;
  /** Whether outbound `fetch`, undici and `node:http` calls get spans and carry the context on. Default `true`. */
  outbound?: boolean;
  /** Methods that appear under their own name; case-sensitive. `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`; default RFC 9110's, PATCH and QUERY. */
  knownMethods?: readonly string[];
}

export interface HttpSettings<Request> {
  readonly tracer: Tracer;
  readonly isIgnored: IsIgnored<Request> | undefined;
  readonly outbound: boolean;
  readonly knownMethods: ReadonlySet<string>;
}

const tracerNames = new Set(tracerOptionNames);

/**
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` or `WAYMARK_UNKNOWN_OPTION`, with the value and the remedy.
 */
export function resolveHttpSettings<Request>(options: HttpTracingOptions<Request> | Tracer): HttpSettings<Request> {
  if (isTracer(options)) return resolveHttpSettings<Request>({ tracer: options });
  if (typeof options !== 'object' || options === null) {
    throw invalidOption('tracing(options)', options, 'an object or a tracer', 'Leave it out to use the defaults.');
  }
  const { tracer: given, ignore, outbound = true, knownMethods, ...tracerOptions } = options;
  if (given !== undefined && !isTracer(given)) {
    throw invalidOption('tracer', given, 'a tracer made by createTracer()', 'Leave it out to have one made.');
  }
  const extra = Object.keys(tracerOptions).find((name) => tracerNames.has(name) && name !== 'env');
  if (given && extra) {
    throw invalidOption(
      extra,
      tracerOptions[extra as 'serviceName'],
      'left out beside tracer',
      `Give it to createTracer().`,
    );
  }
  if (typeof outbound !== 'boolean') {
    throw invalidOption('outbound', outbound, 'true or false', 'Leave it out to trace outbound calls.');
  }
  const isIgnored = compileIgnore(ignore);
  const env: Environment = options.env ?? process.env;
  const methods = resolveKnownMethods(knownMethods, env);
  const tracer = given ?? makeTracer(tracerOptions);
  if (methods.warning) tracer.diagnostics.note('warn', methods.warning);
  processState.defaultTracer ??= tracer;
  return { tracer, isIgnored, outbound, knownMethods: methods.methods };
}

/** Options make a tracer of the adapter's own: two services in one process have two names. None share the process's. */
function makeTracer(options: TracerOptions): Tracer {
  return Object.keys(options).length === 0 ? getTracer() : createTracer(options);
}

function isTracer(value: unknown): value is Tracer {
  if (value instanceof Tracer) return true;
  // Made by another copy of this package.
  const { beginSpan, settings } = (value ?? {}) as Partial<Tracer>; // both are checked
  return typeof beginSpan === 'function' && typeof settings === 'object';
}
