/**
 * Batches on disk until they have arrived: those of this process, and those that processes before it have left.
 *
 * All writing is to the page cache of the system, which outlives the process, and is not waited for to reach the disk:
 * what is lost with the machine's power is not worth a wait of milliseconds for each batch.
 */
import { futimesSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Diagnostics } from '../../diagnostics.ts';
import type { SpoolSettings, WhenFull } from '../batch-options.ts';
import type { Half } from '../span-format.ts';
import { createFoundFiles } from './found-files.ts';
import { newOwnerName, noOwner } from './owner.ts';
import {
  appendFrame,
  createSegment,
  emptySegment,
  type Frame,
  finishFrame,
  frameBytesOf,
  isDeleted,
  moveFrame,
  readFrame,
  releaseSegment,
  removeSegment,
  type Segment,
} from './segment.ts';

export interface SpoolOptions extends SpoolSettings {
  readonly whenFull: WhenFull;
  /** What the batches are. Those of another format in the same folder are left to others. */
  readonly format: string;
  readonly diagnostics: Diagnostics;
  /** Called when there is something of an earlier process to be sent. */
  onFound(): void;
  /** Called with spans of earlier processes that were given up to make room. */
  onLost(spanCount: number): void;
}

export interface Spool {
  /** Returns `undefined` if there is no room or the disk does not take it: the batch stays where it is. */
  write(body: Buffer, spanCount: number): Frame | undefined;
  /** Puts halves in the place of a batch that is under way. Returns `undefined` if that cannot be: it stays as it is. */
  replace(frame: Frame, halves: readonly Half[]): readonly Frame[] | undefined;
  /** Tries the disk at once, though it has failed a moment ago. */
  endPause(): void;
  /** `undefined` if it is damaged. */
  read(frame: Frame): Buffer | undefined;
  /** It has arrived, or is given up. */
  finish(frame: Frame): void;
  /** The oldest batch of earlier processes. The same until it is finished or postponed. */
  nextFound(): Frame | undefined;
  /** Puts it behind the others that were found with it. */
  postpone(frame: Frame): void;
  /** Writes again what is in files that somebody has deleted: nobody else would find it there. */
  rescue(): void;
  /** Whether it is where the next process finds it. */
  keeps(frame: Frame): boolean;
  /** Bytes that this process answers for. */
  byteCount(): number;
  /** Whether earlier processes have left something. */
  hasFound(): boolean;
  /** Leaves what is there to the next process. */
  close(): void;
}

const maxSegmentBytes = 4 * 1024 * 1024;

// Often enough for who looks whether its owner lives, see owner.ts.
const roundMs = 60_000;

// A disk that is full stays so for a while.
const pauseMs = 5000;

/** Of all spools of this thread, as several may make a file in one millisecond. */
let fileCount = 0;

