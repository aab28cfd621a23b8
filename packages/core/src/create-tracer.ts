/** The assembly: puts a tracer together from options, environment and defaults. The one root file that knows the exporters. */
import { runOutsideContext } from './active-context.ts';
import { consoleExporter } from './console/console-exporter.ts';
import { createDiagnostics } from './diagnostics.ts';
import { flushOnExit } from './exit.ts';
import type { SpanExporter } from './exporter.ts';
import { type GivenExporter, isOpenTelemetryExporter } from './exporter-option.ts';
import { InternalTracer } from './internal-tracer.ts';
import { type ExporterTables, watchEnvironment } from './late-environment.ts';
import type { OpenTelemetrySpanProcessor } from './open-telemetry-types.ts';
import { resolveTracerSettings, type TracerOptions } from './options.ts';
import { otlpExporter } from './otlp/otlp-exporter.ts';
import { otlpSettingTable } from './otlp/otlp-options.ts';
import { processState } from './process-state.ts';
import { readOption } from './read-option.ts';
import { readSettings } from './settings/read-settings.ts';
import { reportStart } from './start-up-line.ts';
import type { Tracer } from './tracer.ts';
import { zipkinExporter } from './zipkin/zipkin-exporter.ts';
import { zipkinSettingTable } from './zipkin/zipkin-options.ts';

const exporterTables: ExporterTables = new Map([
  ['otlp', otlpSettingTable],
  ['zipkin', zipkinSettingTable],
]);

/**
 * Makes a separate tracer: only its own methods use it. {@link setDefaultTracer} makes it the process's tracer, which `withSpan()`,
 * `startSpan()` and outbound calls outside any span use.
 *
 * @throws {WaymarkError} If an option has a wrong value, or is unknown. The message says what to write instead.
 * @example
 * const tracer = createTracer({ serviceName: 'nightly-report', sampler: traceIdRatioSampler(0.1) });
 * await tracer.withSpan('report', makeReport);
 * await tracer.shutdown();
 */
export function createTracer(options: TracerOptions = {}): Tracer {
  const tracer = assembleTracer(options);
  processState.separateService = String(tracer.resource.attributes['service.name']);
  return tracer;
}

/** Makes a tracer for the process, or for an adapter. */
export function assembleTracer(options: TracerOptions): InternalTracer {
  const { settings, diagnostics, clock, idGenerator } = readSettings('createTracer(options)', () =>
    resolveTracerSettings(options, (given) => createDiagnostics({ ...given, runOutside: runOutsideContext })),
  );
  const exporters = settings.disabled ? [] : settings.exporters.map((given) => makeExporter(given, options));
  const processors = settings.disabled ? undefined : makeProcessors(settings.spanProcessors, exporters.length > 0);
  if (processors !== undefined) exporters.unshift(processors.exporter); // first: it may still change a span
  const tracer = new InternalTracer({
    settings,
    diagnostics,
    exporters,
    processors: processors?.hooks,
    clock,
    idGenerator,
  });
  if (settings.flushOnExit && exporters.length > 0) flushOnExit(tracer);
  reportStart(tracer, exporters);
  watchEnvironment(tracer, exporters, exporterTables, options);
  return tracer;
}

function makeProcessors(given: readonly OpenTelemetrySpanProcessor[], hasExporters: boolean) {
  if (given.length === 0) return undefined;
  const { createSpanProcessors } =
    require('./opentelemetry/span-processors') as typeof import('./opentelemetry/span-processors.ts');
  return createSpanProcessors(given, hasExporters);
}

function makeExporter(given: GivenExporter, options: TracerOptions): SpanExporter {
  const env = readOption(options, 'env') as TracerOptions['env']; // it has been read by the settings
  if (isOpenTelemetryExporter(given)) {
    // Not an import: most services have no exporter of OpenTelemetry.
    const { adaptSpanExporter } =
      require('./opentelemetry/span-exporters') as typeof import('./opentelemetry/span-exporters.ts');
    return adaptSpanExporter(given, { env });
  }
  if (typeof given !== 'string') return given;
  if (given === 'console') return consoleExporter();
  if (given === 'zipkin') return zipkinExporter({ env });
  return otlpExporter({ env });
}
