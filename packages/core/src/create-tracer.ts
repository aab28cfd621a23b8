/** The assembly: puts a tracer together from options, environment and defaults. The one root file that knows the exporters. */
import { consoleExporter } from './console/console-exporter.ts';
import { createDiagnostics } from './diagnostics.ts';
import { flushOnExit } from './exit.ts';
import type { SpanExporter } from './exporter.ts';
import { watchEnvironment } from './late-environment.ts';
import { type ExporterName, resolveTracerSettings, type TracerOptions } from './options.ts';
import { otlpExporter } from './otlp/otlp-exporter.ts';
import { processState } from './process-state.ts';
import { readOption } from './read-option.ts';
import { tellStart } from './start-up-line.ts';
import { Tracer } from './tracer.ts';
import { zipkinExporter } from './zipkin/zipkin-exporter.ts';

/**
 * Makes a tracer. Nothing global is touched: it is used by whom it is given to.
 *
 * @throws {WaymarkError} If an option has a wrong value, or is unknown. The message says what to write instead.
 * @example
 * const tracer = createTracer({ serviceName: 'nightly-report', sampler: traceIdRatioSampler(0.1) });
 * await tracer.withSpan('report', makeReport);
 * await tracer.shutdown();
 */
export function createTracer(options: TracerOptions = {}): Tracer {
  const { settings, diagnostics, clock, idGenerator } = resolveTracerSettings(options, createDiagnostics);
  const exporters = settings.disabled ? [] : settings.exporters.map((given) => makeExporter(given, options));
  const tracer = new Tracer({ settings, diagnostics, exporters, clock, idGenerator });
  if (settings.flushOnExit && exporters.length > 0) flushOnExit(tracer);
  tellStart(tracer, exporters);
  watchEnvironment(tracer, exporters, options);
  return tracer;
}

/**
 * The process's tracer: the one that spans without an active parent belong to. Made from the options of the first call,
 * or from the environment; a service's adapter has usually made it already, and options that come later are ignored with
 * a warning.
 *
 * @throws {WaymarkError} Like {@link createTracer}, if it is the first call.
 */
export function getTracer(options: TracerOptions = {}): Tracer {
  const made = processState.defaultTracer;
  if (made === undefined) {
    processState.defaultTracer = createTracer(options);
    return processState.defaultTracer;
  }
  const ignored = Object.keys(options);
  if (ignored.length > 0) {
    made.diagnostics.note('warn', `getTracer() was given ${ignored.join(', ')} too late: the process has its tracer`);
  }
  return made;
}

function makeExporter(given: SpanExporter | ExporterName, options: TracerOptions): SpanExporter {
  const env = readOption(options, 'env') as TracerOptions['env']; // it has been read by the settings
  if (typeof given !== 'string') return given;
  if (given === 'console') return consoleExporter();
  if (given === 'zipkin') return zipkinExporter({ env });
  return otlpExporter({ env });
}