export function createSpool(options: SpoolOptions): Spool {
  const { maxBytes, whenFull, format, diagnostics } = options;
  const directory = resolve(options.directory); // where it is now, whatever becomes the working directory
  // Several, so that there is something to give up when there is no room.
  const segmentBytes = Math.min(maxSegmentBytes, Math.ceil(maxBytes / 8));
  const owner = newOwnerName();
  const segments = new Set<Segment>(); // of this process, oldest first; the last one is being written
  let current: Segment | undefined;
  let replayed: Segment | undefined; // of earlier ones, the oldest
  let resumeMs = Number.NEGATIVE_INFINITY;
  const found = createFoundFiles({
    directory,
    owner,
    format,
    diagnostics,
    hasRoomFor: (needed) => byteCount() === 0 || byteCount() + needed <= maxBytes,
    attempt,
  });

  const timer = setInterval(() => {
    for (const segment of allOpen()) attempt(() => futimesSync(segment.fd, new Date(), new Date()));
    rescue();
    adopt();
  }, roundMs).unref();
  adopt();

  function* allOpen(): Iterable<Segment> {
    yield* segments;
    if (replayed !== undefined) yield replayed;
  }

  function write(body: Buffer, spanCount: number): Frame | undefined {
    if (performance.now() < resumeMs) return undefined;
    try {
      const needed = frameBytesOf(body);
      if (!makeRoom(needed)) {
        diagnostics.count('spool-full', directory);
        return undefined;
      }
      if (current !== undefined && isDeleted(current)) rescue();
      return appendFrame(segmentFor(needed), body, spanCount);
    } catch (error) {
      fail(error);
      return undefined;
    }
  }

  function replace(frame: Frame, halves: readonly Half[]): readonly Frame[] | undefined {
    const made: Frame[] = [];
    try {
      const needed = halves.reduce((sum, { body }) => sum + frameBytesOf(body), 0);
      if (!makeRoom(needed)) {
        diagnostics.count('spool-full', directory);
        return undefined;
      }
      if (isDeleted(frame.segment)) rescue();
      // First the halves, then the end of the whole: a process that is killed in between sends it twice.
      for (const { body, spanCount } of halves) made.push(appendFrame(frame.segment, body, spanCount));
      finish(frame);
      return made;
    } catch (error) {
      for (const half of made) finish(half);
      fail(error);
      return undefined;
    }
  }

  function segmentFor(needed: number): Segment {
    const isFull = current !== undefined && current.waiting.size > 0 && current.byteCount + needed > segmentBytes;
    // Into a deleted file one can write for ever, and nobody will find it.
    if (current === undefined || isFull || isDeleted(current)) {
      if (current?.waiting.size === 0) remove(current);
      current = newSegment();
      segments.add(current);
    }
    return current;
  }

  function newSegment(): Segment {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return createSegment(join(directory, `${newFileName()}.${owner}.spool`), format);
  }

  function rescue(): void {
    attempt(() => {
      for (const segment of [...allOpen()]) {
        if (segment.waiting.size === 0 || !isDeleted(segment)) continue;
        const fresh = newSegment();
        try {
          for (const frame of [...segment.waiting]) moveFrame(frame, fresh);
        } finally {
          if (segment === replayed && segment.waiting.size === 0) replayed = fresh;
          else segments.add(fresh);
          if (segment === current) current = fresh;
          for (const one of [segment, fresh]) if (one.waiting.size === 0) remove(one);
        }
      }
    });
  }

  /** Sorts by age, whoever wrote it, and is no other's. */
  function newFileName(): string {
    const parts = [Date.now().toString(36).padStart(9, '0'), (fileCount++).toString(36).padStart(6, '0'), owner];
    return parts.join('-').replaceAll('.', '');
  }

  function makeRoom(needed: number): boolean {
    if (needed > maxBytes) return false;
    while (byteCount() + needed > maxBytes) {
      if (whenFull === 'drop-newest' || !dropOldest()) return false;
    }
    return true;
  }

  /** Returns whether there was something that could be given up. */
  function dropOldest(): boolean {
    if (replayed === undefined) openNextFound();
    for (const segment of replayed === undefined ? segments : [replayed, ...segments]) {
      const frames = [...segment.waiting];
      if (frames.some(({ isUnderWay }) => isUnderWay)) continue;
      segment.waiting.clear();
      for (const { onDropped, spanCount } of frames) {
        if (onDropped === undefined) options.onLost(spanCount);
        else onDropped();
      }
      remove(segment);
      return true;
    }
    return false;
  }

  function remove(segment: Segment): void {
    segments.delete(segment);
    if (segment === current) current = undefined;
    if (segment === replayed) replayed = undefined;
    attempt(() => removeSegment(segment));
  }

  function finish(frame: Frame): void {
    const { segment } = frame;
    if (!segment.waiting.delete(frame)) return; // it was given up meanwhile, or left to others
    finishFrame(frame);
    if (segment.waiting.size > 0) return;
    if (segment === current) attempt(() => emptySegment(segment));
    else remove(segment);
  }

  /** Takes over the files of processes that have ended. */
  function adopt(): void {
    found.adopt();
    if (hasFound()) options.onFound();
  }

  function openNextFound(): void {
    while (replayed === undefined) {
      replayed = found.openNext();
      if (replayed === undefined) return;
      if (replayed.waiting.size === 0) remove(replayed);
    }
  }

  function nextFound(): Frame | undefined {
    if (replayed === undefined) openNextFound();
    if (replayed === undefined) return undefined;
    const [oldest] = replayed.waiting;
    return oldest;
  }

  function hasFound(): boolean {
    return replayed !== undefined || !found.isEmpty();
  }

  function byteCount(): number {
    let sum = found.byteCount();
    for (const segment of allOpen()) sum += segment.byteCount;
    return sum;
  }

  function attempt(run: () => void): void {
    try {
      run();
    } catch (error) {
      // Not there yet is no fault: it is made with the first batch.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') diagnostics.count('spool-failed', error);
    }
  }

  function fail(error: unknown): void {
    resumeMs = performance.now() + pauseMs;
    diagnostics.count('spool-failed', error);
  }

  return {
    write,
    replace,
    endPause() {
      resumeMs = Number.NEGATIVE_INFINITY;
    },
    read(frame) {
      // The file of one that was given up is closed, and its number may be another's by now.
      const body = frame.segment.waiting.has(frame) ? readFrame(frame) : undefined;
      if (body === undefined) diagnostics.count('spool-damaged', frame.segment.path);
      return body;
    },
    finish,
    rescue,
    keeps: ({ segment }) => !isDeleted(segment),
    nextFound,
    postpone(frame) {
      const { waiting } = frame.segment;
      if (waiting.delete(frame)) waiting.add(frame);
    },
    byteCount,
    hasFound,
    close() {
      clearInterval(timer);
      rescue();
      for (const segment of [...allOpen()]) {
        if (segment.waiting.size === 0) remove(segment);
        else attempt(() => releaseSegment(segment, segment.path.replace(`.${owner}.`, `.${noOwner}.`)));
        segment.waiting.clear();
      }
      found.leaveAllToOthers();
      segments.clear();
      current = undefined;
      replayed = undefined;
    },
  };
}
