/** A wait for code of others, which may never end. */
import { clearTimeout, setTimeout } from 'node:timers'; // not the global ones, which a test may fake

/**
 * Resolves when what `call` returns has settled.
 *
 * @throws What `call` throws or rejects with, or an error if it takes longer. The timer does not keep the process alive.
 */
export async function withinTime(timeoutMs: number, call: () => unknown): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not end within ${timeoutMs} ms`)), timeoutMs).unref();
  });
  try {
    await Promise.race([call(), timeUp]);
  } finally {
    clearTimeout(timer);
  }
}
