/** Checks the options of one `tracing()`, and resolves them to the settings that its requests use. */
import { assembleTracer } from '../create-tracer.ts';
import { getTracer, offerDefaultTracer } from '../default-tracer.ts';
import { invalidOption } from '../errors.ts';
import { type InternalTracer, internalsOf, isTracer } from '../internal-tracer.ts';
import { resolveKnownMethods } from '../known-methods.ts';
import { type TracerOptions, tracerOptionNames } from '../options.ts';
import type { ExistingTraceHeaders, OutboundSettings, TraceStateMember } from '../outbound-settings.ts';
import { TraceState } from '../propagation/tracestate.ts';
import { readOption } from '../read-option.ts';
import { unknownOption } from '../settings/unknown-option.ts';
import type { Tracer } from '../tracer.ts';
import { compilePropagateTo } from '../urls/propagate-to.ts';
import { createUrlRedaction, defaultUrlRedaction, type UrlRedaction } from '../urls/url-redaction.ts';
import { compileCaptureHeaders, type HeaderCaptures } from './captured-headers.ts';
import type { HttpOptions, HttpTracingOptions } from './http-options.ts';
import { compileIgnore, type IsIgnored } from './ignore.ts';
import { type AddResponseHeaders, compileResponseHeaders } from './response-headers.ts';
import { type GivenOptions, mergeShared, propagateToOf, secretParametersOf } from './shared-options.ts';
import { resolveTraceUrl } from './trace-url.ts';
import { compileAllowedBaggage, compileTrust, type Trust, type TrustRule } from './trust.ts';

/** What a server span's attributes depend on. */
export interface ServerSpanSettings {
  readonly tracer: InternalTracer;
  readonly knownMethods: ReadonlySet<string>;
  readonly redaction: UrlRedaction;
  readonly captureHeaders: HeaderCaptures | undefined;
}

export interface HttpSettings<Request> extends ServerSpanSettings {
  readonly isIgnored: IsIgnored<Request> | undefined;
  readonly addResponseHeaders: AddResponseHeaders | undefined;
  /** `undefined`: every caller is trusted. */
  readonly trust: TrustRule<Request> | undefined;
  readonly allowedBaggage: ReadonlySet<string>;
  /** Whether outbound calls get spans and headers. */
  readonly tracesOutbound: boolean;
  readonly outbound: OutboundSettings;
}

const tracerNames = new Set(tracerOptionNames);

const httpOptionNames: ReadonlySet<string> = new Set<keyof HttpOptions | 'tracer'>([
  'tracer',
  'ignore',
  'outbound',
  'knownMethods',
  'responseHeaders',
  'traceUrl',
  'redactQuery',
  'trust',
  'allowBaggage',
  'propagateTo',
  'traceStateMember',
  'existingTraceHeaders',
  'captureHeaders',
]);

/** All options of `tracing()`: those about HTTP, and those that make a tracer. */
export const httpTracingOptionNames: readonly string[] = [...httpOptionNames, ...tracerNames];

/**
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` or `WAYMARK_UNKNOWN_OPTION`, with the value and the remedy.
 */
