/** Where each sealed chunk is, and what the statistics say of it: the two change together, here. */
import { performance } from 'node:perf_hooks';
import type { Resource } from '../resource.ts';
import type { Half } from './span-format.ts';
import type { Frame } from './spool/segment.ts';

export interface Chunk {
  /** In order of sealing; halves have that of the whole. */
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
  /** Puts halves in the place of a chunk, in memory. */
  halve(chunk: Chunk, halves: readonly [Half, Half]): readonly Chunk[];
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
      // What a body has around its spans is in no statistics, so the sum is what it was.
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
