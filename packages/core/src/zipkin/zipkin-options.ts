/** Options and settings of the Zipkin exporter. */
import {
  type ExporterOptions,
  type ExporterSettings,
  exporterTable,
  resolveExporterSettings,
} from '../sending/exporter-options.ts';
import { checkHeaders, httpUrl } from '../settings/http-forms.ts';
import type { SettingTable } from '../settings/setting.ts';

/** Defaults: `OTEL_EXPORTER_ZIPKIN_*`, then the specification's default. */
export interface ZipkinExporterOptions extends ExporterOptions {
  /** Full address of the receiver, used as it is. `OTEL_EXPORTER_ZIPKIN_ENDPOINT`; default `http://localhost:9411/api/v2/spans`. */
  url?: string | URL | undefined;
  /** For one request, in milliseconds; 0 for no limit. `OTEL_EXPORTER_ZIPKIN_TIMEOUT`; default 10,000. */
  timeoutMs?: number | undefined;
}

const defaultUrl = 'http://localhost:9411/api/v2/spans';

const table = exporterTable({
  // The specification has only these two.
  variablesFor: (suffix) => (suffix === 'ENDPOINT' || suffix === 'TIMEOUT' ? [`OTEL_EXPORTER_ZIPKIN_${suffix}`] : []),
  defaultUrl,
  url: httpUrl(defaultUrl),
  headers: { check: checkHeaders },
});

/** All settings of the Zipkin exporter. A test compares it with docs/settings.md. */
export const zipkinSettingTable: SettingTable = table;

/**
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` or `WAYMARK_UNKNOWN_OPTION`, with the value and the remedy.
 */
export function resolveZipkinSettings(options: ZipkinExporterOptions): ExporterSettings {
  return resolveExporterSettings(table, options).settings;
}
