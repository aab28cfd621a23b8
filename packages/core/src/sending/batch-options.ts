/** Options and settings of the send queue and of its spool on disk. */
import { choice, durationMs, integer, text, timeoutMs } from '../settings/forms.ts';
import type { ResolvedSettings } from '../settings/resolve-settings.ts';
import { type Setting, setting } from '../settings/setting.ts';

/** How an exporter batches, queues and retries. */
export interface BatchOptions {
  /** How long a span waits at most before it is sent, in milliseconds. `OTEL_BSP_SCHEDULE_DELAY`; default 5,000. */
  scheduleDelayMs?: number | undefined;
  /** Longest time for one request, in milliseconds; 0 for no limit. `OTEL_BSP_EXPORT_TIMEOUT`; default 30,000. */
  exportTimeoutMs?: number | undefined;
  /** How many spans may wait. Beyond that, spans are dropped and counted. `OTEL_BSP_MAX_QUEUE_SIZE`; default: only `maxQueueBytes` is the bound. */
  maxQueueSize?: number | undefined;
  /** How many bytes may wait in memory. Default 64 MiB. */
  maxQueueBytes?: number | undefined;
  /** How many spans one request may have, at most `maxQueueSize`. `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`; default 512. */
  maxExportBatchSize?: number | undefined;
  /** How many requests may be under way at the same time, so that a slow one does not delay the others. Default 4. */
  maxRequests?: number | undefined;
  /** Which spans are dropped when the queue is full: the one that has just ended, or the oldest batch. Default `drop-newest`. */
  whenFull?: WhenFull | undefined;
  /** How long a batch is retried, in milliseconds; 0 for no limit. Default 15 minutes. Spooled batches have no such limit. */
  maxAgeMs?: number | undefined;
}

/** Which spans are dropped when no more may wait: the one that has just ended, or those of the oldest batch. */
export type WhenFull = 'drop-newest' | 'drop-oldest';

/** Keeps spans on disk until they have arrived, so that they survive the end of the process, even a crash. */
export interface SpoolOptions {
  /** A folder on a local disk, for the spans of one receiver; created if missing. `WAYMARK_SPOOL_DIRECTORY`; default: nothing is spooled. */
  directory?: string | undefined;
  /** How many bytes one process may keep there. Default 256 MiB. */
  maxBytes?: number | undefined;
}

export interface BatchSettings {
  readonly scheduleDelayMs: number;
  /** Always a time that a timer can wait for. */
  readonly exportTimeoutMs: number;
  readonly maxQueueSize: number;
  readonly maxQueueBytes: number;
  readonly maxExportBatchSize: number;
  readonly maxRequests: number;
  readonly whenFull: WhenFull;
  readonly maxAgeMs: number;
}

export interface SpoolSettings {
  readonly directory: string;
  readonly maxBytes: number;
}

export const batchSettings: Readonly<
  Record<`batch.${Exclude<keyof BatchSettings, 'whenFull'>}`, Setting<number>> & {
    'batch.whenFull': Setting<WhenFull>;
    'spool.directory': Setting<string | undefined>;
    'spool.maxBytes': Setting<number>;
  }
> = {
  'batch.scheduleDelayMs': setting({ variables: ['OTEL_BSP_SCHEDULE_DELAY'], form: durationMs, fallback: 5000 }),
  'batch.exportTimeoutMs': setting({ variables: ['OTEL_BSP_EXPORT_TIMEOUT'], form: timeoutMs, fallback: 30_000 }),
  'batch.maxQueueSize': setting({
    variables: ['OTEL_BSP_MAX_QUEUE_SIZE'],
    form: integer(1),
    fallback: Number.POSITIVE_INFINITY,
    remedy: 'Leave it out to be bounded by bytes.',
  }),
  'batch.maxQueueBytes': setting({ form: integer(1), fallback: 64 * 1024 * 1024 }),
  'batch.maxExportBatchSize': setting({
    variables: ['OTEL_BSP_MAX_EXPORT_BATCH_SIZE'],
    form: integer(1),
    fallback: 512,
  }),
  // Enough that a slow request does not delay the others, and few enough that a recovering collector is not flooded.
  'batch.maxRequests': setting({ form: integer(1), fallback: 4 }),
  'batch.whenFull': setting({ form: choice<WhenFull>(['drop-newest', 'drop-oldest']), fallback: 'drop-newest' }),
  'batch.maxAgeMs': setting({ form: timeoutMs, fallback: 15 * 60 * 1000 }),
  'spool.directory': setting({
    variables: ['WAYMARK_SPOOL_DIRECTORY'],
    form: text,
    fallback: undefined,
    remedy: 'Leave it out to spool nothing.',
  }),
  'spool.maxBytes': setting({ form: integer(1), fallback: 256 * 1024 * 1024 }),
};

type Values = ResolvedSettings<typeof batchSettings>['values'];

export function toBatchSettings(values: Values): BatchSettings {
  return {
    scheduleDelayMs: values['batch.scheduleDelayMs'],
    exportTimeoutMs: values['batch.exportTimeoutMs'],
    maxQueueSize: values['batch.maxQueueSize'],
    maxQueueBytes: values['batch.maxQueueBytes'],
    // A batch larger than the queue would never be full.
    maxExportBatchSize: Math.min(values['batch.maxExportBatchSize'], values['batch.maxQueueSize']),
    maxRequests: values['batch.maxRequests'],
    whenFull: values['batch.whenFull'],
    maxAgeMs: values['batch.maxAgeMs'],
  };
}

/** `undefined` without a spool. */
export function toSpoolSettings(values: Values): SpoolSettings | undefined {
  const directory = values['spool.directory'];
  return directory === undefined ? undefined : { directory, maxBytes: values['spool.maxBytes'] };
}
