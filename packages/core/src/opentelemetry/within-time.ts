/** A wait for code of others, which may never end. */
import { clearTimeout, setTimeout } from 'node:timers'; // not the global ones, which a test may fake
import { describeExportError } from './call-export.ts';

/**
 * Calls a method of another library, and resolves when what it returns has settled. The timer does not keep the process alive.
 *
 * @param name Of the call, for messages: `OTLPTraceExporter.shutdown()`.
 * @throws An error that says what the call threw or rejected with, or that it took longer.
 */
export async function withinTime(name: string, timeoutMs: number, call: () => unknown): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not end within ${timeoutMs} ms`)), timeoutMs).unref();
  });
  try {
    await Promise.race([call(), timeUp]);
  } catch (error) {
    throw new Error(`${name} failed: ${describeExportError(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
