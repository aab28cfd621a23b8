/**
 * A spool file: a head that names the format, then batches one after the other, each the body of a request.
 *
 *   waymark spool 1\n
 *   {"format":"otlp application/x-protobuf"}\n
 *   state (1 byte: 1 waits, 0 is done) · bytes (4) · spans (4) · CRC-32 of the body (4) · CRC-32 of these twelve (4) · body
 *   …
 *
 * A file is only appended to, except for the state, which is one byte and so is never half written. A batch without its end was being
 * written when the process died.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { openOwnFile } from './own-file.ts';

// Bump it when the layout after the head changes. Files of another version are left alone.
const formatVersion = 1;

const frameHeadBytes = 17;
// This package writes no longer heads or batches: a batch has a resource's attributes, and at most twice 4 MiB of spans.
const maxHeadBytes = 256;
const maxBodyBytes = 16 * 1024 * 1024;

export interface Segment {
  path: string;
  readonly fd: number;
  readonly headBytes: number;
  byteCount: number;
  /** Batches that are not done. */
  readonly waiting: Set<Frame>;
}

/** A batch in a file. */
export interface Frame {
  /** Changes if the file was deleted and its batches moved. */
  segment: Segment;
  /** Its position in the file. */
  at: number;
  readonly bodyBytes: number;
  readonly spanCount: number;
  /** It is being sent, so its file must not be deleted. */
  isUnderWay: boolean;
  /** Called when the batch is deleted to make room. */
  onDropped?: () => void;
}

/** @throws Node's error if the file cannot be created. */
export function createSegment(path: string, format: string): Segment {
  const head = headOf(format);
  const fd = openSync(path, 'wx+', 0o600); // fails if the file exists
  const segment = { path, fd, headBytes: head.length, byteCount: 0, waiting: new Set<Frame>() };
  try {
    write(segment, [head]);
    return segment;
  } catch (error) {
    removeSegment(segment);
    throw error;
  }
}

/** @throws Node's error if the batch cannot be written; the file is as it was before. */
export function appendFrame(segment: Segment, body: Buffer, spanCount: number): Frame {
  const at = writeFrame(segment, body, spanCount);
  const frame = { segment, at, bodyBytes: body.length, spanCount, isUnderWay: false };
  segment.waiting.add(frame);
  return frame;
}

/** Returns the position of the batch. */
function writeFrame(segment: Segment, body: Buffer, spanCount: number): number {
  const head = Buffer.allocUnsafe(frameHeadBytes);
  head[0] = 1;
  head.writeUInt32LE(body.length, 1);
  head.writeUInt32LE(spanCount, 5);
  head.writeUInt32LE(crc32(body), 9);
  head.writeUInt32LE(crc32(head.subarray(1, 13)), 13);
  const at = segment.byteCount;
  write(segment, [head, body]);
  return at;
}

export function frameBytesOf(body: Buffer): number {
  return frameHeadBytes + body.length;
}

/** `undefined` if the batch cannot be read, or is damaged. */
export function readFrame({ segment, at, bodyBytes }: Frame): Buffer | undefined {
  try {
    const bytes = Buffer.allocUnsafe(frameHeadBytes + bodyBytes);
    if (readSync(segment.fd, bytes, 0, bytes.length, at) < bytes.length) return undefined;
    const body = bytes.subarray(frameHeadBytes);
    return crc32(body) === bytes.readUInt32LE(9) ? body : undefined;
  } catch {
    return undefined;
  }
}

/** Writes the batch to another file. @throws Node's error on failure: then the batch stays where it was. */
export function moveFrame(frame: Frame, to: Segment): void {
  const body = readFrame(frame);
  if (body === undefined) return; // the damage is reported when the batch is read
  const at = writeFrame(to, body, frame.spanCount);
  frame.segment.waiting.delete(frame);
  frame.segment = to;
  frame.at = at;
  to.waiting.add(frame);
}

