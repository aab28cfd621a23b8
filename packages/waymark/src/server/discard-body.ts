/**
 * Reads the rest of a refused body before the refusal is sent. Most clients read the answer only after they have sent their body:
 * if the connection closes earlier, they get EPIPE or ECONNRESET instead of the answer.
 */
import type { IncomingMessage } from 'node:http';

// A sender with a larger or slower body is answered at once, and may miss the answer.
const maxDiscardedBytes = 256 * 1024 * 1024;
const maxWaitMs = 10_000;

/** Resolves at the end of the body, when the connection breaks, or at a limit. Never rejects. */
export function discardBody(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) {
    request.resume(); // unread bytes would be parsed as the next request
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, maxWaitMs).unref();
    const finish = (): void => {
      clearTimeout(timer);
      resolve();
    };
    let discarded = 0;
    request.on('error', finish);
    request.on('close', finish);
    request.on('end', finish);
    request.on('data', (chunk: Buffer) => {
      discarded += chunk.length;
      if (discarded > maxDiscardedBytes) finish();
    });
    request.resume();
  });
}
