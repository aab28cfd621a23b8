/**
 * Warns of variables that were set after a tracer had read the environment, as by a dotenv that is loaded later: they have no
 * effect, and without a warning tracing would seem to ignore them.
 */
import type { SpanExporter } from './exporter.ts';
import type { InternalTracer } from './internal-tracer.ts';
import { type TracerOptions, tracerSettingTable } from './options.ts';
import type { SettingOrigin } from './settings/resolve-settings.ts';
import type { SettingTable } from './settings/setting.ts';

/** The settings of exporters, by their names. */
export type ExporterTables = ReadonlyMap<string, SettingTable>;

const checks = new WeakMap<InternalTracer, () => void>();

/** Call this right after the environment has been read. */
export function watchEnvironment(
  tracer: InternalTracer,
  exporters: readonly SpanExporter[],
  tables: ExporterTables,
  options: TracerOptions,
): void {
  if (options.env !== undefined) return;
  const read = new Map<string, string | undefined>();
  for (const name of variablesOf(tracer, exporters, tables)) read.set(name, process.env[name]);

  function check(): void {
    const late = [...read.keys()].filter((name) => process.env[name] !== read.get(name));
    if (late.length === 0) return;
    for (const name of late) read.delete(name); // each is reported once
    const [was, has] = late.length === 1 ? ['was', 'has'] : ['were', 'have'];
    tracer.diagnostics.note(
      'warn',
      `${late.join(', ')} ${was} set after tracing had read the environment, and ${has} no effect. Set the variables ` +
        "first: node --env-file=.env app.js, or import 'dotenv/config' above all other imports",
    );
  }

  checks.set(tracer, check);
  // After the modules that are imported at the start have run.
  setImmediate(check).unref();
}

/** Call this at the first request: an asynchronous start may have set variables since. Never throws. */
export function checkEnvironment(tracer: InternalTracer): void {
  checks.get(tracer)?.();
  checks.delete(tracer);
}

/** The variables that settings depend on. A setting in code does not depend on any. */
function variablesOf(
  tracer: InternalTracer,
  exporters: readonly SpanExporter[],
  tables: ExporterTables,
): readonly string[] {
  const ofExporters = exporters.flatMap((exporter) => {
    const table = tables.get(exporter.name);
    return table === undefined ? [] : variablesIn(exporter.origins ?? [], table);
  });
  return [...variablesIn(tracer.settings.origins, tracerSettingTable), ...ofExporters];
}

function variablesIn(origins: readonly SettingOrigin[], table: SettingTable): readonly string[] {
  return origins.flatMap(({ name, from }) => (from === 'code' ? [] : (table[name]?.variables ?? [])));
}
