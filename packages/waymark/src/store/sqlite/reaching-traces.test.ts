import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from './open-database.ts';
import { createReachingTraces } from './reaching-traces.ts';

test('traces that reach beyond a moment are found by indexes alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waymark-reaching-'));
  const database = openDatabase(join(folder, 'traces.db'));
  try {
    const { driver } = database;
    const statements: string[] = [];
    createReachingTraces({
      ...driver,
      prepare(sql) {
        statements.push(sql);
        return driver.prepare(sql);
      },
    });
    const plans = statements.map((sql) => {
      const values = [...sql.matchAll(/\?/g)].map(() => 0);
      return driver
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all(...values)
        .map(({ detail }) => detail);
    });
    // One step for each class: neither a scan nor a sort.
    expect(plans).toEqual([
      ['SEARCH traces USING INDEX traces_by_start (start>? AND start<?)'],
      ['SEARCH traces USING INDEX traces_by_length (<expr>=? AND start>? AND start<?)'],
    ]);
  } finally {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
