/** Reads bodies of senders, and never holds more of them in memory than is allowed for all together. */
import type { Readable } from 'node:stream';
import { RequestProblem } from './request-problem.ts';

export interface BodyReader {
  /**
   * @param declaredBytes Of `Content-Length`; `undefined` if it is not there.
   * The rest of a refused body is left in the stream, for `discardBody()`.
   *
   * @throws {RequestProblem} 413 beyond `maxBytes`; 503 when others have taken all the room; 408 if it comes too slowly while others
   *   need its room.
   */
  read(stream: Readable, declaredBytes: number | undefined, maxBytes: number): Promise<HeldBody>;
}

/** Counts until it is released: what waits to be stored takes memory as well. */
export interface HeldBody {
  readonly bytes: Buffer;
  release(): void;
}

/** A sender whose body is still coming. */
interface Reading {
  readonly startMs: number;
  /** When its last bytes came. */
  lastMs: number;
  bytes: number;
  /** Ends the reading: its bytes are held no longer. */
  cut(error: Error): void;
}

// A sender that has been silent for so long has stopped, or wants to hold memory. So does one that has always been slower than a slow
// network is.
const patienceMs = 1000;
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
          'The collector has more to store than it can hold: send this again in a second.',
          {
            retryAfterSeconds: 1,
          },
        );
      }
      slowest.cut(new RequestProblem(408, 'The body came too slowly, and others needed its room: send it again.'));
    }
    held += count;
  }

  /** The oldest of those that hold memory and bring little: they do not keep new senders out. */
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
          fail(error as Error); // thrown by these two
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
        stream.on('error', () => {}); // of the connection, when its rest is discarded
        stream.pause();
        held -= reading.bytes;
        chunks.length = 0;
        reject(error);
      }

      function breakOff(): void {
        fail(new RequestProblem(400, 'The connection broke before the body had come.'));
      }

      stream.on('data', take).on('end', end).on('error', fail).on('close', breakOff);
      if (stream.destroyed) breakOff();
    });
  }

  return {
    async read(stream, declaredBytes, maxBytes) {
      if (declaredBytes !== undefined && declaredBytes > maxBytes) throw tooLarge(maxBytes);
      const chunks: Buffer[] = [];
      // Not by what is declared: that may never come, and others could send meanwhile.
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
  return nowMs - lastMs >= patienceMs || (ageMs >= patienceMs && bytes < (ageMs / 1000) * slowBytesPerSecond);
}

function tooLarge(maxBytes: number): RequestProblem {
  return new RequestProblem(413, `The body has more than ${maxBytes} bytes: send fewer spans at once.`);
}
