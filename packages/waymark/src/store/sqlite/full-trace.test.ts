/** A trace with the maximum number of chunks. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drivers } from '../../../test/each-store.ts';
import type { Span } from '../../model/span.ts';
import { openDriver } from './open-driver.ts';
import { createSqliteStore } from './sqlite-store.ts';
import { chunksPerTrace } from './trace-chunks.ts';

const folder = mkdtempSync(join(tmpdir(), 'waymark-full-'));
const resource = { serviceName: 'shop', attributes: {} };
const large = 'a'.repeat(32);
const next = 'b'.repeat(32);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function spanOf(traceId: string, id: number): Span {
  const startTimeUnixNano = `${1_764_037_440_000 + id}000000`;
  const spanId = id.toString(16).padStart(16, '0');
  const endTimeUnixNano = startTimeUnixNano;
  return {
    traceId,
    spanId,
    name: 'work',
    kind: 'internal',
    startTimeUnixNano,
    endTimeUnixNano,
    attributes: {},
    resource,
  };
}

test.each(drivers)('spans after its last chunk are kept, and do not go to the next trace, by %s', (driver) => {
  const path = join(folder, `${driver.replace(':', '-')}.db`);
  const options = { path, driver };
  const first = createSqliteStore(options);
  first.add([spanOf(large, 1)]);
  first.add([spanOf(next, 100)]);
  first.add([spanOf(large, 2)]);
  first.close();
  // As if a million batches had come in between.
  const file = openDriver(path, driver);
  file.exec(`UPDATE chunks SET cid = ${2 * chunksPerTrace - 2} WHERE cid = ${chunksPerTrace + 1}`);
  file.close();

  let store = createSqliteStore(options);
  const ids = (traceId: string): number[] => store.spans(traceId).map(({ spanId }) => Number(`0x${spanId}`));
  for (const id of [3, 4, 5, 6]) store.add([spanOf(large, id)]);
  expect(ids(large)).toEqual([1, 2, 3, 4, 5, 6]);
  store.close();

  store = createSqliteStore(options);
  store.add([spanOf(large, 6), spanOf(large, 7)]);
  store.add([spanOf(next, 101)]);
  expect(ids(large)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(ids(next)).toEqual([100, 101]);
  expect(store.counts()).toMatchObject({ spanCount: 9, traceCount: 2 });
  store.close();
});
