// tedious, and mssql with it, in processes: tedious 20 needs Node 22. The server is a mock of the wire, tds-server.cjs.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findNode } from '../../matrix/node-binaries.ts';

const root = join(__dirname, '../../..');

// Inside the package that has the libraries, so that they resolve.
const folder = mkdtempSync(join(root, 'tests/libraries/node_modules/tedious-'));

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
function run(body: string, major: number): unknown {
  const file = join(folder, `${count++}.cjs`);
  writeFileSync(
    file,
    `${setUp}\n(async () => {\nconst server = await startTdsServer();\n${body}\nserver.close();\n})();`,
  );
  const output = execFileSync(findNode(major), ['--no-warnings', file], {
    encoding: 'utf8',
    timeout: 60_000,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none' },
  });
  return JSON.parse(output);
}

const setUp = `
const { activeSpan, createTracer, setDefaultTracer, withSpan } = require('@waymark/core');
const libraries = require('@waymark/core/libraries');
const { inMemoryExporter } = require('@waymark/core/testing');
const assert = require('node:assert');
const { startTdsServer } = require(${JSON.stringify(join(__dirname, 'tds-server.cjs'))});
const exporter = inMemoryExporter();
setDefaultTracer(createTracer({ exporter, serviceName: 'shop', flushOnExit: false, logLevel: 'none' }));
/** The spans below "request", in the order of their ends. */
async function spansOf(fn, port) {
  const before = exporter.spans.length;
  await withSpan('request', fn);
  const spans = exporter.spans.slice(before);
  const request = spans.find((span) => span.name === 'request');
  return spans.filter((span) => span !== request).map((span) => {
    assert.equal(span.parentSpanId, request.spanId);
    assert.equal(span.kind, 'client');
    const { attributes: a } = span;
    assert.deepEqual([a['db.system.name'], a['db.namespace'], a['server.address'], a['server.port']],
      ['microsoft.sql_server', 'shop', '127.0.0.1', port]);
    return [span.name, a['db.query.text'], a['db.response.returned_rows'] ?? null, a['error.type'] ?? null, span.status.message ?? null];
  });
}
const print = (value) => console.log(JSON.stringify(value));
`;

const pools = [
  ['mssql', 24],
  ['mssql', 22],
  ['mssql11', 20],
] as const;

