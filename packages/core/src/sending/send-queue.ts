/**
 * The way from an ended span to the receiver: spans are encoded into an open chunk, chunks are sealed by count, size or
 * time, wait in a bounded queue, and are sent a few at a time.
 *
 * Each span that was taken is in exactly one of exported, waiting or dropped, at any moment: the numbers change together.
 */
import type { BatchSettings } from '../batch-options.ts';
import type { DiagnosticReason, Diagnostics } from '../diagnostics.ts';
import type { ExporterHost, ExporterStats, SpanExporter } from '../exporter.ts';
import type { Resource } from '../resource.ts';
import type { RecordingSpan } from '../span.ts';
import { ByteWriter, itemTooLarge } from './byte-writer.ts';
import type { SpanFormat } from './span-format.ts';

// Taken once: a retry may outlast the test file that it began in, and Jest takes that file's Date away.
const { now } = Date;

/** How sending one chunk ended. */
export type Delivery =
  | { readonly lostCount: 0; readonly warning?: string | undefined }
  /** `reason` is the key in the statistics: `rejected` for spans that the receiver did not like. */
  | { readonly lostCount: number; readonly reason: string; readonly message: string };

export interface SendQueueOptions {
  readonly name: string;
  readonly batch: BatchSettings;
  readonly format: SpanFormat;
  /** Settings that were ignored, told once there is somebody to tell. */
  readonly warnings: readonly string[];
  /** Resolves when the body has arrived or is given up. */
  send(body: Buffer, spanCount: number, onRetry: (message: string) => void): Promise<Delivery>;
  /** Tries again now what waits for its next attempt. */
  hurry(): void;
  /** Lets go of sockets. */
  close(): void;
}

// A chunk that has reached this size is sealed, so that requests stay well below the collector's usual limit of 20 MiB.
const maxChunkBytes = 4 * 1024 * 1024;

// A span that is as big as a whole chunk is no use to anybody, and could cost the batch that it is sent with.
const maxSpanBytes = 4 * 1024 * 1024;

// Enough that one slow request does not hold up the others, few enough that a recovering collector is not run over.
const maxRequestsInFlight = 4;

interface OpenChunk {
  readonly resource: Resource;
  readonly writer: ByteWriter;
  spanCount: number;
  byteCount: number;
}

interface SealedChunk {
  readonly resource: Resource;
  readonly spans: readonly Buffer[];
  readonly spanCount: number;
  readonly byteCount: number;
  readonly onSettled: () => void;
}

