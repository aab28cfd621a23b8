/**
 * Keeps batches on disk until they have arrived: those of this process, and those that earlier processes left.
 *
 * Writes go to the page cache of the system, which outlives the process. The spool does not wait for the disk: batches lost in a power
 * failure are not worth a wait of milliseconds for each batch.
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
  /** The format of the batches. Batches of another format in the same folder are left alone. */
  readonly format: string;
  readonly diagnostics: Diagnostics;
  /** Called when batches of an earlier process can be sent. */
  onFound(): void;
  /** Called with the number of spans of earlier processes that were dropped to make room. */
  onLost(spanCount: number): void;
}

export interface Spool {
  /** Returns `undefined` if there is no room, or the disk fails: the batch stays in memory. */
  write(body: Buffer, spanCount: number): Frame | undefined;
  /** Replaces a batch that is under way by its halves. Returns `undefined` if that fails: the batch stays. */
  replace(frame: Frame, halves: readonly Half[]): readonly Frame[] | undefined;
  /** Tries the disk at once, although it failed a moment ago. */
  endPause(): void;
  /** `undefined` if it is damaged. */
  read(frame: Frame): Buffer | undefined;
  /** Removes a batch that has arrived or is dropped. */
  finish(frame: Frame): void;
  /** The oldest batch of earlier processes. It stays the same until it is finished or postponed. */
  nextFound(): Frame | undefined;
  /** Moves a batch behind the others of its file. */
  postpone(frame: Frame): void;
  /** Writes the batches of deleted files to new files, where the next process finds them. */
  rescue(): void;
  /** Whether the next process finds the batch: its file was not deleted. */
  keeps(frame: Frame): boolean;
  /** Bytes in the files of this process. */
  byteCount(): number;
  /** Whether batches of earlier processes remain. */
  hasFound(): boolean;
  /** Leaves the remaining batches to the next process. */
  close(): void;
}

const maxSegmentBytes = 4 * 1024 * 1024;

// How often files are touched, so that other processes see that their owner lives: owner.ts.
const roundMs = 60_000;

// A full disk stays full for a while.
const pauseMs = 5000;

/** Counts files of all spools of this thread: several may be created in one millisecond. */
let fileCount = 0;

export function createSpool(options: SpoolOptions): Spool {
  const { maxBytes, whenFull, format, diagnostics } = options;
  const directory = resolve(options.directory); // the working directory may change
  // Several files, so that the oldest can be dropped when there is no room.
  const segmentBytes = Math.min(maxSegmentBytes, Math.ceil(maxBytes / 8));
  const owner = newOwnerName();
  const segments = new Set<Segment>(); // of this process, oldest first; batches are appended to the last one
  let current: Segment | undefined;
  let replayed: Segment | undefined; // the oldest one of earlier processes
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
      // The halves are written before the whole is finished: a process that is killed in between sends it twice, and loses nothing.
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
    // A deleted file can still be written, but no process finds it.
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

  /** Sorts by age across processes, and is unique. */
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

  /** Returns whether a file was dropped. */
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
    if (!segment.waiting.delete(frame)) return; // it was dropped meanwhile, or left to others
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
      // A missing folder is not a fault: it is created with the first batch.
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
      // The file of a dropped batch is closed, and its descriptor may belong to another file by now.
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
