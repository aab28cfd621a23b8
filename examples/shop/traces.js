// @ts-check
// Traces as the collector has them, by its query API.
import { setTimeout as wait } from 'node:timers/promises';
import { outline } from './demo.js';

// The services send every 100 ms, each by its own clock.
const pollMs = 50;
const patienceMs = 10_000;

/** @param {string} url Of the collector. @param {string} traceId @returns {Promise<readonly import('waymark').Span[]>} */
export async function readTrace(url, traceId) {
  const response = await fetch(`${url}/waymark/traces/${traceId}`);
  if (!response.ok) return []; // none of it has come yet
  const { spans } = /** @type {{ spans: import('waymark').Span[] }} */ (await response.json());
  return spans;
}

/**
 * Waits for a trace to be as it should; what is not by then is told as it is.
 *
 * @param {() => Promise<readonly import('waymark').Span[]>} read
 * @param {string} expected
 */
export async function whenWhole(read, expected) {
  const deadlineMs = Date.now() + patienceMs;
  for (;;) {
    const received = outline(await read());
    if (received === expected || Date.now() > deadlineMs) return received;
    await wait(pollMs);
  }
}
