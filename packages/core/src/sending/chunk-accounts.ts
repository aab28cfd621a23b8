/** Tracks where each sealed chunk is, and counts its spans: both change together. */
import { performance } from 'node:perf_hooks';
import type { Resource } from '../resource.ts';
import type { Half } from './span-format.ts';
import type { ScopeSpans } from './spans-by-scope.ts';
import type { Frame } from './spool/segment.ts';

export interface Chunk {
  /** Ascending in order of sealing; halves keep the id of the whole. */
  readonly id: number;
  readonly spanCount: number;
  readonly byteCount: number;
  readonly sealedMs: number;
  /** The body in parts, or the data for it; `undefined` if the chunk is only on disk. */
  content: readonly Buffer[] | { readonly spans: readonly ScopeSpans[]; readonly resource: Resource } | undefined;
  /** Its place on disk. */
  frame: Frame | undefined;
  /** Whether its spans count as spooled; otherwise as waiting. */
  isSpooled: boolean;
  isUnderWay: boolean;
  failureCount: number;
  /** When the chunk may be sent again, after it failed while others got through. */
  resumeMs: number;
}

export interface ChunkAccounts {
  /** The chunks that are not settled, in order of arrival. A set, since chunks are removed from anywhere in it. */
  readonly queue: ReadonlySet<Chunk>;
  /** The oldest chunk that is in memory and not under way. */
  oldestInMemory(): Chunk | undefined;
  /** Spans in memory or under way, including those of open chunks. */
  readonly waitingSpans: number;
  readonly waitingBytes: number;
  /** Spans that are only on disk. */
  readonly spooledSpans: number;
  /** The id of the last sealed chunk. */
  readonly lastId: number;
  /** Counts a span of an open chunk. */
  addSpan(byteCount: number): void;
  /** Adds a chunk that has just been sealed. */
  add(content: Chunk['content'], spanCount: number, byteCount: number): Chunk;
  /** Replaces a chunk by its halves, in memory. */
  halve(chunk: Chunk, halves: readonly [Half, Half]): readonly Chunk[];
  moveToEnd(chunk: Chunk): void;
  setUnderWay(chunk: Chunk, isUnderWay: boolean): void;
  /** Frees the memory of a chunk that is on disk. */
  leaveOnDisk(chunk: Chunk): void;
  /** The chunk is in memory again. */
  takeFromDisk(chunk: Chunk): void;
  /** Removes a settled chunk. */
  remove(chunk: Chunk): void;
  /** Removes a chunk that the next process finds on disk. */
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

  function takeFromDisk(chunk: Chunk): void {
    if (!chunk.isSpooled) return;
    chunk.isSpooled = false;
    spooledSpans -= chunk.spanCount;
    waitingSpans += chunk.spanCount;
    waitingBytes += chunk.byteCount;
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
      const chunk = newChunk({ id: ++lastId, sealedMs: performance.now(), spanCount, byteCount, content });
      queue.add(chunk);
      inMemory.add(chunk);
      return chunk;
    },
    halve(chunk, halves) {
      takeFromDisk(chunk);
      queue.delete(chunk);
      inMemory.delete(chunk);
      // The statistics count span bytes only, so the sum does not change.
      const bodyBytes = halves[0].body.length + halves[1].body.length;
      const firstBytes = Math.round((chunk.byteCount * halves[0].body.length) / bodyBytes);
      return halves.map(({ body, spanCount }, index) => {
        const byteCount = index === 0 ? firstBytes : chunk.byteCount - firstBytes;
        const { id, sealedMs } = chunk;
        const half = newChunk({ id, sealedMs, spanCount, byteCount, content: [body] });
        queue.add(half);
        inMemory.add(half);
        return half;
      });
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
    takeFromDisk,
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

function newChunk(given: Pick<Chunk, 'id' | 'sealedMs' | 'spanCount' | 'byteCount' | 'content'>): Chunk {
  return {
    ...given,
    frame: undefined,
    isSpooled: false,
    isUnderWay: false,
    failureCount: 0,
    resumeMs: Number.NEGATIVE_INFINITY,
  };
}
