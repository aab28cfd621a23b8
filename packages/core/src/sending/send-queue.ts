/**
 * The way from an ended span to the receiver. Chunks of encoded spans wait in a queue that is bounded in bytes. They are written to
 * the spool, if there is one, and sent a few at a time until they have arrived.
 *
 * Each span is counted exactly once at any moment: as exported, waiting, spooled or dropped. docs/export.md has a picture.
 */
import { performance } from 'node:perf_hooks';
import type { DiagnosticReason } from '../diagnostics.ts';
import type { ExporterHost, ExporterStats, LastWait, SaveOptions, SpanExporter } from '../exporter.ts';
import { isProcessEnding } from '../process-state.ts';
import type { RecordingSpan } from '../recording-span.ts';
import type { Resource } from '../resource.ts';
import type { BatchSettings, SpoolSettings } from './batch-options.ts';
import { callAt } from './call-at.ts';
import { type Chunk, createChunkAccounts } from './chunk-accounts.ts';
import type { Delivery, Retry } from './delivery.ts';
import { createFlushWaiters } from './flush-waiters.ts';
import { createOpenChunks } from './open-chunks.ts';
import { createReplay } from './replay.ts';
import { type Backoff, createRetrySchedule, failuresBeforeReorder, maxFailuresAlone } from './retry-schedule.ts';
import type { Batch, Sender } from './sender.ts';
import type { SpanFormat } from './span-format.ts';
import type { ScopeSpans } from './spans-by-scope.ts';
import { createSpooledChunks } from './spooled-chunks.ts';

// Read once: a retry may outlast the test file that it began in, and Jest removes that file's Date.
const { now } = Date;

export interface SendQueueOptions extends Sender {
  readonly name: string;
  readonly batch: BatchSettings;
  /** Where batches are kept on disk until they have arrived; `undefined` to keep them in memory only. */
  readonly spool?: SpoolSettings | undefined;
  readonly format: SpanFormat;
  /** Settings that were ignored. They are reported when the first tracer starts. */
  readonly warnings: readonly string[];
  readonly backoff?: Backoff | undefined;
}

// The most that is written to disk in one turn of the event loop: it takes less than a millisecond.
const maxSpooledBytesPerTurn = 1024 * 1024;

type Failure = Extract<Delivery, { reason: string }>;

function noAnswer(lostCount: number): Failure {
  return { lostCount, reason: 'timeout', message: 'the receiver did not answer in time', retry: { why: 'timeout' } };
}

