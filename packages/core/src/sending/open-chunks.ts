/** Encodes spans as they end, into the open chunk of their resource. A chunk is sealed by count, size or time. */

import type { ExporterHost } from '../exporter.ts';
import type { RecordingSpan } from '../recording-span.ts';
import type { Resource } from '../resource.ts';
import type { BatchSettings } from './batch-options.ts';
import { itemTooLarge } from './byte-writer.ts';
import type { SpanFormat } from './span-format.ts';
import { type ScopeSpans, SpansByScope } from './spans-by-scope.ts';

export interface OpenChunks {
  /** Returns the reason if the span was not taken. @throws What the format throws. Nothing of the span remains then. */
  take(span: RecordingSpan): string | undefined;
  sealAll(): void;
}

export interface OpenChunksOptions {
  readonly batch: BatchSettings;
  readonly format: SpanFormat;
  readonly untraced: ExporterHost['untraced'];
  /** Reserves room for a span of that many bytes. Returns whether there is room. */
  admit(byteCount: number): boolean;
  /** Called with a chunk that is full or due, inside some `end()`: do the work later. */
  onSealed(spans: readonly ScopeSpans[], spanCount: number, byteCount: number, resource: Resource): void;
}

// A chunk of this size is sealed, so that requests stay well below the collector's usual limit of 20 MiB.
const maxChunkBytes = 4 * 1024 * 1024;

// A span as large as a whole chunk is of no use, and the receiver may reject the batch because of it.
const maxSpanBytes = 4 * 1024 * 1024;

interface OpenChunk {
  readonly resource: Resource;
  readonly spans: SpansByScope;
  spanCount: number;
  byteCount: number;
}

export function createOpenChunks({ batch, format, untraced, admit, onSealed }: OpenChunksOptions): OpenChunks {
  /** One for each resource: tracers of several services may share the exporter. */
  const chunks = new Map<Resource, OpenChunk>();
  let lastChunk: OpenChunk | undefined;
  let sealTimer: NodeJS.Timeout | undefined;

  function take(span: RecordingSpan): string | undefined {
    const { resource } = span.tracer;
    const chunk = lastChunk?.resource === resource ? lastChunk : chunkFor(resource);
    const writer = chunk.spans.writerFor(span.scope);
    writer.beginItem();
    try {
      format.encodeSpan(writer, span);
    } catch (error) {
      writer.dropItem();
      if (error === itemTooLarge) return 'span-too-large';
      throw error;
    }
    const byteCount = writer.position - writer.itemStart;
    if (byteCount > maxSpanBytes || !admit(byteCount)) {
      writer.dropItem();
      return byteCount > maxSpanBytes ? 'span-too-large' : 'queue-full';
    }
    chunk.spanCount++;
    chunk.byteCount += byteCount;
    if (chunk.spanCount >= batch.maxExportBatchSize || chunk.byteCount >= maxChunkBytes) seal(chunk);
    else if (sealTimer === undefined) startSealTimer();
    return undefined;
  }

  function chunkFor(resource: Resource): OpenChunk {
    let chunk = chunks.get(resource);
    if (chunk === undefined) {
      chunk = { resource, spans: new SpansByScope(maxSpanBytes), spanCount: 0, byteCount: 0 };
      chunks.set(resource, chunk);
    }
    lastChunk = chunk;
    return chunk;
  }

  // A timer keeps the context in which it is made, which is some request's. Untraced, it keeps none.
  function startSealTimer(): void {
    untraced(() => {
      sealTimer = setTimeout(sealAll, batch.scheduleDelayMs).unref();
    });
  }

  function sealAll(): void {
    clearTimeout(sealTimer);
    sealTimer = undefined;
    for (const chunk of chunks.values()) {
      if (chunk.spanCount > 0) seal(chunk);
    }
    // The tracer of a resource may be gone: its block of bytes must not stay here.
    chunks.clear();
    if (lastChunk !== undefined) chunks.set(lastChunk.resource, lastChunk);
  }

  function seal(chunk: OpenChunk): void {
    const { resource, spanCount, byteCount } = chunk;
    const spans = chunk.spans.take();
    chunk.spanCount = 0;
    chunk.byteCount = 0;
    onSealed(spans, spanCount, byteCount, resource);
  }

  return { take, sealAll };
}