export function resolveHttpSettings<Request>(options: HttpTracingOptions<Request> | Tracer): HttpSettings<Request> {
  if (isTracer(options)) return resolveHttpSettings<Request>({ tracer: options });
  if (typeof options !== 'object' || options === null) {
    throw invalidOption('tracing(options)', options, 'an object or a tracer', 'Leave it out to use the defaults.');
  }
  const unknown = Object.keys(options).find((name) => !httpOptionNames.has(name) && !tracerNames.has(name));
  if (unknown !== undefined) throw unknownOption(unknown, httpTracingOptionNames);
  const read = <Name extends keyof HttpTracingOptions<Request>>(name: Name) =>
    readOption(options, name) as HttpTracingOptions<Request>[Name]; // both are checked below: callers may have no types
  const given = read('tracer');
  if (given !== undefined && !isTracer(given)) {
    throw invalidOption(
      'tracer',
      given,
      'a tracer made by createTracer()',
      'Leave it out to make one from the other options.',
    );
  }
  const tracerOptions: TracerOptions = Object.fromEntries(
    Object.entries(options).filter(([name]) => !httpOptionNames.has(name)),
  );
  const extra = Object.entries(tracerOptions).find(([name, value]) => value !== undefined && name !== 'env');
  if (given && extra) {
    const [name, value] = extra;
    throw invalidOption(name, value, 'left out when tracer is given', 'Give it to createTracer().');
  }
  const env = read('env');
  const redactQuery = read('redactQuery');
  const sharedOptions: GivenOptions = {
    outbound: read('outbound'),
    knownMethods: read('knownMethods'),
    redactQuery,
    trust: read('trust'),
    allowBaggage: read('allowBaggage'),
    propagateTo: read('propagateTo'),
    traceStateMember: checkMember(read('traceStateMember')),
    existingTraceHeaders: checkExisting(read('existingTraceHeaders')),
  };
  if (sharedOptions.outbound !== undefined && typeof sharedOptions.outbound !== 'boolean') {
    throw invalidOption('outbound', sharedOptions.outbound, 'true or false', 'Leave it out to trace outbound calls.');
  }
  const isIgnored = compileIgnore(read('ignore'));
  const traceUrls = resolveTraceUrl(read('traceUrl'), env);
  const addResponseHeaders = compileResponseHeaders(read('responseHeaders'), traceUrls.urlOf);
  // Wrong options are refused before the tracer is made or changed.
  compileCaptureHeaders(read('captureHeaders'), createUrlRedaction(redactQuery));
  compileTrust(sharedOptions.trust);
  compileAllowedBaggage(sharedOptions.allowBaggage);
  compilePropagateTo(sharedOptions.propagateTo);
  resolveKnownMethods(sharedOptions.knownMethods, env);

  const tracer = given === undefined ? makeTracer(tracerOptions) : internalsOf(given);
  const shared = mergeShared(tracer, sharedOptions);
  const secrets = secretParametersOf(shared);
  const redaction = secrets === undefined ? defaultUrlRedaction : createUrlRedaction(secrets);
  const methods = resolveKnownMethods(shared.knownMethods, env);
  for (const { warning } of [methods, traceUrls]) if (warning) tracer.diagnostics.note('warn', warning);
  offerDefaultTracer(given ?? tracer);
  return {
    tracer,
    isIgnored,
    addResponseHeaders,
    tracesOutbound: shared.outbound ?? true,
    outbound: {
      knownMethods: methods.methods,
      redactUrl: redaction.url,
      ...compilePropagateTo(propagateToOf(shared)),
      traceStateMember: shared.traceStateMember,
      existingTraceHeaders: shared.existingTraceHeaders,
    },
    knownMethods: methods.methods,
    redaction,
    captureHeaders: compileCaptureHeaders(read('captureHeaders'), redaction),
    trust: compileTrust(shared.trust as Trust<Request> | undefined), // may be from an app of another framework with the same tracer
    allowedBaggage: compileAllowedBaggage(shared.allowBaggage),
  };
}

function checkMember(member: TraceStateMember | undefined): TraceStateMember | undefined {
  if (member === undefined) return undefined;
  const { key, value } = (member ?? {}) as Partial<TraceStateMember>; // both are checked
  if (typeof key === 'string' && typeof value === 'string' && TraceState.empty.set(key, value) !== TraceState.empty) {
    return { key, value };
  }
  throw invalidOption(
    'traceStateMember',
    member,
    '{ key, value } that tracestate can carry',
    "Use { key: 'acme', value: '1' }.",
  );
}

function checkExisting(value: unknown): ExistingTraceHeaders | undefined {
  if (value === undefined || value === 'keep' || value === 'replace') return value;
  throw invalidOption('existingTraceHeaders', value, "'keep' or 'replace'", "Leave it out to use 'keep'.");
}

/** With options, makes a tracer for this `tracing()` alone: two services in one process have two names. Without, uses the process's. */
function makeTracer(options: TracerOptions): InternalTracer {
  if (Object.values(options).some((value) => value !== undefined)) return assembleTracer(options);
  const tracer = internalsOf(getTracer());
  return tracer.isEnded ? assembleTracer(options) : tracer;
}
