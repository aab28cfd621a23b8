/**
 * Reads what a refused sender still sends, before the refusal is answered. Most clients read the answer only when their body has
 * been sent: a connection that is closed earlier gives them EPIPE or ECONNRESET in place of the answer.
 */
import type { IncomingMessage } from 'node:http';

// A sender that is larger or slower is answered at once, and may not read the answer.
const maxDiscardedBytes = 256 * 1024 * 1024;
const maxWaitMs = 10_000;

/** Resolves when the body has come to its end, when the connection broke, or at a limit. Never rejects. */
export function discardBody(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) {
    request.resume(); // what was not read yet would be taken for the next request
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
