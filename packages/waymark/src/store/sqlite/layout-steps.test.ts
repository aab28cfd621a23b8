/**
 * Tests files of each layout that was on the main branch. The code of that time wrote them: `add()` with seven spans of
 * spans.ndjson at a time, one second apart.
 */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { drivers } from '../../../test/each-store.ts';
import type { Span } from '../../model/span.ts';
import { parseQuery } from '../../query/parse-query.ts';
import type { TraceStore } from '../trace-store.ts';
import { readFileHeader } from './file-header.ts';
import { layoutVersion } from './layout.ts';
import { beginSteps } from './layout-steps.ts';
import { openDriver } from './open-driver.ts';
import { createSqliteStore } from './sqlite-store.ts';

/** A new layout needs a file of the previous one: gzip it into fixtures/. */
const layouts = Array.from({ length: layoutVersion + 1 }, (_, layout) => layout);

const firstAddedMs = 1_764_037_101_000;
const spans = readFileSync(join(__dirname, 'fixtures/spans.ndjson'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Span); // as written
const now = (): number => firstAddedMs + 60_000;

let folder = '';
let path = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waymark-layout-'));
  path = join(folder, 'traces.db');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function writeFixture(layout: number): void {
  writeFileSync(path, gunzipSync(readFileSync(join(__dirname, `fixtures/layout-${layout}.sqlite.gz`))));
}

/** All answers of a store for the time of the spans. */
function answersOf(store: TraceStore): unknown {
  const range = { startMs: 1_764_037_000_000, endMs: 1_764_037_200_000 };
  const { spanCount, traceCount, oldestMs } = store.counts();
  return {
    list: store.list(range),
    byTerm: store.list({ ...range, query: parseQuery('http.route:/orders/:id') }),
    byText: store.list({ ...range, query: parseQuery('"no user 8"') }),
    scatter: store.scatter(range),
    facets: store.facets(range),
    values: store.complete({ key: 'enduser.id', prefix: 'user-1' }),
    spans: [...new Set(spans.map(({ traceId }) => traceId))].map((traceId) => store.spans(traceId)),
    history: store.history(spans[3] as Span), // there are 51
    operations: store.operations(range),
    median: store.median({ service: 'orders', name: 'SELECT orders' }),
    map: store.map(range),
    errors: store.errors(range),
    services: store.services(),
    counts: { spanCount, traceCount, oldestMs },
  };
}

describe.each(drivers)('by %s', (driver) => {
  test.each(layouts)('a file of layout %d gives the same answers as a current one, and accepts spans', (layout) => {
    const today = createSqliteStore({ path: join(folder, 'today.db'), driver, now });
    for (let at = 0; at < spans.length; at += 7) today.add(spans.slice(at, at + 7));
    const expected = answersOf(today);
    today.close();

    writeFixture(layout);
    const store = createSqliteStore({ path, driver, now });
    expect(answersOf(store)).toEqual(expected);
    expect(store.add(spans)).toEqual([]);
    const more = { ...(spans[0] as Span), traceId: 'd'.repeat(32) }; // there are 51
    expect(store.add([more])).toHaveLength(1);
    store.close();

    expect(readFileHeader(path)).toEqual({ type: 'ours', layoutVersion });
    const again = createSqliteStore({ path, driver, now });
    expect(again.counts()).toMatchObject({ spanCount: 52, traceCount: 13 });
    again.close();
    const database = openDriver(path, driver);
    expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
    const tables = "SELECT name FROM sqlite_schema WHERE name LIKE 'old%' OR name = 'slots'";
    expect(database.prepare(tables).all()).toEqual([]);
    const oldest = database.prepare('SELECT min(added) AS added FROM traces').get();
    expect(oldest?.added).toBeLessThanOrEqual(firstAddedMs + 2000); // as old as they were, for retention
    database.close();
  });

  test('a file with unreadable spans is not changed', () => {
    writeFixture(0);
    const damaging = openDriver(path, driver);
    damaging.exec("UPDATE chunks SET data = x'00' WHERE cid = (SELECT max(cid) FROM chunks)");
    damaging.close();
    const before = readFileSync(path);
    expect(() => createSqliteStore({ path, driver, now })).toThrow(
      expect.objectContaining({
        code: 'WAYMARK_STORE_UNREADABLE',
        message: expect.stringContaining('The file was not changed.'),
      }),
    );
    expect(readFileSync(path).equals(before)).toBe(true);
    expect([`${path}-wal`, `${path}.owner`].filter(existsSync)).toEqual([]);
  });

  test('all steps run in order, in one transaction', () => {
    writeFixture(1);
    const database = openDriver(path, driver);
    const later = {
      version: 3,
      tables: 'CREATE TABLE IF NOT EXISTS notes (text TEXT NOT NULL)',
      steps: [
        { from: 1, alter: (by: typeof database) => by.exec('ALTER TABLE traces ADD COLUMN note TEXT') },
        { from: 2, alter: (by: typeof database) => by.exec("UPDATE traces SET note = 'seen'") },
      ],
    };
    const failing = {
      ...later,
      steps: [...later.steps.slice(0, 1), { from: 2, alter: () => database.exec('nonsense') }],
    };
    expect(() => beginSteps(database, 1, failing)).toThrow('nonsense');
    database.exec('ROLLBACK');
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
    expect(database.prepare('PRAGMA table_info(traces)').all()).toHaveLength(13);

    expect(beginSteps(database, 1, later)).toEqual({ spans: undefined });
    database.exec('COMMIT');
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 3 });
    expect(database.prepare("SELECT count(*) AS count FROM traces WHERE note = 'seen'").get()).toEqual({ count: 12 });
    expect(database.prepare('SELECT count(*) AS count FROM notes').get()).toEqual({ count: 0 });
    expect(beginSteps(database, 3, later)).toBeUndefined();
    database.close();
  });
});
