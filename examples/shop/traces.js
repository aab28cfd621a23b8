// @ts-check
// Traces of the collector, by its HTTP API.
import { setTimeout as wait } from 'node:timers/promises';
import { outline } from './demo.js';

const pollMs = 50; // the services send every 100 ms
const timeoutMs = 10_000;

/** @param {string} url Of the collector. @param {string} traceId @returns {Promise<readonly import('waymark').Span[]>} */
export async function readTrace(url, traceId) {
  const response = await fetch(`${url}/waymark/traces/${traceId}`);
  if (!response.ok) return []; // none of its spans has arrived yet
  const { spans } = /** @type {{ spans: import('waymark').Span[] }} */ (await response.json());
  return spans;
}

/**
 * Waits until a trace is as expected, and returns its outline. After the timeout, returns the outline of what has arrived.
 *
 * @param {() => Promise<readonly import('waymark').Span[]>} read
 * @param {string} expected
 */
export async function waitForTrace(read, expected) {
  const deadlineMs = Date.now() + timeoutMs;
  for (;;) {
    const received = outline(await read());
    if (received === expected || Date.now() > deadlineMs) return received;
    await wait(pollMs);
  }
}
