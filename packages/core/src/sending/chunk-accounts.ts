/** Where each sealed chunk is, and what the statistics say of it: the two change together, here. */
import { performance } from 'node:perf_hooks';
import type { Resource } from '../resource.ts';
import type { Frame } from './spool/segment.ts';

export interface Chunk {
  /** In order of sealing. */
  readonly id: number;
  readonly spanCount: number;
  readonly byteCount: number;
  readonly sealedMs: number;
  /** The body in parts, or what it is to be made of; `undefined` if it is on disk alone. */
  content: readonly Buffer[] | { readonly spans: readonly Buffer[]; readonly resource: Resource } | undefined;
  /** Where it is on disk. */
  frame: Frame | undefined;
  /** Whether it counts as spooled; as waiting otherwise. */
  isSpooled: boolean;
  isUnderWay: boolean;
  failureCount: number;
  /** When it may be tried again, where others get through. */
  resumeMs: number;
}

export interface ChunkAccounts {
  /** All that are not settled: in order of arrival, and cheap to take from however long it is. */
  readonly queue: ReadonlySet<Chunk>;
  /** The first of those that take up memory, and are not under way. */
  oldestInMemory(): Chunk | undefined;
  /** Of spans in memory or under way, those of open chunks included. */
  readonly waitingSpans: number;
  readonly waitingBytes: number;
  /** Of spans on disk alone. */
  readonly spooledSpans: number;
  /** The id of the chunk that was sealed last. */
  readonly lastId: number;
  /** A span more, in an open chunk. */
  addSpan(byteCount: number): void;
  /** An open chunk has been sealed. */
  add(content: Chunk['content'], spanCount: number, byteCount: number): Chunk;
  moveToEnd(chunk: Chunk): void;
  setUnderWay(chunk: Chunk, isUnderWay: boolean): void;
  /** Lets go of its memory: it is on disk. */
  leaveOnDisk(chunk: Chunk): void;
  /** It is in memory again. */
  takeFromDisk(chunk: Chunk): void;
  /** It is settled. */
  remove(chunk: Chunk): void;
  /** It is settled by somebody else, who finds it on disk. */
  abandon(chunk: Chunk): void;
}

export function createChunkAccounts(): ChunkAccounts {
  const queue = new Set<Chunk>();
  const inMemory = new Set<Chunk>();
  let [waitingSpans, waitingBytes, spooledSpans] = [0, 0, 0];
  let lastId = -1;

  function leaveOnDisk(chunk: Chunk): void {
    inMemory.delete(chunk);
    chunk.content = undefined;
    if (chunk.isSpooled) return;
    chunk.isSpooled = true;
    waitingSpans -= chunk.spanCount;
    waitingBytes -= chunk.byteCount;
    spooledSpans += chunk.spanCount;
  }

  return {
    queue,
    get waitingSpans() {
      return waitingSpans;
    },
    get waitingBytes() {
      return waitingBytes;
    },
    get spooledSpans() {
      return spooledSpans;
    },
    get lastId() {
      return lastId;
    },
    oldestInMemory() {
      const [oldest] = inMemory;
      return oldest;
    },
    addSpan(byteCount) {
      waitingSpans++;
      waitingBytes += byteCount;
    },
    add(content, spanCount, byteCount) {
      const chunk: Chunk = {
        id: ++lastId,
        spanCount,
        byteCount,
        sealedMs: performance.now(),
        content,
        frame: undefined,
        isSpooled: false,
        isUnderWay: false,
        failureCount: 0,
        resumeMs: Number.NEGATIVE_INFINITY,
      };
      queue.add(chunk);
      inMemory.add(chunk);
      return chunk;
    },
    moveToEnd(chunk) {
      if (queue.delete(chunk)) queue.add(chunk);
    },
    setUnderWay(chunk, isUnderWay) {
      chunk.isUnderWay = isUnderWay;
      if (chunk.frame !== undefined) chunk.frame.isUnderWay = isUnderWay;
      if (isUnderWay) inMemory.delete(chunk);
      else if (chunk.content !== undefined && queue.has(chunk)) inMemory.add(chunk);
    },
    leaveOnDisk,
    takeFromDisk(chunk) {
      if (!chunk.isSpooled) return;
      chunk.isSpooled = false;
      spooledSpans -= chunk.spanCount;
      waitingSpans += chunk.spanCount;
      waitingBytes += chunk.byteCount;
    },
    remove(chunk) {
      queue.delete(chunk);
      inMemory.delete(chunk);
      if (chunk.isSpooled) {
        spooledSpans -= chunk.spanCount;
      } else {
        waitingSpans -= chunk.spanCount;
        waitingBytes -= chunk.byteCount;
      }
    },
    abandon(chunk) {
      leaveOnDisk(chunk);
      queue.delete(chunk);
    },
  };
}