export function createSendQueue(options: SendQueueOptions): SpanExporter {
  const { name, format, batch, warnings } = options;
  const accounts = createChunkAccounts();
  const { queue } = accounts;
  const dropped: Record<string, number> = {};
  let exported = 0;
  /** Spans dropped to make room for the span that is being taken. They are reported after it. */
  let droppedForRoom = 0;
  let requestsUnderWay = 0;
  let isPumpDue = false;
  let lastError: ExporterStats['lastError'];
  let users = 0;
  let isShutDown = false;
  /** Requests were aborted because the process ends. A new one could keep it alive: a DNS lookup cannot be aborted. */
  let isCut = false;
  let isClosed = false;
  let host: ExporterHost | undefined;

  const untraced: ExporterHost['untraced'] = (fn) => (host === undefined ? fn() : host.untraced(fn));
  const open = createOpenChunks({ batch, format, untraced, admit, onSealed });
  const schedule = createRetrySchedule({
    maxRequests: batch.maxRequests,
    maxWaitMs: batch.maxAgeMs,
    onDue: pumpSoon,
    backoff: options.backoff,
  });
  const disk =
    options.spool &&
    createSpooledChunks({
      ...options.spool,
      batch,
      format: `${name} ${format.contentType}`,
      accounts,
      bodyOf,
      onFound: pumpSoon,
      onFoundDropped(spanCount) {
        replay.lose('spool-full', spanCount);
        reportDropped('spool-full', spanCount);
      },
      onDropped: (chunk) => lose(chunk, 'spool-full'),
    });
  const replay = createReplay({
    schedule,
    spool: () => disk?.spool(),
    send: attempt,
    halve: format.halve,
    onAnswer(delivery, isSentAgain) {
      requestsUnderWay--;
      if ('reason' in delivery) {
        noteError(isSentAgain ? 'export-retried' : 'export-failed', delivery.message);
        if (isSentAgain && delivery.retry !== undefined) releaseIfStalled(delivery.retry);
      }
      waiters.check();
      pumpSoon();
    },
    onDue: pumpSoon,
  });
  const waiters = createFlushWaiters(() => disk?.spool()?.hasFound() === true);

  function start(given: ExporterHost): void {
    users++;
    isShutDown = false;
    isClosed = false;
    const isFirst = host === undefined;
    host ??= given;
    if (isFirst) for (const warning of warnings) given.diagnostics.note('warn', warning);
    if (disk !== undefined && disk.spool() === undefined) pumpSoon(); // sends what earlier processes have left
  }

  function exportSpan(span: RecordingSpan): void {
    const reason = isShutDown ? 'after-shutdown' : open.take(span);
    if (reason !== undefined) {
      addDropped(reason, 1);
      reportDropped(reason, 1);
    }
    if (droppedForRoom === 0) return;
    reportDropped('queue-full', droppedForRoom);
    droppedForRoom = 0;
  }

  function addDropped(reason: string, spanCount: number): void {
    dropped[reason] = (dropped[reason] ?? 0) + spanCount;
  }

  // Call it when the statistics are correct again: a log function may read them.
  function reportDropped(reason: string, spanCount: number): void {
    host?.diagnostics.count('span-dropped', reason, spanCount);
  }

  function admit(byteCount: number): boolean {
    while (accounts.waitingSpans >= batch.maxQueueSize || accounts.waitingBytes + byteCount > batch.maxQueueBytes) {
      if (!makeRoom()) return false;
    }
    accounts.addSpan(byteCount);
    return true;
  }

  /** Returns whether memory was freed. It runs inside some `end()`, so it looks at one chunk only. */
  function makeRoom(): boolean {
    const oldest = accounts.oldestInMemory();
    if (oldest === undefined) return false;
    if (oldest.frame !== undefined) {
      accounts.leaveOnDisk(oldest);
      return true;
    }
    if (batch.whenFull === 'drop-newest') return false;
    addDropped('queue-full', oldest.spanCount);
    remove(oldest);
    droppedForRoom += oldest.spanCount;
    return true;
  }

  function onSealed(spans: readonly ScopeSpans[], spanCount: number, byteCount: number, resource: Resource): void {
    const chunk = accounts.add({ spans, resource }, spanCount, byteCount);
    disk?.add(chunk);
    isCut = false;
    pumpSoon();
  }

  function pumpSoon(): void {
    if (isPumpDue) return;
    isPumpDue = true;
    untraced(() => setImmediate(pump)); // writing and sending are untraced too
  }

  function pump(): void {
    isPumpDue = false;
    const isWritten = writeSome(maxSpooledBytesPerTurn);
    if (!isWritten) pumpSoon();
    sendSome(isWritten);
    if (schedule.isWaiting()) releaseIfStalled(undefined);
  }

  /** Returns whether nothing is left that can be written now. */
  function writeSome(maxBytes: number): boolean {
    if (disk === undefined || host === undefined || isClosed) return true;
    return disk.write(maxBytes, host.diagnostics);
  }

  /** `undefined` if the chunk was on disk and cannot be read. */
  function bodyOf(chunk: Chunk): readonly Buffer[] | undefined {
    const { content } = chunk;
    if (content !== undefined && !isFramed(content)) {
      chunk.content = format.frame(content.spans, content.resource);
    } else if (content === undefined) {
      const body = disk?.read(chunk);
      chunk.content = body && [body];
    }
    return chunk.content as readonly Buffer[] | undefined; // set here
  }

  function sendSome(isWritten: boolean): void {
    const limit = schedule.requestLimit();
    if (limit === 0 || isCut) return;
    const nowMs = performance.now();
    const isReplayDue = replay.isDue();
    const ownLimit = isReplayDue && limit > 1 ? limit - 1 : limit;
    for (const chunk of queue) {
      if (requestsUnderWay >= ownLimit) break;
      if (chunk.isUnderWay || chunk.resumeMs > nowMs) continue;
      if (!isWritten && disk?.isUnwritten(chunk)) break; // a chunk is written to disk before it is sent
      void deliver(chunk);
    }
    if (isReplayDue && requestsUnderWay < limit) {
      requestsUnderWay++;
      void replay.sendNext();
    }
  }

  async function deliver(chunk: Chunk): Promise<void> {
    setUnderWay(chunk, true);
    const startedMs = performance.now();
    const body = bodyOf(chunk);
    if (body === undefined) {
      setUnderWay(chunk, false);
      lose(chunk, 'spool-damaged');
      return;
    }
    accounts.takeFromDisk(chunk);
    const delivery = await attempt(body, chunk.spanCount);
    const isHalved = 'reason' in delivery && delivery.isTooLarge === true && sendHalves(chunk, body, delivery);
    setUnderWay(chunk, false);
    if (isHalved) {
      schedule.succeeded();
    } else if ('reason' in delivery && delivery.retry !== undefined) {
      tryAgain(chunk, delivery, delivery.retry, startedMs);
    } else {
      schedule.succeeded(); // the receiver has answered
      if (queue.has(chunk)) settle(chunk, delivery);
    }
    pump();
  }

  /** Returns whether the halves replace the chunk. */
  function sendHalves(chunk: Chunk, body: readonly Buffer[], { message }: Failure): boolean {
    const halves = queue.has(chunk) ? format.halve(Buffer.concat(body)) : undefined;
    if (halves === undefined) return false;
    const halfChunks = accounts.halve(chunk, halves);
    disk?.halve(chunk, halves, halfChunks);
    waiters.halved(chunk.id);
    noteError('export-retried', message);
    return true;
  }

  function setUnderWay(chunk: Chunk, isUnderWay: boolean): void {
    requestsUnderWay += isUnderWay ? 1 : -1;
    accounts.setUnderWay(chunk, isUnderWay);
  }

  async function attempt(body: readonly Buffer[], spanCount: number): Promise<Delivery> {
    try {
      return await options.send(body, spanCount);
    } catch (error) {
      return { lostCount: spanCount, reason: 'send-failed', message: String(error) }; // a fault of this package
    }
  }

  function settle(chunk: Chunk, delivery: Delivery): void {
    exported += chunk.spanCount - delivery.lostCount;
    if ('reason' in delivery) addDropped(delivery.reason, delivery.lostCount);
    remove(chunk);
    if ('reason' in delivery) {
      noteError(delivery.reason === 'rejected' ? 'export-partial' : 'export-failed', delivery.message);
    } else if (delivery.warning !== undefined) {
      noteError('export-warning', delivery.warning);
    }
  }

  function remove(chunk: Chunk): void {
    accounts.remove(chunk);
    disk?.remove(chunk);
    waiters.settled(chunk.id);
  }

  function lose(chunk: Chunk, reason: string): void {
    addDropped(reason, chunk.spanCount);
    remove(chunk);
    reportDropped(reason, chunk.spanCount);
  }

  function tryAgain(chunk: Chunk, failure: Failure, retry: Retry, startedMs: number): void {
    chunk.failureCount++;
    // A process that ends does not retry. It reports the last error.
    if (isProcessEnding() || isCut) lastError = { message: failure.message, timeMs: now() };
    else noteError('export-retried', failure.message);
    const isDown = schedule.failed(startedMs, retry.afterMs);
    if (!queue.has(chunk)) return; // it was left to the next process meanwhile
    if (!isDown && retry.why !== 'busy' && chunk.frame !== undefined && chunk.failureCount >= maxFailuresAlone) {
      settle(chunk, failure);
      return;
    }
    if (!isDown) {
      chunk.resumeMs = performance.now() + schedule.delayOf(chunk.failureCount);
      callAt(chunk.resumeMs, pumpSoon);
    }
    const isSuspect = !isDown || retry.why === 'timeout' || chunk.failureCount >= failuresBeforeReorder;
    // The receiver may be unable to process this chunk. The others go first, or they would wait until it is too old.
    if (isSuspect && retry.why !== 'unreachable') accounts.moveToEnd(chunk);
    dropTooOld(chunk, failure);
    releaseIfStalled(retry);
  }

  /** Drops the failed chunk and others if they are older than allowed. Chunks on disk have no age limit. */
  function dropTooOld(failed: Chunk, failure: Failure): void {
    const oldestMs = performance.now() - batch.maxAgeMs;
    const message = `${failure.message} (given up after ${Math.round(batch.maxAgeMs / 1000)} s)`;
    const drop = (chunk: Chunk): void => {
      if (chunk.frame !== undefined || chunk.isUnderWay || !queue.has(chunk)) return;
      settle(chunk, { lostCount: chunk.spanCount, reason: failure.reason, message });
    };
    if (failed.sealedMs <= oldestMs) drop(failed);
    for (const chunk of queue) if (chunk.sealedMs <= oldestMs) drop(chunk);
  }

  /** Releases waiters while the receiver is down, if all chunks are on disk, or if the process ends and nothing can answer. */
  function releaseIfStalled(retry: Retry | undefined): void {
    if (waiters.isEmpty() || requestsUnderWay > 0) return;
    if ((isProcessEnding() && retry?.why === 'unreachable') || isAllOnDisk()) waiters.releaseAll();
  }

  function isAllOnDisk(): boolean {
    for (const { frame } of queue) if (frame === undefined) return false;
    return true;
  }

  function noteError(reason: DiagnosticReason, message: string): void {
    lastError = { message, timeMs: now() };
    host?.diagnostics.count(reason, message);
  }

  async function flush(): Promise<void> {
    open.sealAll();
    isCut = false;
    for (const chunk of queue) chunk.resumeMs = Number.NEGATIVE_INFINITY;
    schedule.retryNow();
    if (queue.size > 0) pumpSoon();
    // Nothing here keeps the process alive. A tracer's flush() does, up to its time limit.
    await waiters.wait(accounts.lastId, queue.size, isProcessEnding());
  }

  async function shutdown(): Promise<void> {
    users--;
    if (users > 0) return flush(); // tracers may share the exporter, and the last one closes it
    const flushed = flush();
    isShutDown = true;
    await flushed;
    if (!isShutDown) return;
    options.close();
    closeSpool();
  }

  function closeSpool(): void {
    disk?.close();
    isClosed = true;
    waiters.releaseAll();
  }

  /** Writes all chunks to disk. Without a spool it sends them, if it may wait for the answers. */
  function save({ isLast, wait }: SaveOptions): void {
    if (isClosed) return;
    if (disk === undefined) {
      if (wait !== undefined) sendRest(wait);
      isShutDown ||= isLast;
      return;
    }
    open.sealAll();
    if (queue.size === 0 && disk.spool() === undefined) return;
    disk.endPause(); // there is no later attempt
    writeSome(Number.POSITIVE_INFINITY);
    disk.leaveOnDisk();
    if (isShutDown) options.abort(); // saved chunks need no answer
    if (isLast) closeSpool();
  }

  /** Sends the remaining chunks, and blocks until they are answered: the event loop does not turn again. */
  function sendRest(wait: LastWait): void {
    // The last attempt was a moment ago: the receiver is unreachable, or does not answer.
    if (isCut || schedule.isWaiting()) return;
    open.sealAll();
    const batches: (Batch & { readonly chunk: Chunk })[] = [];
    for (const chunk of [...queue]) {
      const body = bodyOf(chunk);
      if (body === undefined) continue;
      // The answer comes too late to be read. Sending the chunk again would make it arrive twice.
      if (chunk.isUnderWay && options.isFullySent(body)) settle(chunk, { lostCount: 0 });
      else batches.push({ chunk, body, spanCount: chunk.spanCount });
    }
    if (batches.length === 0) return;
    const deliveries = options.sendAndWait(batches, wait);
    for (const [index, { chunk }] of batches.entries()) {
      const delivery = deliveries[index] ?? noAnswer(chunk.spanCount);
      if ('reason' in delivery && delivery.retry !== undefined) {
        lastError = { message: delivery.message, timeMs: now() };
        isCut = true; // spans that end later do not wait for the receiver again
      } else {
        settle(chunk, delivery);
      }
    }
  }

  return {
    name,
    start,
    export: exportSpan,
    flush,
    shutdown,
    cut() {
      isCut = true;
      options.abort();
    },
    save,
    stats: () => ({
      exported,
      waiting: accounts.waitingSpans,
      spooled: accounts.spooledSpans,
      dropped: { ...dropped },
      lastError,
      ...(disk !== undefined && {
        replay: { ...replay.stats(), isComplete: isClosed || disk.spool()?.hasFound() === false },
      }),
    }),
  };
}

/** Whether the content is the body of a request already. A check for a property would fail on a polluted `Object.prototype`. */
function isFramed(content: NonNullable<Chunk['content']>): content is readonly Buffer[] {
  return Array.isArray(content);
}
