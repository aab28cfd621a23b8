/** How spans are handed to an exporter of OpenTelemetry: the variables and defaults of its `BatchSpanProcessor`. */
import { durationMs, integer, timeoutMs } from '../settings/forms.ts';
import { resolveSettings, type SettingOrigin } from '../settings/resolve-settings.ts';
import { type Environment, setting } from '../settings/setting.ts';

export interface ExportSettings {
  /** How long a span waits at most before it is handed over. */
  readonly scheduleDelayMs: number;
  /** How long an exporter may take for one batch. */
  readonly exportTimeoutMs: number;
  /** How many spans may wait, those that are being exported included. */
  readonly maxQueueSize: number;
  readonly maxExportBatchSize: number;
  readonly origins: readonly SettingOrigin[];
  readonly warnings: readonly string[];
}

const table = {
  scheduleDelayMs: setting({ variables: ['OTEL_BSP_SCHEDULE_DELAY'], form: durationMs, fallback: 5000 }),
  exportTimeoutMs: setting({ variables: ['OTEL_BSP_EXPORT_TIMEOUT'], form: timeoutMs, fallback: 30_000 }),
  maxQueueSize: setting({ variables: ['OTEL_BSP_MAX_QUEUE_SIZE'], form: integer(1), fallback: 2048 }),
  maxExportBatchSize: setting({ variables: ['OTEL_BSP_MAX_EXPORT_BATCH_SIZE'], form: integer(1), fallback: 512 }),
};

/** Reads the variables. */
export function resolveExportSettings(env: Environment | undefined): ExportSettings {
  const { values, origins, warnings } = resolveSettings(table, { env });
  // A batch larger than the queue would never be full.
  const maxExportBatchSize = Math.min(values.maxExportBatchSize, values.maxQueueSize);
  return { ...values, maxExportBatchSize, origins, warnings };
}