describe.each(pools)('%s on Node %i', (name, major) => {
  const open = (trace: string): string => `
    const sql = require('${name}');
    ${trace}
    const pool = await new sql.ConnectionPool({ server: '127.0.0.1', port: server.port, user: 'a', password: 'b', database: 'shop',
      pool: { max: 2 }, options: { encrypt: false, trustServerCertificate: true } }).connect();`;
  const explicit = open('libraries.traceMssql(sql); libraries.traceMssql(sql);');

  test('each request has one span, with rows, codes and no values', () => {
    const spans = run(
      `${explicit}
      print(await spansOf(async () => {
        assert.equal((await pool.request().input('id', 7).query("SELECT id FROM users WHERE a = @id AND b = 'rows 3'")).recordset.length, 3);
        await pool.request().batch("UPDATE users SET a = 'changes 2'");
        await pool.request().input('id', 7).execute('dbo.find_user');
        await assert.rejects(pool.request().query("SELECT CAST('fails' AS int) FROM users"), { number: 245 });
        const transaction = pool.transaction();
        await transaction.begin();
        await transaction.request().query("INSERT INTO users VALUES ('changes 1')");
        await transaction.commit();
      }, server.port));
      await pool.close();`,
      major,
    );
    expect(spans).toEqual([
      ['SELECT users', 'SELECT id FROM users WHERE a = @id AND b = ?', 3, null, null],
      ['UPDATE users', 'UPDATE users SET a = ?', null, null, null],
      ['EXECUTE dbo.find_user', 'EXECUTE dbo.find_user', null, null, null],
      [
        'SELECT users',
        'SELECT CAST(? AS int) FROM users',
        null,
        '245',
        'Conversion failed when converting the varchar value ? to data type int.',
      ],
      ['BEGIN', 'BEGIN TRANSACTION', null, null, null],
      ['INSERT users', 'INSERT INTO users VALUES (?)', null, null, null],
      ['COMMIT', 'COMMIT TRANSACTION', null, null, null],
    ]);
  }, 300_000);

  test('with a full pool, each span is below its request, and callbacks and events run in its context', () => {
    const result = run(
      `${explicit}
      let right = 0;
      await Promise.all(Array.from({ length: 40 }, (_, index) => withSpan('request ' + index, async (span) => {
        await null;
        await new Promise((resolve, reject) => {
          const request = pool.request();
          if (index % 2 === 0) {
            request.query('SELECT ' + index + " FROM t" + index + " WHERE a = 'rows 1'", (error) => {
              if (activeSpan() === span) right++;
              error ? reject(error) : resolve();
            });
          } else {
            request.stream = true;
            let rows = 0;
            request.on('row', () => { if (activeSpan() === span) rows++; });
            request.on('error', reject);
            request.on('done', () => { if (activeSpan() === span && rows === 2) right++; resolve(); });
            request.query('SELECT ' + index + " FROM t" + index + " WHERE a = 'rows 2'");
          }
        });
        if (activeSpan() === span) right++;
      })));
      const byId = new Map(exporter.spans.map((span) => [span.spanId, span]));
      const queries = exporter.spans.filter((span) => span.kind === 'client');
      const below = queries.filter((span) => byId.get(span.parentSpanId)?.name === 'request ' + span.name.slice('SELECT t'.length));
      print({ queries: queries.length, below: below.length, right });
      await pool.close();`,
      major,
    );
    expect(result).toEqual({ queries: 40, below: 40, right: 80 });
  });

  test('a request that is cancelled has failed', () => {
    const spans = run(
      `${explicit}
      print(await spansOf(async () => {
        const request = pool.request();
        const rejected = assert.rejects(request.query("SELECT 'hangs' FROM users"), { code: 'ECANCEL' });
        await server.hangs;
        request.cancel();
        await rejected;
      }, server.port));
      await pool.close();`,
      major,
    );
    expect(spans).toEqual([
      ['SELECT users', 'SELECT ? FROM users', null, 'RequestError', expect.stringMatching(/^Cancell?ed\.?$/)],
    ]);
  });

  test('is found by itself, and has one span for a request', () => {
    const spans = run(
      `${open('libraries.instrumentLibraries();')}
      print(await spansOf(() => pool.request().query("SELECT 'rows 1' FROM users"), server.port));
      await pool.close();`,
      major,
    );
    expect(spans).toEqual([['SELECT users', 'SELECT ? FROM users', 1, null, null]]);
  });
});

test('tedious alone', () => {
  const spans = run(
    `const tedious = require('tedious');
    libraries.traceTedious(tedious);
    const connection = new tedious.Connection({ server: '127.0.0.1', authentication: { type: 'default', options: { userName: 'a', password: 'b' } },
      options: { port: server.port, database: 'shop', encrypt: false } });
    await new Promise((resolve, reject) => connection.connect((error) => (error ? reject(error) : resolve())));
    print(await spansOf((span) => new Promise((resolve, reject) => {
      const request = new tedious.Request("SELECT 'rows 2' FROM users", (error, rowCount) => {
        assert.equal(activeSpan(), span);
        assert.equal(Object.hasOwn(request, 'emit'), true); // put back after the callback
        assert.equal(rowCount, 2);
        error ? reject(error) : resolve();
      });
      request.on('requestCompleted', () => assert.equal(activeSpan(), span));
      connection.execSql(request);
    }), server.port));
    connection.close();`,
    24,
  );
  expect(spans).toEqual([['SELECT users', 'SELECT ? FROM users', 2, null, null]]);
});
