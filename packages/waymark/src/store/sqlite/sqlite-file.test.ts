import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testOnUnix } from '../../../../../tests/on-platform.ts';
import { drivers } from '../../../test/each-store.ts';
import { sketchTrace } from '../../../test/sketch-trace.ts';
import { parseQuery } from '../../query/parse-query.ts';
import type { DriverName } from './driver.ts';
import { applicationId } from './file-header.ts';
import { layoutVersion } from './layout.ts';
import { openDriver } from './open-driver.ts';
import { createSqliteStore } from './sqlite-store.ts';

const spans = sketchTrace(`
  gateway server GET 0-50
    orders server GET 5-40
      orders client SELECT 10-30
`);
const traceId = spans[0]?.traceId ?? '';

let folder = '';
let path = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waymark-file-'));
  path = join(folder, 'data', 'traces.db');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.each(drivers)('a file by %s', (driver) => {
  test('has its spans after it was closed and opened again', () => {
    const store = createSqliteStore({ path, driver });
    store.add(spans);
    const { list, operations, counts } = store;
    const before = [list({}), operations({ startMs: 0, endMs: 1e13 }), { ...counts(), byteCount: 0 }];
    store.close();
    const again = createSqliteStore({ path, driver });
    expect([
      again.list({}),
      again.operations({ startMs: 0, endMs: 1e13 }),
      { ...again.counts(), byteCount: 0 }, // without the log
    ]).toEqual(before);
    expect(again.spans(traceId)).toEqual(spans);
    expect(again.add(spans)).toEqual([]);
    again.close();
  });

  testOnUnix('file modes')('is not readable by other users', () => {
    const store = createSqliteStore({ path, driver });
    store.add(spans);
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
    const names = readdirSync(join(folder, 'data'));
    expect(names).toEqual(expect.arrayContaining(['traces.db', 'traces.db-wal', expect.stringContaining('owner')]));
    for (const name of names.filter((each) => !each.endsWith('.lock')))
      expect([name, statSync(join(folder, 'data', name)).mode & 0o777]).toEqual([name, 0o600]);
    store.close();
    expect(readdirSync(join(folder, 'data'))).toEqual(['traces.db']);
  });

  test('shrinks when many spans are removed', () => {
    const store = createSqliteStore({ path, driver });
    for (let trace = 1; trace <= 4000; trace++) {
      const text = Array.from({ length: 300 }, (_, at) => ((trace * 7919 + at * 104_729) % 46_656).toString(36)).join(
        '',
      );
      const id = trace.toString(16).padStart(32, '0');
      store.add(spans.map((span) => ({ ...span, traceId: id, attributes: { text: `${span.spanId}${text}` } })));
    }
    store.close();
    const full = statSync(path).size;
    const limited = createSqliteStore({ path, driver, limits: { maxSpans: 100 } });
    for (let trace = 5000; trace < 5100; trace++) {
      limited.add(spans.map((span) => ({ ...span, traceId: trace.toString(16).padStart(32, '0') })));
    }
    expect(limited.counts().spanCount).toBeLessThanOrEqual(100);
    limited.close();
    expect(statSync(path).size).toBeLessThan(Math.max(full / 2, 20 * 2 ** 20));
  });
});

(drivers.length > 1 ? test : test.skip)(
  'a file written by one driver is read and written by the other, and back',
  () => {
    for (const [index, driver] of (
      ['node-sqlite3-wasm', 'node:sqlite', 'node-sqlite3-wasm', 'node:sqlite'] as const
    ).entries()) {
      const store = createSqliteStore({ path, driver });
      store.add(spans.map((span) => ({ ...span, traceId: `${index}`.repeat(32).replace(/^0+$/, 'f'.repeat(32)) })));
      expect(store.counts()).toMatchObject({ driver, traceCount: index + 1, spanCount: 3 * (index + 1) });
      expect(store.list({ query: parseQuery('service:orders') }).traces).toHaveLength(index + 1);
      store.close();
    }
  },
);

test('a search that takes too long reports how far it came, and continues from there', () => {
  const store = createSqliteStore({ path, maxSearchMs: 0 });
  for (let trace = 1; trace <= 20; trace++) {
    store.add(spans.map((span) => ({ ...span, traceId: trace.toString(16).padStart(32, '0') })));
  }
  const found: string[] = [];
  let calls = 0;
  for (let cursor: string | undefined, isComplete = false; !isComplete; calls++) {
    const page = store.list({ query: parseQuery('"get"'), cursor });
    found.push(...page.traces.map(({ traceId: id }) => id));
    ({ cursor, isComplete } = page);
    expect(page.cursor === undefined).toBe(isComplete);
  }
  expect(new Set(found).size).toBe(20);
  expect(found).toHaveLength(20);
  expect(calls).toBeGreaterThan(5);
  store.close();
});

describe('a file that cannot be read is refused and not changed', () => {
  beforeEach(() => mkdirSync(join(folder, 'data')));

  function expectRefused(driver: DriverName, message: string): void {
    const before = readFileSync(path);
    expect(() => createSqliteStore({ path, driver })).toThrow(
      expect.objectContaining({ code: 'WAYMARK_STORE_UNREADABLE', message: expect.stringContaining(message) }),
    );
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(join(folder, 'data'))).toEqual(['traces.db']);
  }

  test.each(drivers)('a text file, by %s', (driver) => {
    writeFileSync(path, 'my only copy of the novel '.repeat(100));
    expectRefused(driver, 'is not a database');
  });

  test.each(drivers)('a few bytes, by %s', (driver) => {
    writeFileSync(path, 'SQLite');
    expectRefused(driver, 'is not a database');
  });

  test.each(drivers)('a database of another program, by %s', (driver) => {
    const other = openDriver(path, driver);
    other.exec('CREATE TABLE customers (name TEXT); INSERT INTO customers VALUES (1)');
    other.close();
    expectRefused(driver, 'is a database of another program');
  });

  test.each(drivers)('a file of a newer Waymark, by %s', (driver) => {
    createSqliteStore({ path, driver }).close();
    const newer = openDriver(path, driver);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    expectRefused(driver, `was written by a newer Waymark (layout 99, this one knows ${layoutVersion})`);
  });

  test.each(drivers)('a damaged file, by %s', (driver) => {
    const store = createSqliteStore({ path, driver });
    store.add(spans);
    store.close();
    truncateSync(path, 4096 + 100);
    expectRefused(driver, 'cannot be read');
  });
});

test('an empty file becomes a store', () => {
  mkdirSync(join(folder, 'data'));
  writeFileSync(path, '');
  const store = createSqliteStore({ path });
  store.add(spans);
  store.close();
  expect(statSync(path).size).toBeGreaterThan(4096);
});

test.each(drivers)('a file that a killed process has started becomes a store, by %s', (driver) => {
  mkdirSync(join(folder, 'data'));
  const begun = openDriver(path, driver);
  begun.exec(`PRAGMA application_id = ${applicationId}; PRAGMA journal_mode = WAL`);
  begun.close();
  const store = createSqliteStore({ path, driver });
  store.add(spans);
  expect(store.counts()).toMatchObject({ spanCount: 3 });
  store.close();
});
