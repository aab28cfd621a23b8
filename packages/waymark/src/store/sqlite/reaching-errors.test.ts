/** Errors in a window that many traces reach beyond: each of these traces must be read, within a time limit. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drivers } from '../../../test/each-store.ts';
import type { Span } from '../../model/span.ts';
import { createSqliteStore } from './sqlite-store.ts';

const epochMs = 1_764_037_440_000;
const hourMs = 3_600_000;
const traceCount = 300;
const folder = mkdtempSync(join(tmpdir(), 'waymark-reaching-'));
const resource = { serviceName: 'shop', attributes: {} };

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A failed span an hour before the window, and a span an hour after it. */
function spansOf(trace: number): Span[] {
  return [1, 2].map((id) => {
    const startTimeUnixNano = `${epochMs + (id === 1 ? -hourMs : hourMs)}000000`;
    return {
      traceId: String(trace).padStart(32, '0'),
      spanId: String(id).padStart(16, '0'),
      name: 'work',
      kind: 'internal',
      startTimeUnixNano,
      endTimeUnixNano: startTimeUnixNano,
      attributes: {},
      ...(id === 1 && { status: { code: 'error' as const, message: 'no room' } }),
      resource,
    };
  });
}

describe.each(drivers)('by %s', (driver) => {
  const window = { startMs: epochMs, endMs: epochMs + 60_000 };

  /** The number of steps of the answer, and the answer. */
  function ask(maxSearchMs: number): { readonly steps: number; readonly groupCount: number } {
    let steps = 0;
    const path = join(folder, `${driver.replace(':', '-')}-${maxSearchMs}.db`);
    const store = createSqliteStore({ path, driver, maxSearchMs, giveWay: () => steps++ });
    store.add(Array.from({ length: traceCount }, (_, trace) => spansOf(trace)).flat());
    steps = 0;
    const groupCount = store.errors(window).groups.length;
    const taken = steps;
    store.close();
    return { steps: taken, groupCount };
  }

  test('each trace is read once', () => {
    const { steps, groupCount } = ask(Number.POSITIVE_INFINITY);
    expect(groupCount).toBe(0);
    // One step for each trace found at both ends of the window, and one for each chunk that is read.
    expect(steps).toBeGreaterThanOrEqual(2 * traceCount);
    expect(steps).toBeLessThanOrEqual(3 * traceCount + 10);
  });

  test('no trace is read after the time is over', () => {
    expect(ask(0).steps).toBeLessThan(10);
  });
});