export function createSendQueue(options: SendQueueOptions): SpanExporter {
  const { name, format, batch, warnings } = options;
  /** One for each resource: tracers of several services may share the exporter. */
  const openChunks = new Map<Resource, OpenChunk>();
  let lastChunk: OpenChunk | undefined;
  const queue = new Set<SealedChunk>(); // in order of arrival, and cheap to take from however long it is
  /** A promise for each chunk that is sealed and not settled. */
  const unsettled = new Set<Promise<void>>();
  const dropped: Record<string, number> = {};
  let waitingSpans = 0;
  let waitingBytes = 0;
  let exported = 0;
  let requestsInFlight = 0;
  let lastError: ExporterStats['lastError'];
  let sealTimer: NodeJS.Timeout | undefined;
  let isPumpDue = false;
  let users = 0;
  let isShutDown = false;
  let diagnostics: Diagnostics | undefined;
  let untraced: ExporterHost['untraced'] = (fn) => fn();

  function start(host: ExporterHost): void {
    users++;
    isShutDown = false;
    if (diagnostics !== undefined) return;
    ({ diagnostics, untraced } = host);
    for (const warning of warnings) diagnostics.note('warn', warning);
  }

  function exportSpan(span: RecordingSpan): void {
    const reason = take(span);
    if (reason === undefined) return;
    dropped[reason] = (dropped[reason] ?? 0) + 1;
    diagnostics?.count('span-dropped', reason);
  }

  /** Returns why the span was not taken, if it was not. */
  function take(span: RecordingSpan): string | undefined {
    if (isShutDown) return 'after-shutdown';
    if (waitingSpans >= batch.maxQueueSize) return 'queue-full';
    const { resource } = span.tracer;
    const chunk = lastChunk?.resource === resource ? lastChunk : chunkFor(resource);
    const { writer } = chunk;
    writer.beginItem();
    try {
      format.encodeSpan(writer, span);
    } catch (error) {
      writer.dropItem();
      if (error === itemTooLarge) return 'span-too-large';
      throw error;
    }
    const byteCount = writer.position - writer.itemStart;
    if (byteCount > maxSpanBytes || waitingBytes + byteCount > batch.maxQueueBytes) {
      writer.dropItem();
      return byteCount > maxSpanBytes ? 'span-too-large' : 'queue-full';
    }
    waitingSpans++;
    waitingBytes += byteCount;
    chunk.spanCount++;
    chunk.byteCount += byteCount;
    if (chunk.spanCount >= batch.maxExportBatchSize || chunk.byteCount >= maxChunkBytes) seal(chunk);
    else if (sealTimer === undefined) startSealTimer();
    return undefined;
  }

  function chunkFor(resource: Resource): OpenChunk {
    let chunk = openChunks.get(resource);
    if (chunk === undefined) {
      chunk = { resource, writer: new ByteWriter(maxSpanBytes), spanCount: 0, byteCount: 0 };
      openChunks.set(resource, chunk);
    }
    lastChunk = chunk;
    return chunk;
  }

  // A timer remembers the context in which it is made, which is some request's. Untraced, it holds on to nothing.
  function startSealTimer(): void {
    untraced(() => {
      sealTimer = setTimeout(sealAll, batch.scheduleDelayMs).unref();
    });
  }

  function sealAll(): void {
    clearTimeout(sealTimer);
    sealTimer = undefined;
    for (const chunk of openChunks.values()) {
      if (chunk.spanCount > 0) seal(chunk);
    }
    // A tracer may be gone for good, and should not leave its block of bytes here.
    openChunks.clear();
    if (lastChunk !== undefined) openChunks.set(lastChunk.resource, lastChunk);
  }

  /** Puts a chunk into the queue. Cheap, since it happens inside some `end()`: the rest of the work comes later. */
  function seal(chunk: OpenChunk): void {
    const { resource, spanCount, byteCount } = chunk;
    const spans = chunk.writer.takeChunk();
    chunk.spanCount = 0;
    chunk.byteCount = 0;
    const settled = new Promise<void>((resolve) => {
      queue.add({ resource, spans, spanCount, byteCount, onSettled: resolve });
    });
    unsettled.add(settled);
    void settled.then(() => unsettled.delete(settled));
    if (isPumpDue) return;
    isPumpDue = true;
    untraced(() => setImmediate(pump)); // and with it all that sending does
  }

  function pump(): void {
    isPumpDue = false;
    for (const chunk of queue) {
      if (requestsInFlight >= maxRequestsInFlight) return;
      queue.delete(chunk);
      requestsInFlight++;
      void deliver(chunk);
    }
  }

  async function deliver(chunk: SealedChunk): Promise<void> {
    const { spanCount } = chunk;
    let delivery: Delivery;
    try {
      const body = Buffer.concat(format.frame(chunk.spans, chunk.resource));
      delivery = await options.send(body, spanCount, onRetry);
    } catch (error) {
      delivery = { lostCount: spanCount, reason: 'send-failed', message: String(error) }; // a fault of ours
    }
    settle(chunk, delivery);
    pump();
  }

  function settle({ spanCount, byteCount, onSettled }: SealedChunk, delivery: Delivery): void {
    requestsInFlight--;
    waitingSpans -= spanCount;
    waitingBytes -= byteCount;
    exported += spanCount - delivery.lostCount;
    if ('reason' in delivery) {
      const { lostCount, reason, message } = delivery;
      dropped[reason] = (dropped[reason] ?? 0) + lostCount;
      noteError(reason === 'rejected' ? 'export-partial' : 'export-failed', message);
    } else if (delivery.warning !== undefined) {
      noteError('export-warning', delivery.warning);
    }
    onSettled();
  }

  function onRetry(message: string): void {
    noteError('export-retried', message);
  }

  function noteError(reason: DiagnosticReason, message: string): void {
    lastError = { message, timeMs: now() };
    diagnostics?.count(reason, message);
  }

  async function flush(): Promise<void> {
    sealAll();
    options.hurry();
    // Nothing here keeps the process alive. A tracer's flush() does, as long as it was told to wait.
    await Promise.all(unsettled);
  }

  async function shutdown(): Promise<void> {
    users--;
    if (users <= 0) isShutDown = true; // tracers may share the exporter: the last one closes it
    await flush();
    if (isShutDown) options.close();
  }

  return {
    name,
    start,
    export: exportSpan,
    flush,
    shutdown,
    stats: () => ({ exported, waiting: waitingSpans, dropped: { ...dropped }, lastError }),
  };
}
