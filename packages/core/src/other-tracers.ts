/**
 * Other tracers that run in this process. Two tracers make two traces of one request, and a call has room for only one
 * `traceparent`: the developer should know which tracer writes it.
 *
 * A tracer is found by what it leaves in the process when it starts. A tracer that is only installed, or loaded but not started,
 * leaves nothing.
 */
import Module from 'node:module';
import type { InternalTracer } from './internal-tracer.ts';
import { isOutboundInstrumented } from './outbound-installation.ts';
import { processState } from './process-state.ts';

type Unknown = Readonly<Record<string | symbol, unknown>>;

/** How to find each tracer, by its name in messages. */
const finders: Readonly<Record<string, () => boolean>> = {
  'dd-trace': hasDatadog,
  "OpenTelemetry's SDK": hasOpenTelemetry,
  "New Relic's agent": hasNewRelic,
  "Elastic's APM agent": hasElastic,
  "Sentry's SDK": hasSentry,
};

/** The names of the other tracers that are running now. Never throws. */
export function findOtherTracers(): readonly string[] {
  return Object.keys(finders).filter((name) => {
    try {
      return finders[name]?.() === true;
    } catch {
      return false; // a getter, or an exotic object, of a version that we do not know
    }
  });
}

const told = new Set<string>();

/**
 * Warns once of each other tracer, if calls carry headers and `existingTraceHeaders` is not set. Call it after set-up: the other
 * tracer may start later than this one.
 */
export function warnOfOtherTracers(tracer: InternalTracer): void {
  if (
    tracer.settings.disabled ||
    !tracer.tracesOutbound ||
    !isOutboundInstrumented() ||
    tracer.outbound?.existingTraceHeaders !== undefined
  )
    return;
  for (const name of findOtherTracers()) {
    if (told.has(name)) continue;
    told.add(name);
    tracer.diagnostics.note(
      'warn',
      `${name} traces this process too. Outbound calls carry its traceparent, not ours, so that the spans of the next services ` +
        "hang below spans that are missing here. Turn one of the two off, or set existingTraceHeaders: 'replace' in tracing(); " +
        "'keep' leaves it so, without this warning. See docs/other-tracers.md",
    );
  }
}

function at(holder: unknown, key: string | symbol): unknown {
  return (holder as Unknown | null | undefined)?.[key]; // any value may be read
}

/** Its API exists as soon as it is loaded, and says whether it was started. */
function hasDatadog(): boolean {
  return at(at(globalThis, '_ddtrace'), '_tracingInitialized') === true;
}

/**
 * Its API holds a provider, and the propagator, if an SDK was registered. Sentry registers one that writes no traceparent. A bridge of
 * Waymark's takes the place of an SDK, or is in the traces of one.
 */
function hasOpenTelemetry(): boolean {
  if (processState.openTelemetry !== undefined) return false;
  const api = at(globalThis, Symbol.for('opentelemetry.js.api.1'));
  const propagator = at(api, 'propagation');
  const fields = (at(propagator, 'fields') as (() => unknown) | undefined)?.call(propagator);
  return at(api, 'trace') !== undefined && Array.isArray(fields) && fields.includes('traceparent');
}

/** It leaves no global. A disabled one exports a stub that has no agent. */
function hasNewRelic(): boolean {
  const cache = at(Module, '_cache') as Readonly<Record<string, unknown>> | undefined; // Node's, keyed by file
  const file = Object.keys(cache ?? {}).find((path) => /[\\/]newrelic[\\/]index\.js$/.test(path));
  return file !== undefined && typeof at(at(at(cache, file), 'exports'), 'agent') === 'object';
}

/** Its symbol is not one of `Symbol.for()`. */
function hasElastic(): boolean {
  const name = 'ElasticAPMAgentInitialized';
  return Object.getOwnPropertySymbols(globalThis).some(({ description }) => description === name);
}

/** It has its own headers, and writes a traceparent only if an option says so. */
function hasSentry(): boolean {
  const carrier = at(globalThis, '__SENTRY__');
  const scope = at(at(carrier, at(carrier, 'version') as string), 'defaultCurrentScope') as Unknown | undefined; // its own class
  const client = (scope?.getClient as (() => unknown) | undefined)?.call(scope);
  const options = (at(client, 'getOptions') as (() => unknown) | undefined)?.call(client);
  return at(options, 'propagateTraceparent') === true;
}
