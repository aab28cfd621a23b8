/** Options and settings of whatever sends over the network: batching, and the spool on disk. */
import { choice, durationMs, integer, text, timeoutMs } from '../settings/forms.ts';
import type { ResolvedSettings } from '../settings/resolve-settings.ts';
import { type Setting, setting } from '../settings/setting.ts';

/** Batching, of every exporter that sends over the network. */
export interface BatchOptions {
  /** Longest time that a span waits before it is sent, in milliseconds. `OTEL_BSP_SCHEDULE_DELAY`; default 5,000. */
  scheduleDelayMs?: number | undefined;
  /** Longest time for one request, in milliseconds; 0 for no limit. `OTEL_BSP_EXPORT_TIMEOUT`; default 30,000. */
  exportTimeoutMs?: number | undefined;
  /** Most spans that wait, beyond which some are dropped and counted. `OTEL_BSP_MAX_QUEUE_SIZE`; default: bounded by `maxQueueBytes` alone. */
  maxQueueSize?: number | undefined;
  /** Most bytes that wait in memory. Default 64 MiB. */
  maxQueueBytes?: number | undefined;
  /** Most spans in one request, and no more than `maxQueueSize`. `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`; default 512. */
  maxExportBatchSize?: number | undefined;
  /** Most requests under way at once, so that one that is slow does not hold up the others. Default 4. */
  maxRequests?: number | undefined;
  /** Which spans go when no more can wait: the one that has just ended, or the oldest batch. Default `drop-newest`. */
  whenFull?: WhenFull | undefined;
  /** How long a batch is tried again while the receiver cannot take it, in milliseconds; 0 for no limit. Default 15 minutes. What is spooled has no such limit. */
  maxAgeMs?: number | undefined;
}

export type WhenFull = 'drop-newest' | 'drop-oldest';

/** Where spans are kept on disk until they have arrived: they survive the end of the process, whichever way it comes. */
export interface SpoolOptions {
  /** A folder on a local disk, for spans that go to one receiver; made if it is not there. `WAYMARK_SPOOL_DIRECTORY`; default: nothing is spooled. */
  directory?: string | undefined;
  /** Most bytes that a process keeps there. Default 256 MiB. */
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
  // Enough that one slow request does not hold up the others, few enough that a recovering collector is not run over.
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
    // A batch that the queue cannot hold would never be full.
    maxExportBatchSize: Math.min(values['batch.maxExportBatchSize'], values['batch.maxQueueSize']),
    maxRequests: values['batch.maxRequests'],
    whenFull: values['batch.whenFull'],
    maxAgeMs: values['batch.maxAgeMs'],
  };
}

/** `undefined` where nothing is to be spooled. */
export function toSpoolSettings(values: Values): SpoolSettings | undefined {
  const directory = values['spool.directory'];
  return directory === undefined ? undefined : { directory, maxBytes: values['spool.maxBytes'] };
}
