/** The process's tracer: spans without an active parent belong to it. */
import { assembleTracer } from './create-tracer.ts';
import { describeValue, WaymarkError } from './errors.ts';
import { type InternalTracer, internalsOf, isTracer } from './internal-tracer.ts';
import { traceLibrariesOf } from './libraries/instrument.ts';
import type { TracerOptions } from './options.ts';
import { processState } from './process-state.ts';
import type { Tracer } from './tracer.ts';

/**
 * The process's tracer. The first `tracing()` or {@link setDefaultTracer} has usually set it; otherwise it is made from these options
 * and the environment. Options that come later are ignored with a warning. After its `shutdown()`, options make a new one.
 *
 * @throws {WaymarkError} Like {@link createTracer}, if a tracer is made.
 */
export function getTracer(options: TracerOptions = {}): Tracer {
  if (typeof options === 'string') throw namedTracer(options);
  const { defaultTracer } = processState;
  const internals = internalsOf(defaultTracer);
  const names = Object.keys(options);
  if (defaultTracer === undefined || internals === undefined || (names.length > 0 && givesWay(internals))) {
    const tracer = assembleTracer(options);
    makeDefault(tracer);
    traceLibrariesOf(tracer);
    return tracer;
  }
  if (names.length > 0) {
    internals.diagnostics.note(
      'warn',
      `getTracer() was given ${names.join(', ')} too late: the process has its tracer`,
    );
  }
  processState.provisionalTracer = undefined; // the application has it now
  return defaultTracer;
}

/** As in OpenTelemetry's API: a name, and perhaps a version. */
function namedTracer(name: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_INVALID_OPTION',
    `getTracer(options) takes no name, got ${describeValue(name)}. For a tracer by name write getTracer().withScope('shop', '1.2.0').`,
  );
}

/**
 * Makes a tracer the process's: `withSpan()` and the other functions without a tracer use it, and so do outbound calls outside any
 * span. Spans that have begun stay with their tracer.
 *
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is no tracer.
 * @example
 * setDefaultTracer(createTracer({ serviceName: 'nightly-report' }));
 * await withSpan('report', makeReport);
 */
export function setDefaultTracer(tracer: Tracer): void {
  if (!isTracer(tracer)) {
    throw new WaymarkError(
      'WAYMARK_INVALID_OPTION',
      `setDefaultTracer(tracer) takes a tracer, got ${describeValue(tracer)}. Give it what createTracer() returns.`,
    );
  }
  const before = internalsOf(processState.defaultTracer);
  const after = internalsOf(tracer);
  if (before !== undefined && before !== after && !givesWay(before)) {
    const [from, to] = [before, after].map(serviceOf);
    after.diagnostics.note('warn', `setDefaultTracer() puts the tracer of "${to}" in the place of that of "${from}"`);
  }
  makeDefault(tracer);
}

/** Makes an adapter's tracer the process's, unless the process has one that is not shut down. */
export function offerDefaultTracer(tracer: Tracer): void {
  const defaultTracer = internalsOf(processState.defaultTracer);
  if (defaultTracer === undefined || givesWay(defaultTracer)) makeDefault(tracer);
}

/** Whether another tracer may become the process's without a warning. */
function givesWay(tracer: InternalTracer): boolean {
  return tracer.isEnded || tracer === internalsOf(processState.provisionalTracer);
}

function makeDefault(tracer: Tracer): void {
  const provisional = internalsOf(processState.provisionalTracer);
  if (provisional !== undefined && provisional !== internalsOf(tracer) && !provisional.isEnded) {
    const { started } = provisional.stats();
    const spans = started === 1 ? '1 span' : `${started} spans`;
    internalsOf(tracer).diagnostics.note(
      'warn',
      `before tracing was set up for "${serviceOf(internalsOf(tracer))}", ${spans} of OpenTelemetry's API went to a tracer that was made ` +
        `from the environment, for "${serviceOf(provisional)}". Set up tracing before the libraries are used.`,
    );
  }
  processState.provisionalTracer = undefined;
  processState.defaultTracer = tracer;
}

/**
 * The process's tracer for a span that a library starts. Libraries start spans while the application is still being set up, so a tracer
 * that is made for them gives way to the one of `tracing()`, `setDefaultTracer()` or `getTracer(options)`.
 */
export function tracerOfLibraries(): InternalTracer {
  if (processState.defaultTracer !== undefined) return internalsOf(processState.defaultTracer);
  const tracer = tracerOfProcess();
  processState.provisionalTracer = tracer;
  return tracer;
}

/** The process's tracer for a span that begins without one. A tracer that has been shut down counts such spans as dropped. */
export function tracerOfProcess(): InternalTracer {
  const { defaultTracer, separateService } = processState;
  if (defaultTracer !== undefined) return internalsOf(defaultTracer);
  const tracer = internalsOf(getTracer());
  if (separateService !== undefined) {
    tracer.diagnostics.note(
      'warn',
      `a span outside any other goes to a tracer that was made from the environment just now, for "${serviceOf(tracer)}", ` +
        `and not to the one that createTracer() has made for "${separateService}". Call setDefaultTracer(tracer), or use tracer.withSpan().`,
    );
  }
  return tracer;
}

function serviceOf({ resource }: InternalTracer): unknown {
  return resource.attributes['service.name'];
}