/** Marks the batch as done, so that no process sends it again. */
export function finishFrame({ segment, at }: Frame): void {
  try {
    writeSync(segment.fd, done, 0, 1, at);
  } catch {
    // The batch may be sent twice, which is better than a loss.
  }
}

const done = Buffer.of(0);

/** Empties a file whose batches are all done. */
export function emptySegment(segment: Segment): void {
  ftruncateSync(segment.fd, segment.headBytes);
  segment.byteCount = segment.headBytes;
}

export function isDeleted(segment: Segment): boolean {
  return fstatSync(segment.fd).nlink === 0;
}

export function removeSegment(segment: Segment): void {
  closeSync(segment.fd);
  try {
    unlinkSync(segment.path);
  } catch {
    // it was deleted already
  }
}

/** Closes the file and leaves it to other processes under this name. */
export function releaseSegment({ fd, path }: Segment, newPath: string): void {
  closeSync(fd);
  try {
    renameSync(path, newPath);
  } catch {
    // it was deleted, with its batches
  }
}

export interface OpenedSegment {
  readonly segment: Segment;
  /** Batches that cannot be read; 1 if their number is unknown. */
  readonly damagedCount: number;
}

/** Opens a file that another process wrote, with its batches, oldest first. @throws Node's error if it cannot be read. */
export function openSegment(path: string, format: string): OpenedSegment {
  const fd = openOwnFile(path, 'write');
  try {
    return readSegment(path, fd, headOf(format).length);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function readSegment(path: string, fd: number, headBytes: number): OpenedSegment {
  const byteCount = fstatSync(fd).size;
  const segment: Segment = { path, fd, headBytes, byteCount, waiting: new Set() };
  const head = Buffer.allocUnsafe(frameHeadBytes);
  let at = headBytes;
  while (at + frameHeadBytes <= byteCount) {
    readSync(fd, head, 0, frameHeadBytes, at);
    const bodyBytes = head.readUInt32LE(1);
    // Without a correct length the next batch cannot be found.
    if (crc32(head.subarray(1, 13)) !== head.readUInt32LE(13) || bodyBytes > maxBodyBytes) {
      return { segment, damagedCount: 1 };
    }
    const nextAt = at + frameHeadBytes + bodyBytes;
    if (nextAt > byteCount) break; // the process died while it wrote this
    const spanCount = head.readUInt32LE(5);
    if (head[0] === 1) segment.waiting.add({ segment, at, bodyBytes, spanCount, isUnderWay: false });
    at = nextAt;
  }
  return { segment, damagedCount: 0 };
}

/** Decides whether this process can read a file. `unfinished`: its process died before it wrote the head. */
export function identifySegment(path: string, format: string): 'ours' | 'another format' | 'unknown' | 'unfinished' {
  const fd = openOwnFile(path, 'read');
  try {
    const bytes = Buffer.alloc(maxHeadBytes);
    const start = bytes.toString('utf8', 0, readSync(fd, bytes, 0, maxHeadBytes, 0));
    const ours = headOf(format).toString();
    if (start.startsWith(ours)) return 'ours';
    if (ours.startsWith(start)) return 'unfinished';
    return start.startsWith(firstLine) && start.indexOf('\n', firstLine.length) > 0 ? 'another format' : 'unknown';
  } finally {
    closeSync(fd);
  }
}

const firstLine = `waymark spool ${formatVersion}\n`;

function headOf(format: string): Buffer {
  return Buffer.from(`${firstLine}${JSON.stringify({ format })}\n`);
}

function write(segment: Segment, parts: readonly Buffer[]): void {
  const start = segment.byteCount;
  let at = start;
  try {
    for (const part of parts) {
      // A disk that is nearly full writes less than it was given, and reports the error at the next write.
      for (let from = 0; from < part.length; ) {
        const written = writeSync(segment.fd, part, from, part.length - from, at);
        from += written;
        at += written;
      }
    }
    segment.byteCount = at;
  } catch (error) {
    ftruncateSync(segment.fd, start);
    throw error;
  }
}

function crc32(bytes: Buffer): number {
  return process.getBuiltinModule('node:zlib').crc32(bytes);
}
