// better-sqlite3 and node:sqlite, in processes: Node 20 has neither. The prebuilt binaries of better-sqlite3 need Node 22.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findNode } from '../../matrix/node-binaries.ts';

const root = join(__dirname, '../../..');

// Inside a package with better-sqlite3. It is not in tests/libraries: TypeORM asks for an older one there.
const folder = mkdtempSync(join(root, 'tests/libraries/sqlite/node_modules/program-'));

beforeAll(() => {
  execFileSync(
    process.execPath,
    ['--input-type=module', '--eval', "(await import('./scripts/setup.mjs')).buildPackages()"],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;

/** What a program prints, as JSON. */
function run(source: string, node: string): unknown {
  const file = join(folder, `${count++}.cjs`);
  writeFileSync(file, source);
  const output = execFileSync(node, ['--no-warnings', file], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none' },
  });
  return JSON.parse(output);
}

const setUp = `
const { activeSpan, createTracer, setDefaultTracer } = require('@waymark/core');
const libraries = require('@waymark/core/libraries');
const { inMemoryExporter } = require('@waymark/core/testing');
const assert = require('node:assert');
const exporter = inMemoryExporter();
const tracer = createTracer({ exporter, serviceName: 'shop', flushOnExit: false, logLevel: 'none' });
setDefaultTracer(tracer);
/** The spans of fn, each below "request". */
function spansOf(fn) {
  const before = exporter.spans.length;
  tracer.withSpan('request', fn);
  const spans = exporter.spans.slice(before);
  const request = spans.find((span) => span.name === 'request');
  return spans.filter((span) => span !== request).map((span) => {
    assert.equal(span.parentSpanId, request.spanId);
    assert.equal(span.kind, 'client');
    const { 'db.system.name': system, 'db.namespace': namespace, 'db.query.text': text, 'db.response.returned_rows': rows, 'error.type': type } = span.attributes;
    assert.equal(system, 'sqlite');
    assert.equal(span.name, span.attributes['db.query.summary'] ?? 'sqlite');
    return [span.name, text, namespace, rows ?? null, type ?? null, span.status.code === 'error' ? span.status.message : null];
  });
}
const print = (value) => console.log(JSON.stringify(value));
`;

const libraries = {
  'better-sqlite3': {
    open: `const Database = require('better-sqlite3'); const open = () => new Database(':memory:');`,
    trace: 'libraries.traceBetterSqlite3(Database);',
  },
  'node:sqlite': {
    open: `const sqlite = require('node:sqlite'); const open = () => new sqlite.DatabaseSync(':memory:');`,
    trace: 'libraries.traceNodeSqlite(sqlite);',
  },
};

const unique = { 'better-sqlite3': 'SQLITE_CONSTRAINT_UNIQUE', 'node:sqlite': '2067' };
const general = { 'better-sqlite3': 'SQLITE_ERROR', 'node:sqlite': '1' };

describe.each([22, 24, 26])('on Node %i', (major) => {
  const node = findNode(major);

  describe.each(['better-sqlite3', 'node:sqlite'] as const)('%s', (name) => {
    const { open, trace } = libraries[name];

    test('each call has a span, with its rows, and without values', () => {
      const spans = run(
        `${setUp}${open}${trace}${trace}
        const db = open();
        print(spansOf(() => {
          db.exec("CREATE TABLE users (id INTEGER, email TEXT UNIQUE); INSERT INTO users VALUES (0, 'zero')");
          const insert = db.prepare('INSERT INTO users VALUES (?, ?)');
          assert.equal(insert.run(1, 'a@b.c').changes, 1);
          insert.run(2, 'd@e.f');
          assert.equal(db.prepare('SELECT email FROM users WHERE id = ?').get(1).email, 'a@b.c');
          assert.equal(db.prepare("SELECT email FROM users WHERE email = 'secret'").get(), undefined);
          assert.equal(db.prepare('SELECT * FROM users').all().length, 3);
          const all = [];
          for (const row of db.prepare('SELECT id FROM users').iterate()) all.push(row.id);
          assert.deepEqual(all, [0, 1, 2]);
          for (const row of db.prepare('SELECT id FROM users').iterate()) if (row.id === 1) break;
        }));`,
        node,
      );
      expect(spans).toEqual([
        [
          'CREATE TABLE users INSERT users',
          'CREATE TABLE users (id INTEGER, email TEXT UNIQUE); INSERT INTO users VALUES (?, ?)',
          ':memory:',
          null,
          null,
          null,
        ],
        ['INSERT users', 'INSERT INTO users VALUES (?, ?)', ':memory:', null, null, null],
        ['INSERT users', 'INSERT INTO users VALUES (?, ?)', ':memory:', null, null, null],
        ['SELECT users', 'SELECT email FROM users WHERE id = ?', ':memory:', 1, null, null],
        ['SELECT users', 'SELECT email FROM users WHERE email = ?', ':memory:', 0, null, null],
        ['SELECT users', 'SELECT * FROM users', ':memory:', 3, null, null],
        ['SELECT users', 'SELECT id FROM users', ':memory:', 3, null, null],
        ['SELECT users', 'SELECT id FROM users', ':memory:', 2, null, null],
      ]);
    }, 300_000);

    test('a failure has the code of SQLite, and reaches the application as it is', () => {
      const spans = run(
        `${setUp}${open}${trace}
        const db = open();
        db.exec('CREATE TABLE users (email TEXT UNIQUE)');
        const insert = db.prepare('INSERT INTO users VALUES (?)');
        print(spansOf(() => {
          insert.run('a@b.c');
          assert.throws(() => insert.run('a@b.c'), /UNIQUE constraint failed/);
          assert.throws(() => db.prepare("SELECT 'a@b.c' FORM users"), /syntax error/);
          assert.throws(() => db.exec('SELECT nam FROM users'), /no such column/);
        }).slice(1));`,
        node,
      );
      expect(spans).toEqual([
        [
          'INSERT users',
          'INSERT INTO users VALUES (?)',
          ':memory:',
          null,
          unique[name],
          'UNIQUE constraint failed: users.email',
        ],
        ['SELECT', 'SELECT ? FORM users', ':memory:', null, general[name], 'near "users": syntax error'],
        ['SELECT users', 'SELECT nam FROM users', ':memory:', null, general[name], 'no such column: nam'],
      ]);
    });

    test('without an active span there is none, and functions that SQL calls run in the context of the caller', () => {
      const result = run(
        `${setUp}${open}${trace}
        const db = open();
        let seen;
        db.function('seen', () => { seen = activeSpan(); return 1; });
        const statement = db.prepare('SELECT seen()');
        statement.get();
        const alone = exporter.spans.length;
        const isCaller = tracer.withSpan('request', (span) => { statement.get(); return seen === span; });
        print({ alone, isCaller, names: [statement.get.name, statement.run.length] });`,
        node,
      );
      expect(result).toEqual({ alone: 0, isCaller: true, names: ['get', 0] });
    });

    test('is found by itself', () => {
      const spans = run(
        `${setUp}${open}
        libraries.instrumentLibraries();
        const db = open();
        print(spansOf(() => db.prepare('SELECT 1').get()).map(([name]) => name));`,
        node,
      );
      expect(spans).toEqual(['SELECT']);
    });
  });

  test('transactions and pragmas of better-sqlite3 have spans', () => {
    const spans = run(
      `${setUp}${libraries['better-sqlite3'].open}${libraries['better-sqlite3'].trace}
      const db = open();
      print(spansOf(() => {
        db.exec('CREATE TABLE users (id INTEGER)');
        const insert = db.prepare('INSERT INTO users VALUES (?)');
        db.transaction(() => insert.run(1))();
        assert.throws(() => db.transaction(() => { throw new Error('mine'); })(), /mine/);
        db.pragma('user_version');
      }).map(([name]) => name));`,
      node,
    );
    expect(spans).toEqual([
      'CREATE TABLE users',
      'BEGIN',
      'INSERT users',
      'COMMIT',
      'BEGIN',
      'ROLLBACK',
      'PRAGMA user_version',
    ]);
  });
});

test('a value that is neither is refused', () => {
  const message = run(
    `${setUp}
    try { libraries.traceBetterSqlite3({}); } catch (error) { print(error.message); }`,
    findNode(24),
  );
  expect(message).toMatch(/^traceBetterSqlite3\(Database\) takes the class or a database of better-sqlite3, got /);
});
