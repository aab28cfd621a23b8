/** Reads bodies of senders, and never holds more of them in memory than is allowed for all together. */
import type { Readable } from 'node:stream';
import { RequestProblem } from './request-problem.ts';

export interface BodyReader {
  /**
   * @param declaredBytes Of `Content-Length`; `undefined` if it is not there.
   * The rest of a refused body is left in the stream, for `discardBody()`.
   *
   * @throws {RequestProblem} 413 beyond `maxBytes`; 503 when others have taken all the room.
   */
  read(stream: Readable, declaredBytes: number | undefined, maxBytes: number): Promise<HeldBody>;
}

/** Counts until it is released: what waits to be stored takes memory as well. */
export interface HeldBody {
  readonly bytes: Buffer;
  release(): void;
}

export function createBodyReader({ maxHeldBytes }: { readonly maxHeldBytes: number }): BodyReader {
  let held = 0;

  function hold(count: number): void {
    if (held + count > maxHeldBytes) {
      throw new RequestProblem(503, 'The collector has more to store than it can hold: send this again in a second.', {
        retryAfterSeconds: 1,
      });
    }
    held += count;
  }

  return {
    async read(stream, declaredBytes, maxBytes) {
      let own = 0;
      const chunks: Buffer[] = [];
      try {
        if (declaredBytes !== undefined && declaredBytes > maxBytes) throw tooLarge(maxBytes);
        // Not by what is declared: that may never come, and others could send meanwhile.
        for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
          if (own + chunk.length > maxBytes) throw tooLarge(maxBytes);
          hold(chunk.length);
          own += chunk.length;
          chunks.push(chunk);
        }
      } catch (error) {
        held -= own;
        throw error;
      }
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

function tooLarge(maxBytes: number): RequestProblem {
  return new RequestProblem(413, `The body has more than ${maxBytes} bytes: send fewer spans at once.`);
}
