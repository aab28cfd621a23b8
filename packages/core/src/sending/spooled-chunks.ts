/** The disk's half of the send queue: which chunks are to be written, and which are on disk. */
import type { Diagnostics } from '../diagnostics.ts';
import type { BatchSettings, SpoolSettings } from './batch-options.ts';
import type { Chunk, ChunkAccounts } from './chunk-accounts.ts';
import type { Half } from './span-format.ts';
import type { Frame } from './spool/segment.ts';
import { createSpool, type Spool } from './spool/spool.ts';

export interface SpooledChunksOptions extends SpoolSettings {
  readonly batch: BatchSettings;
  /** Names what the batches are: another exporter that uses the folder leaves them alone. */
  readonly format: string;
  readonly accounts: ChunkAccounts;
  /** The body of a chunk, from memory or from disk. */
  bodyOf(chunk: Chunk): readonly Buffer[] | undefined;
  /** Called when batches of an earlier process are to be sent. */
  onFound(): void;
  /** Called with spans of earlier processes that were dropped to make room. */
  onFoundDropped(spanCount: number): void;
  /** Called when a chunk that was on disk alone has been dropped to make room. */
  onDropped(chunk: Chunk): void;
}

export interface SpooledChunks {
  /** The chunk is to be written. */
  add(chunk: Chunk): void;
  isUnwritten(chunk: Chunk): boolean;
  /** Writes chunks until so many bytes are written. Returns whether nothing is left that can be written now. */
  write(maxBytes: number, diagnostics: Diagnostics): boolean;
  /** `undefined` if the chunk is not on disk, or is damaged there. */
  read(chunk: Chunk): Buffer | undefined;
  /** Puts halves in the place of a chunk. A half that finds no room on disk is to be written later. */
  halve(chunk: Chunk, halves: readonly Half[], halfChunks: readonly Chunk[]): void;
  /** The chunk is settled. */
  remove(chunk: Chunk): void;
  /** Frees the memory of the chunks that are on disk. A chunk whose file has disappeared is waiting in memory again. */
  leaveOnDisk(): void;
  /** Tries the disk at once, although it has failed a moment ago. */
  endPause(): void;
  /** Leaves everything on disk to the next process. */
  close(): void;
  /** `undefined` before the first `write()`, and after `close()`. */
  spool(): Spool | undefined;
}

export function createSpooledChunks({
  batch,
  accounts,
  bodyOf,
  onFoundDropped,
  onDropped,
  ...settings
}: SpooledChunksOptions): SpooledChunks {
  const { queue } = accounts;
  const unwritten = new Set<Chunk>();
  let spool: Spool | undefined;

  function write(maxBytes: number, diagnostics: Diagnostics): boolean {
    spool ??= createSpool({ ...settings, whenFull: batch.whenFull, diagnostics, onLost: onFoundDropped });
    let writtenBytes = 0;
    for (const chunk of unwritten) {
      if (writtenBytes >= maxBytes) return false;
      const parts = bodyOf(chunk);
      const body = parts && Buffer.concat(parts);
      const frame = body && spool.write(body, chunk.spanCount);
      if (body === undefined || frame === undefined) {
        if (chunk.byteCount < settings.maxBytes / 2) return true; // there may be room later
        unwritten.delete(chunk); // there is never room for it
        continue;
      }
      unwritten.delete(chunk);
      linkFrame(frame, chunk);
      writtenBytes += body.length;
      const { waitingBytes, waitingSpans } = accounts;
      const isMemoryShort = waitingBytes > batch.maxQueueBytes / 2 || waitingSpans > batch.maxQueueSize / 2;
      if (isMemoryShort && !chunk.isUnderWay) accounts.leaveOnDisk(chunk);
    }
    return true;
  }

  function linkFrame(frame: Frame, chunk: Chunk): void {
    chunk.frame = frame;
    frame.isUnderWay = chunk.isUnderWay;
    frame.onDropped = () => {
      chunk.frame = undefined;
      if (chunk.isSpooled) onDropped(chunk);
    };
  }

  function halve(chunk: Chunk, halves: readonly Half[], halfChunks: readonly Chunk[]): void {
    const frames = chunk.frame && spool?.replace(chunk.frame, halves);
    for (const [index, half] of halfChunks.entries()) {
      const frame = frames?.[index];
      if (frame !== undefined) linkFrame(frame, half);
      else unwritten.add(half);
    }
    unwritten.delete(chunk);
    if (frames === undefined && chunk.frame !== undefined) spool?.finish(chunk.frame);
  }

  function leaveOnDisk(): void {
    spool?.rescue();
    for (const chunk of queue) {
      const { frame } = chunk;
      if (frame === undefined) continue;
      if (spool?.keeps(frame)) {
        accounts.leaveOnDisk(chunk);
        continue;
      }
      bodyOf(chunk);
      chunk.frame = undefined;
      accounts.takeFromDisk(chunk);
      unwritten.add(chunk);
    }
  }

  return {
    add(chunk) {
      unwritten.add(chunk);
    },
    isUnwritten: (chunk) => unwritten.has(chunk),
    write,
    read: ({ frame }) => frame && spool?.read(frame),
    halve,
    remove(chunk) {
      unwritten.delete(chunk);
      if (chunk.frame !== undefined) spool?.finish(chunk.frame);
    },
    leaveOnDisk,
    endPause() {
      spool?.endPause();
    },
    close() {
      leaveOnDisk();
      for (const chunk of queue) {
        if (chunk.frame !== undefined) accounts.abandon(chunk); // the next process sends it
      }
      spool?.close();
      spool = undefined;
    },
    spool: () => spool,
  };
}
