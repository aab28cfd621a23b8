/** Reads the bodies of senders, within a memory limit for all of them together. */
import type { Readable } from 'node:stream';
import { RequestProblem } from './request-problem.ts';

export interface BodyReader {
  /**
   * Leaves the rest of a refused body in the stream, for `discardBody()`.
   *
   * @param declaredBytes The value of `Content-Length`; `undefined` without the header.
   * @throws {RequestProblem} 413 beyond `maxBytes`; 503 if other bodies fill the memory; 408 if the body arrives too slowly while
   *   others need its memory.
   */
  read(stream: Readable, declaredBytes: number | undefined, maxBytes: number): Promise<HeldBody>;
}

/** Counts against the limit until it is released, since a body also takes memory while it waits to be stored. */
export interface HeldBody {
  readonly bytes: Buffer;
  release(): void;
}

/** A sender whose body is still arriving. */
interface Reading {
  readonly startMs: number;
  /** When its last bytes arrived. */
  lastMs: number;
  bytes: number;
  /** Stops reading, and frees its bytes. */
  cut(error: Error): void;
}

// A sender that is silent for so long has stopped, or is an attack on memory. The same holds for a sender that is slower than a slow
// network.
const maxIdleMs = 1000;
const slowBytesPerSecond = 16 * 1024;

export function createBodyReader({
  maxHeldBytes,
  now = () => performance.now(),
}: {
  readonly maxHeldBytes: number;
  /** Milliseconds. For tests. */
  readonly now?: () => number;
}): BodyReader {
  const readings = new Set<Reading>();
  let held = 0;

  function hold(count: number, own: Reading): void {
    while (held + count > maxHeldBytes) {
      const slowest = findSlowest(own);
      if (slowest === undefined) {
        throw new RequestProblem(
          503,
          'The collector receives more than it can store at the moment: send this again in a second.',
          {
            retryAfterSeconds: 1,
          },
        );
      }
      slowest.cut(new RequestProblem(408, 'The body arrived too slowly, and others needed its memory: send it again.'));
    }
    held += count;
  }

  /** The oldest slow sender, which is cut off so that it does not keep new senders out. */
  function findSlowest(own: Reading): Reading | undefined {
    const nowMs = now();
    // In order of their start.
    for (const reading of readings) {
      if (reading !== own && reading.bytes > 0 && isSlow(reading, nowMs)) return reading;
    }
    return undefined;
  }

  function collect(stream: Readable, maxBytes: number, chunks: Buffer[]): Promise<number> {
    return new Promise((resolve, reject) => {
      const startMs = now();
      const reading: Reading = { startMs, lastMs: startMs, bytes: 0, cut: fail };
      readings.add(reading);

      function take(chunk: Buffer): void {
        try {
          if (reading.bytes + chunk.length > maxBytes) throw tooLarge(maxBytes);
          hold(chunk.length, reading);
        } catch (error) {
          fail(error as Error); // both throw only Errors
          return;
        }
        reading.bytes += chunk.length;
        reading.lastMs = now();
        chunks.push(chunk);
      }

      function stop(): void {
        readings.delete(reading);
        stream.off('data', take).off('end', end).off('error', fail).off('close', breakOff);
      }

      function end(): void {
        stop();
        resolve(reading.bytes);
      }

      function fail(error: Error): void {
        stop();
        stream.on('error', () => {}); // the connection may break while the rest is discarded
        stream.pause();
        held -= reading.bytes;
        chunks.length = 0;
        reject(error);
      }

      function breakOff(): void {
        fail(new RequestProblem(400, 'The connection broke before the whole body had arrived.'));
      }

      stream.on('data', take).on('end', end).on('error', fail).on('close', breakOff);
      if (stream.destroyed) breakOff();
    });
  }

  return {
    async read(stream, declaredBytes, maxBytes) {
      if (declaredBytes !== undefined && declaredBytes > maxBytes) throw tooLarge(maxBytes);
      const chunks: Buffer[] = [];
      // Counts the received bytes, not the declared ones, which may never arrive.
      const own = await collect(stream, maxBytes, chunks);
      const [first] = chunks;
      const bytes = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, own);
      let isReleased = false;
      return {
        bytes,
        release(): void {
          if (!isReleased) held -= own;
          isReleased = true;
        },
      };
    },
  };
}

function isSlow({ startMs, lastMs, bytes }: Reading, nowMs: number): boolean {
  const ageMs = nowMs - startMs;
  return nowMs - lastMs >= maxIdleMs || (ageMs >= maxIdleMs && bytes < (ageMs / 1000) * slowBytesPerSecond);
}

function tooLarge(maxBytes: number): RequestProblem {
  return new RequestProblem(413, `The body has more than ${maxBytes} bytes: send fewer spans in a batch.`);
}
