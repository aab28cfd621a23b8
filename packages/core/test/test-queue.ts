// A send queue, with tracers whose spans go to it, and a receiver that the test plays.

import { createTracer } from '../src/create-tracer.ts';
import { decodeTraceRequest } from '../src/otlp/decode-request.ts';
import { protobufFormat } from '../src/otlp/protobuf-format.ts';
import type { BatchSettings } from '../src/sending/batch-options.ts';
import type { Delivery } from '../src/sending/delivery.ts';
import { createSendQueue, type SendQueueOptions } from '../src/sending/send-queue.ts';
import type { Tracer, TracerStats } from '../src/tracer.ts';

/** A request under way, which the test answers. */
export interface Sending {
  readonly names: readonly string[];
  answer(delivery?: Delivery): void;
}

export interface QueueSetup {
  readonly queue: ReturnType<typeof createSendQueue>;
  readonly tracer: Tracer;
  /** Requests in the order in which they began; those that have been answered too. */
  readonly sendings: readonly Sending[];
  /** Resolves when so many requests have begun. */
  begun(count: number): Promise<void>;
  readonly lines: readonly string[];
  readonly calls: readonly string[];
  makeTracer(serviceName: string): Tracer;
}

export function setUpQueue({
  batch = {},
  ...options
}: Partial<Omit<SendQueueOptions, 'batch'>> & { batch?: Partial<BatchSettings> } = {}): QueueSetup {
  const sendings: Sending[] = [];
  const waiters = new Set<() => void>();
  const lines: string[] = [];
  const calls: string[] = [];
  const queue = createSendQueue({
    name: 'test',
    format: protobufFormat,
    warnings: [],
    batch: {
      scheduleDelayMs: 60_000,
      exportTimeoutMs: 1000,
      maxQueueSize: Number.POSITIVE_INFINITY,
      maxQueueBytes: 64 * 1024 * 1024,
      maxExportBatchSize: 512,
      maxRequests: 4,
      whenFull: 'drop-newest',
      maxAgeMs: 900_000,
      ...batch,
    },
    send: (body) =>
      new Promise((resolve) => {
        const names = decodeTraceRequest('application/x-protobuf', Buffer.concat(body)).map(({ name }) => name);
        sendings.push({ names, answer: (delivery = { lostCount: 0 }) => resolve(delivery) });
        for (const wake of waiters) wake();
      }),
    sendAndWait: () => [],
    isFullySent: () => false,
    abort: () => calls.push('abort'),
    close: () => calls.push('close'),
    ...options,
  });
  const makeTracer = (serviceName: string): Tracer =>
    createTracer({ serviceName, exporter: queue, flushOnExit: false, env: {}, log: (line) => lines.push(line) });
  return {
    queue,
    tracer: makeTracer('test'),
    sendings,
    begun(count) {
      return new Promise((resolve) => {
        const wake = (): void => {
          if (sendings.length < count) return;
          waiters.delete(wake);
          resolve();
        };
        waiters.add(wake);
        wake();
      });
    },
    lines,
    calls,
    makeTracer,
  };
}

export const sendAtOnce = { send: async (): Promise<Delivery> => ({ lostCount: 0 }) };

export function endSpans(tracer: Tracer, count: number, prefix = 'span'): void {
  for (let index = 0; index < count; index++) tracer.startSpan(`${prefix}${index}`).end();
}

/** Of the places where a span that has ended may be. */
export function sumOf({ exported, waiting, spooled, dropped }: TracerStats): number {
  return exported + waiting + spooled + Object.values(dropped).reduce((sum, count) => sum + count, 0);
}
