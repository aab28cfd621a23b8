/** Damages one part of a file after the other: the store answers from the undamaged part, or with an error with a code. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drivers } from '../../../test/each-store.ts';
import { createRandom } from '../../../test/seeded-random.ts';
import { batchOf, startStoreProcess } from '../../../test/store-process.ts';
import { parseQuery } from '../../query/parse-query.ts';
import type { TraceStore } from '../trace-store.ts';
import type { DriverName } from './driver.ts';
import { createSqliteStore } from './sqlite-store.ts';

const pageSize = 4096;
const batchCount = 8;
const now = (): number => 1_764_037_100_000;
const range = { startMs: 0, endMs: 1e13 };
const traceIds = [
  ...new Set(Array.from({ length: batchCount }, (_, number) => batchOf(number).map(({ traceId }) => traceId)).flat()),
];

let folder = '';
let path = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waymark-damage-'));
  path = join(folder, 'traces.db');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function writeWhole(driver: DriverName): Buffer {
  const store = createSqliteStore({ path, driver, now });
  for (let number = 0; number < batchCount; number++) store.add(batchOf(number));
  store.close();
  return readFileSync(path);
}

/** All reads of a store that the collector uses. */
function callsOf(store: TraceStore): Record<string, () => unknown> {
  const span = batchOf(3)[2];
  return {
    list: () => store.list({ limit: 1000 }),
    'list by term': () => store.list({ query: parseQuery('http.route:/1'), limit: 1000 }),
    'list by text': () => store.list({ query: parseQuery('"0000-"'), limit: 1000 }),
    scatter: () => store.scatter(range),
    facets: () => store.facets(range),
    'complete keys': () => store.complete({ prefix: '' }),
    'complete values': () => store.complete({ key: 'http.route', prefix: '' }),
    ...Object.fromEntries(traceIds.map((traceId) => [`spans ${traceId}`, () => store.spans(traceId)])),
    history: () => span && store.history(span),
    operations: () => store.operations(range),
    median: () => store.median({ service: 'service-1', name: 'GET /1' }),
    map: () => store.map(range),
    errors: () => store.errors(range),
    services: () => store.services(),
    counts: () => store.counts(),
    'add to a trace': () => store.add(batchOf(batchCount - 1).map((one) => ({ ...one, name: 'again' }))),
    'add to an old trace': () => store.add(batchOf(0).map((one) => ({ ...one, spanId: `f${one.spanId.slice(1)}` }))),
    'add a trace': () => store.add(batchOf(100)),
    clear: () => store.clear(),
    'add after that': () => store.add(batchOf(102)),
  };
}

/** @returns The answers and the refusals, or why the store does not open. */
function tryAll(driver: DriverName): { refusal?: unknown; answered: string[]; refused: [string, unknown][] } {
  const answered: string[] = [];
  const refused: [string, unknown][] = [];
  let store: TraceStore;
  try {
    store = createSqliteStore({ path, driver, now, maxSearchMs: Number.POSITIVE_INFINITY });
  } catch (refusal) {
    return { refusal, answered, refused };
  }
  for (const [name, call] of Object.entries({ ...callsOf(store), close: () => store.close() })) {
    try {
      call();
      answered.push(name);
    } catch (error) {
      refused.push([name, error]);
    }
  }
  return { answered, refused };
}

/** Errors with another code or none, and where they happened. */
function withoutCode(errors: readonly unknown[]): unknown[] {
  return errors
    .filter((error) => (error as { code?: unknown }).code !== 'WAYMARK_STORE_UNREADABLE')
    .map((error) => (error as Error).stack);
}

const random = createRandom(7);
const damages = {
  'of zeros': (page: Buffer) => page.fill(0),
  'of random bytes': (page: Buffer) => page.set(page.map(() => Math.floor(random() * 256))),
  'with some bits turned': (page: Buffer) => {
    for (let index = 0; index < 8; index++) {
      const at = Math.floor(random() * page.length);
      page.writeUInt8(page.readUInt8(at) ^ (1 << Math.floor(random() * 8)), at);
    }
  },
};

describe.each(drivers)('a file by %s', (driver) => {
  test.each(Object.keys(damages) as (keyof typeof damages)[])(
    'with one page %s',
    (damage) => {
      const whole = writeWhole(driver);
      const pages = whole.length / pageSize;
      let opened = 0;
      let answered = 0;
      for (let number = 0; number < pages; number++) {
        const bytes = Buffer.from(whole);
        damages[damage](bytes.subarray(number * pageSize, (number + 1) * pageSize));
        writeFileSync(path, bytes);
        const outcome = tryAll(driver);
        const errors = outcome.refused.map(([, error]) => error);
        expect({ number, errors: withoutCode(outcome.refusal === undefined ? errors : [outcome.refusal]) }).toEqual({
          number,
          errors: [],
        });
        expect({ number, names: readdirSync(folder) }).toEqual({ number, names: ['traces.db'] });
        if (outcome.refusal !== undefined) {
          expect((outcome.refusal as Error).message).toContain(
            'The file was not changed. Move it away, or choose another',
          );
          expect(readFileSync(path).equals(bytes)).toBe(true);
          continue;
        }
        opened++;
        answered += outcome.answered.length;
      }
      // Most pages have the spans or terms of a few traces, so most reads are answered.
      expect(opened).toBeGreaterThan(pages / 2);
      expect(answered / opened).toBeGreaterThan(traceIds.length * 0.8);
      writeFileSync(path, whole);
      expect(tryAll(driver)).toMatchObject({ refused: [] });
    },
    120_000,
  );

  test('cut off at any page', () => {
    const whole = writeWhole(driver);
    for (let at = pageSize / 2; at < whole.length; at += pageSize) {
      writeFileSync(path, whole.subarray(0, at));
      const { refusal, refused } = tryAll(driver);
      expect(withoutCode(refusal === undefined ? refused.map(([, error]) => error) : [refusal])).toEqual([]);
      expect(readdirSync(folder)).toEqual(['traces.db']);
    }
  }, 120_000);

  test('with a log that was cut off or damaged at any page has the spans stored before', async () => {
    const storing = await startStoreProcess({ path, driver });
    await storing.ackedAtLeast(12);
    await storing.kill();
    const whole = readFileSync(path);
    const log = readFileSync(`${path}-wal`);
    const frame = pageSize + 24;
    let most = 0;
    for (let at = 32; at < log.length; at += 7 * frame) {
      for (const isCut of [true, false]) {
        for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
        writeFileSync(path, whole);
        const bytes = Buffer.from(log);
        if (!isCut) damages['of random bytes'](bytes.subarray(at, at + frame));
        writeFileSync(`${path}-wal`, isCut ? bytes.subarray(0, at + 100) : bytes);
        const store = createSqliteStore({ path, driver, now });
        const { spanCount } = store.counts();
        expect(spanCount % 40).toBe(0); // whole batches
        most = Math.max(most, spanCount);
        store.add(batchOf(1000));
        expect(store.counts()).toMatchObject({ spanCount: spanCount + 40 });
        store.close();
        expect(readdirSync(folder)).toEqual(['traces.db']);
      }
    }
    expect(most).toBeGreaterThanOrEqual(400);
  }, 120_000);
});
